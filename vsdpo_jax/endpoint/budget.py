"""How many dollars may go to a server: kept before a request goes out, not found out afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from vsdpo_jax.endpoint.server import EndpointError
from vsdpo_jax.endpoint.tally import Price


class BudgetSpent(EndpointError):
    """The next question may cost more than is left. The message says what is spent."""


@dataclass(kw_only=True)
class Budget:
    """Dollars that may be spent.

    A request goes out where its estimate (``Chat.estimate``, and its answer at the limit) fits
    beside what is spent and what is under way. What is spent can pass ``dollars`` by no more than
    the requests under way cost beyond their estimates.

    Attributes:
      price: of tokens.
      dollars: that may be spent.
      setting: where they are set, for messages.
      before: what was spent of them earlier.
      parts: how many processes share the rest evenly.
      spent: by this process, so far.
      held: estimates of what is under way.
    """

    price: Price
    dollars: float
    setting: str
    before: float = 0.0
    parts: int = 1
    spent: float = 0.0
    held: float = 0.0

    def has_room(self, cost: float) -> bool:
        """Whether a request of so many dollars may go."""
        return self.spent + self.held + cost <= (self.dollars - self.before) / self.parts

    def hold(self, cost: float) -> None:
        """Set aside what a request may cost.

        Raises:
          BudgetSpent: there is no room for it.
        """
        if not self.has_room(cost):
            raise BudgetSpent(
                f"{self.left()}, and the next question may cost ${cost:.4f}; raise it"
            )
        self.held += cost

    def left(self) -> str:
        """What is spent, for messages."""
        whose = f" by one of {self.parts} processes" if self.parts > 1 else ""
        earlier = f"${self.before:.4f} earlier and " if self.before else ""
        return f"{self.setting} = {self.dollars:g}: {earlier}${self.spent:.4f}{whose} are spent"

    def settle(self, held: float, cost: float | None) -> None:
        """A request has ended.

        Args:
          held: what was set aside for it.
          cost: what it cost; None: nobody knows, so that it counts as much as was set aside.
        """
        self.held -= held
        self.spent += held if cost is None else cost
