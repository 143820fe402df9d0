"""One small repository for all tests of launch scripts."""

import pytest
from launching import Place


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("place"))
