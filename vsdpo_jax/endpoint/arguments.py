"""Arguments of commands that ask a model, the same for all of them."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import Any

from vsdpo_jax.endpoint.budget import Budget
from vsdpo_jax.endpoint.server import KEY_VARIABLE, OPENAI, Endpoint
from vsdpo_jax.endpoint.tally import Price

URL_VARIABLE = "OPENAI_BASE_URL"


def add_endpoint(group: argparse._ActionsContainer, prefix: str, *, in_flight: int) -> None:
    """Add the arguments of an endpoint, but for its model, as ``--<prefix>_...``."""

    def add(name: str, **options: Any) -> None:
        group.add_argument(f"--{prefix}_{name}", **options)

    url = os.environ.get(URL_VARIABLE) or OPENAI
    add("url", default=url, help=f"the server's base; default: ${URL_VARIABLE}, else {OPENAI}")
    what = f"variable of the environment that holds the key; default: {KEY_VARIABLE}"
    add("key", default=KEY_VARIABLE, metavar="VARIABLE", help=what)
    add("in_flight", type=int, default=in_flight, help=f"requests at a time; default: {in_flight}")
    add("rpm", type=float, default=0.0, help="requests a minute; 0: unlimited")
    add("tpm", type=float, default=0.0, help="tokens a minute, by estimate; 0: unlimited")
    add("timeout_s", type=float, default=120.0, help="seconds of one request; default: 120")
    add("price", metavar="IN,OUT", help="US dollars a million tokens, for the report of costs")
    what = "US dollars that this command may spend, by --{}_price; default: any"
    add("budget", type=float, metavar="DOLLARS", help=what.format(prefix))


def endpoint_of(args: argparse.Namespace, prefix: str, model: str) -> Endpoint:
    """The endpoint that arguments name.

    Raises:
      ValueError: naming the argument.
    """

    def given(name: str) -> object:
        return getattr(args, f"{prefix}_{name}")

    try:
        return Endpoint(
            model=model, url=str(given("url")), key_variable=str(given("key")),
            in_flight=int(str(given("in_flight"))), requests_per_minute=float(str(given("rpm"))),
            tokens_per_minute=float(str(given("tpm"))), timeout_s=float(str(given("timeout_s"))),
        )  # fmt: skip
    except ValueError as error:
        raise ValueError(f"--{prefix}_...: {error}") from None


def price_of(args: argparse.Namespace, prefix: str) -> Price | None:
    """The prices that arguments give; None: they give none.

    Raises:
      ValueError: naming the argument.
    """
    return read_price(getattr(args, f"{prefix}_price"), f"--{prefix}_price")


def read_price(text: str | None, name: str) -> Price | None:
    """The prices in an argument, IN,OUT; None: there are none.

    Raises:
      ValueError: naming the argument.
    """
    if text is None:
        return None
    try:
        question, answer = map(float, text.split(","))
        if not (0 <= question < math.inf and 0 <= answer < math.inf):
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{name}={text}: give dollars a million tokens of questions and of answers, such as "
            f"2.5,10"
        ) from None
    return Price(question=question, answer=answer)


def budget_of(args: argparse.Namespace, prefix: str) -> Budget | None:
    """What may be spent; None: anything.

    Raises:
      ValueError: naming the argument.
    """
    dollars = getattr(args, f"{prefix}_budget")
    return read_budget(dollars, f"--{prefix}_budget", price_of(args, prefix), f"--{prefix}_price")


def read_budget(
    dollars: float | None, name: str, price: Price | None, price_name: str
) -> Budget | None:
    """The budget in an argument; None: there is none.

    Raises:
      ValueError: naming the argument.
    """
    if dollars is None:
        return None
    if not 0 < dollars < math.inf:
        raise ValueError(f"{name}={dollars}: give US dollars, more than 0")
    if price is None:
        raise ValueError(f"{name}={dollars}: give the prices too: {price_name}=2.5,10")
    return Budget(price=price, dollars=dollars, setting=name)


def cache_folder(out: Path) -> Path:
    """Where answers are kept unless a command is told otherwise: beside its result."""
    return out.with_name(f"{out.name}.answers")
