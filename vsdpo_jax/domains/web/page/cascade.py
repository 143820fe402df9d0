"""Which declaration of the source won the cascade, from what scripts/cascade.js returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vsdpo_jax.domains.web.page.records import BLAMED, RuleMatch
from vsdpo_jax.records import Span

if TYPE_CHECKING:
    from vsdpo_jax.domains.web.source.instrument import Instrumented

MAX_LOOKUPS = 200_000
"""Elements times properties. A page with more of both tells the winners of what may be named in a
defect (elements with texts, pictures, fields, and all around these) and leaves the rest out."""
MAX_MATCHES = 300_000
MAX_RULES = 5_000


@dataclass(frozen=True, slots=True)
class Winners:
    """``set_by`` of every element and text, and the elements of every rule."""

    elements: list[dict[str, Span]]
    texts: list[dict[str, Span]]
    rules: tuple[RuleMatch, ...]


def cascade_request(instrumented: Instrumented, wanted: Sequence[int]) -> dict[str, Any]:
    """What scripts/cascade.js has to know of the source.

    Args:
      wanted: indices of the elements whose winners are told in any case.
    """
    sheet = instrumented.stylesheet
    nested: list[bool] = []  # in a style rule; what contains a rule stands before it
    styled: list[int] = []  # the style rule around it, or itself
    for rule in sheet.rules:
        around = rule.parent
        nested.append(around is not None and (sheet.rules[around].at == "" or nested[around]))
        styled.append(rule.index if rule.at == "" or around is None else styled[around])
    by_rule: dict[int, list[list[Any]]] = {}
    by_tag: dict[int, list[list[Any]]] = {}
    for one in sheet.declarations:
        row = [one.index, one.property, one.value, one.important]
        if one.rule is not None:
            by_rule.setdefault(styled[one.rule], []).append(row)
        elif one.tag is not None:
            by_tag.setdefault(one.tag, []).append(row)
    return {
        "attribute": instrumented.attribute,
        "blamed": list(BLAMED),
        "rules": [
            {
                "index": rule.index,
                "selectors": rule.selectors,
                "owner": rule.owner,
                "nested": nested[rule.index],
                "declarations": by_rule.get(rule.index, []),
            }
            for rule in sheet.rules[:MAX_RULES]
            if rule.selectors
        ],
        "inlines": by_tag,
        "wanted": wanted,
        "budget": MAX_LOOKUPS,
        "maxMatches": MAX_MATCHES,
    }


def read_winners(answer: dict[str, Any], instrumented: Instrumented) -> Winners:
    """The answer of scripts/cascade.js, with spans of the source."""
    sheet, tags = instrumented.stylesheet, instrumented.markup.tags
    spans = [declaration.span for declaration in sheet.declarations]

    def span_of(won: Any) -> Span | None:
        if type(won) is list:  # a presentational attribute: [tag, name]
            tag, name = won
            named = [a for a in tags[tag].attributes if a.name == name] if tag >= 0 else []
            return named[0].span if named else None
        return spans[won] if won >= 0 else None

    def set_by(pairs: list[Any]) -> dict[str, Span]:
        found = {name: span_of(won) for name, won in pairs}
        return {name: span for name, span in found.items() if span is not None}

    return Winners(
        elements=[set_by(pairs) for pairs in answer["elements"]],
        texts=[set_by(pairs) for pairs in answer["texts"]],
        rules=tuple(
            RuleMatch(rule=rule, span=sheet.rules[rule].span, elements=tuple(indices))
            for rule, indices in answer["rules"]
        ),
    )
