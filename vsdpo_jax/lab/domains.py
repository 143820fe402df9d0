"""What the lab's command lines share: domains that have a lab, examples, lines of progress."""

from __future__ import annotations

import argparse
import logging
import sys

from vsdpo_jax.domains.base import Domain, find_domains, load_domain


def lab_domain(name: str) -> Domain:
    """The domain ``name``, for argparse.

    Raises:
      argparse.ArgumentTypeError: there is none, or it brings no tasks and authors.
    """
    try:
        domain = load_domain(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if domain.lab is None:
        others = [other for other in find_domains() if load_domain(other).lab is not None]
        raise argparse.ArgumentTypeError(f"{name} has no lab; use one of {', '.join(others)}")
    return domain


def examples(command: str, arguments: str) -> str:
    """What --help shows: ``command`` for each domain that has a lab; its name is argument {0}."""
    names = [name for name in find_domains() if load_domain(name).lab is not None]
    lines = [f"  {command} --domain={name} {arguments.format(name)}" for name in names]
    return "\n".join(["examples:", *lines])


def show_progress() -> None:
    """Our lines of progress on standard error, whatever a library set up when it was imported."""
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stderr, force=True)
    for ours in ("vsdpo_jax", "__main__"):
        logging.getLogger(ours).setLevel(logging.INFO)
