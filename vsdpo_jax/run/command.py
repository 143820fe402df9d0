"""How the commands end: 0 done, 2 something a user can mend, in one sentence; 130 interrupted.

A run that was stopped by SIGTERM ends with 75, one that lost another of its processes with 3: the
same command goes on.
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import jax
from absl import app, flags, logging

from vsdpo_jax.data.tasks import TaskFileError
from vsdpo_jax.domains.prompts import TemplateError
from vsdpo_jax.endpoint.server import EndpointError
from vsdpo_jax.models.qwen3_vl.config import ConfigError
from vsdpo_jax.models.qwen3_vl.weights import WeightsError
from vsdpo_jax.rollout.batch import PromptTooLongError
from vsdpo_jax.run.settings import SettingsError
from vsdpo_jax.runtime.files import DamagedFileError
from vsdpo_jax.runtime.hosts import HostsError
from vsdpo_jax.runtime.stop import SAVED_CODE, StoppedError
from vsdpo_jax.runtime.streams import open_streams, printable
from vsdpo_jax.runtime.workdir import WorkdirError
from vsdpo_jax.sandbox import SandboxUnavailable

USER_ERRORS = (
    SettingsError, TaskFileError, TemplateError, WorkdirError, ConfigError, WeightsError,
    PromptTooLongError, SandboxUnavailable, DamagedFileError, FileNotFoundError, HostsError,
    EndpointError,
)  # fmt: skip
"""What a user can mend; their messages say how."""
GOES_ON = "the same command goes on from the last checkpoint"


def run(
    main: Callable[[list[str]], None],
    examples: str = "",
    interrupted: str = GOES_ON,
) -> None:
    """Run a command; what a user can mend ends in one sentence instead of a trace.

    Args:
      main: of the command.
      examples: what --help shows behind the docstring of the command's module.
      interrupted: what becomes of a command that Ctrl-C ended.
    """
    module = sys.modules["__main__"]
    module.__doc__ = f"{(module.__doc__ or '').rstrip()}\n{examples}"

    def guarded(argv: list[str]) -> None:
        logging.set_verbosity(logging.WARNING)  # Orbax tells every step of a save
        jax.config.update("jax_compilation_cache_dir", str(Path.home() / ".cache" / "vsdpo_jax"))
        guard(main, argv, interrupted)

    with open_streams():
        app.run(guarded, flags_parser=parse)


def guard(
    main: Callable[[list[str]], None],
    argv: list[str],
    interrupted: str = GOES_ON,
) -> None:
    """Call ``main``, and end the process as its errors ask for; ``interrupted`` as in ``run``."""
    try:
        main(argv)
    except USER_ERRORS as error:
        sys.stderr.write(f"error: {printable(str(error))}\n")
        _leave(2)
    except StoppedError as error:
        sys.stderr.write(f"{error}\n")
        _leave(SAVED_CODE)
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted; {interrupted}\n")
        _leave(130)
    except Exception:
        if not jax.distributed.is_initialized():
            raise
        sys.stderr.write(traceback.format_exc())
        _leave(1)


def _leave(code: int) -> None:
    """End with ``code``; one of several processes without waiting for the others to end too."""
    if jax.distributed.is_initialized():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def parse(argv: list[str]) -> list[str]:
    """Reads the flags, the config's file and its overrides; a mistake there ends the process."""
    try:
        rest = flags.FLAGS(argv)
        if "config" in flags.FLAGS:
            getattr(flags.FLAGS.config, "seed", None)  # only reading tells of an unreadable file
        return rest
    except flags.Error as error:
        message = _innermost(error)
    except OSError as error:
        file = next((word for word in argv if word.startswith("--config=")), "--config")
        message = f"{file}: {str(error).splitlines()[-1].strip()}"
    except (AttributeError, KeyError) as error:
        if not _is_from_overrides(error):
            raise
        message = _unknown_leaf(error, argv)
    sys.stderr.write(f"error: {printable(message)}\n")
    sys.exit(2)


def _unknown_leaf(error: BaseException, argv: list[str]) -> str:
    """What ml_collections says of a leaf that is not there, as one sentence: its own is quoted and
    escaped once or twice on the way here, and may have a line that names a near one."""
    names = re.findall(r"\w+", re.split(r"\\+n|\n", str(error))[0])
    leaf = names[-1] if names else ""
    words = [word for word in argv if word.startswith("--config.")]
    flag = next((word for word in words if leaf in word.split("=")[0].split(".")), "--config")
    near = re.search(r'Did you mean "(\w+)"', str(error))
    hint = f"did you mean {near[1]!r}? " if near else ""
    return f"{flag}: there is no setting {leaf!r}; {hint}configs/base.py lists all"


def _innermost(error: flags.Error) -> str:
    """The error's sentence; for what a config's own code refused, only that sentence."""
    cause: BaseException = error
    while (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    if "Traceback" not in str(error) or not isinstance(cause, ValueError):
        return str(error)
    return f"{str(error).splitlines()[0].split(': ')[0].removeprefix('flag ')}: {cause}"


def _is_from_overrides(error: BaseException) -> bool:
    """Whether setting a leaf failed, rather than the code of a config file."""
    return "ml_collections" in traceback.extract_tb(error.__traceback__)[-1].filename
