"""What was asked, and what it cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from vsdpo_jax.endpoint.chat import Answer


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars a million tokens of questions and of answers."""

    question: float
    answer: float

    def of(self, question_tokens: int, answer_tokens: int) -> float:
        """US dollars."""
        return (self.question * question_tokens + self.answer * answer_tokens) / 1e6


@dataclass(kw_only=True)
class Tally:
    """Counts of a client.

    Attributes:
      sent: requests that went out, retries among them.
      sent_bytes: of their bodies.
      answered: questions that got an answer from the server.
      cached: questions whose answer was known.
      unanswered: why -> questions that got none.
      question_tokens, answer_tokens: of ``answered``, as the server counts.
      uncounted: of ``answered``, how many came without counts.
      served: names under which the server answered.
    """

    sent: int = 0
    sent_bytes: int = 0
    answered: int = 0
    cached: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    question_tokens: int = 0
    answer_tokens: int = 0
    uncounted: int = 0
    served: set[str] = field(default_factory=set)

    def add(self, answer: Answer, *, is_cached: bool = False) -> None:
        """Count what came of a question."""
        if answer.served:
            self.served.add(answer.served)
        if is_cached:
            self.cached += 1
        elif answer.text is None:
            self.unanswered[answer.reason] += 1
        else:
            self.answered += 1

    def pay(self, answer: Answer) -> None:
        """Count the tokens of a response; one that cannot be used costs as much."""
        if answer.usage is None:
            self.uncounted += 1
        else:
            self.question_tokens += answer.usage[0]
            self.answer_tokens += answer.usage[1]

    def report(self, price: Price | None) -> str:
        """One line for people."""
        asked = self.answered + self.cached + self.unanswered.total()
        words = [
            f"{asked} questions: {self.answered} answered, {self.cached} known from before, "
            f"{self.unanswered.total()} without an answer; {self.sent} requests sent",
            f"{self.sent_bytes / 1e6:.1f} MB and {self.question_tokens:,} tokens of questions, "
            f"{self.answer_tokens:,} of answers",
        ]
        if self.uncounted:
            words.append(f"{self.uncounted} responses came without token counts")
        if price is not None:
            words.append(f"${self.dollars(price):.4f}")
        return "; ".join(words)

    def dollars(self, price: Price) -> float:
        """What the counted tokens cost."""
        return price.of(self.question_tokens, self.answer_tokens)


@dataclass(kw_only=True)
class Plan:
    """What asking would send, by estimates (``Chat.estimate``).

    Attributes:
      questions: to be sent.
      cached: whose answer is known.
      question_tokens: estimated.
      answer_tokens: at most.
    """

    questions: int = 0
    cached: int = 0
    question_tokens: int = 0
    answer_tokens: int = 0

    def add(self, other: Plan) -> None:
        """Count what another would send."""
        self.questions += other.questions
        self.cached += other.cached
        self.question_tokens += other.question_tokens
        self.answer_tokens += other.answer_tokens

    def report(self, price: Price | None) -> str:
        """One line for people."""
        words = (
            f"would send {self.questions} questions ({self.cached} are known from before): about "
            f"{self.question_tokens:,} tokens, and at most {self.answer_tokens:,} of answers"
        )
        if price is not None:
            words += f"; at most ${price.of(self.question_tokens, self.answer_tokens):.2f}"
        return words
