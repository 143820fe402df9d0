"""One small repository for the tests of a file."""

import pytest
from launching import Place


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("place"))
