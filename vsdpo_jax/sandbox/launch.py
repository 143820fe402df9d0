"""Start a module of this package under another interpreter.

The other interpreter may have other versions of every library (published benchmarks need
older plotting libraries than the trainer), so nothing is put on its path but this package itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

_BOOT = """
import importlib, importlib.util, sys
if sys.version_info < (3, 10):
    sys.exit(f"this is Python {sys.version.split()[0]}; programs need 3.10 or newer")
del sys.path[0]
spec = importlib.util.spec_from_file_location("vsdpo_jax", sys.argv[1])
package = importlib.util.module_from_spec(spec)
sys.modules["vsdpo_jax"] = package
spec.loader.exec_module(package)
importlib.import_module(sys.argv[2]).main(*sys.argv[3:])
"""


def command(interpreter: str | None, module: str, *arguments: str) -> list[str]:
    """The command line that runs ``module.main(*arguments)``.

    Args:
      interpreter: path or name of a Python executable; None: the running one.
      module: dotted name inside vsdpo_jax.
    """
    package_file = str(PACKAGE / "__init__.py")
    return [interpreter or sys.executable, "-c", _BOOT, package_file, module, *arguments]
