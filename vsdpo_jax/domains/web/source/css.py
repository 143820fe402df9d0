"""CSS as statements: rules and declarations of style elements and of style attributes.

The order is that of the source, and a rule stands before what is in it, so that the index is what
the cascade's order of appearance goes by (``@layer`` apart). Shorthands stay as written. What a
browser throws away (an unknown property, a selector that it does not know) is here all the same: it
is a statement of the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from vsdpo_jax.domains.web.source.css_tokens import CssToken, tokenize, unescape
from vsdpo_jax.domains.web.source.excerpt import Excerpt, excerpt
from vsdpo_jax.domains.web.source.html import Markup, read
from vsdpo_jax.records import Span

# At-rules whose block holds rules that apply under a condition, or in another order.
CONDITIONAL = frozenset(
    "@media @supports @layer @container @scope @starting-style @document @-moz-document".split()
)
# What is nested deeper is part of the block around it: every rule names all conditions around it.
_MAX_DEPTH = 64
# At-rules whose block holds declarations and no rules that match elements.
_DESCRIPTORS = frozenset(
    "@font-face @page @property @counter-style @font-palette-values @position-try @view-transition "
    "@function".split()
)
_KEYFRAMES = frozenset({"@keyframes", "@-webkit-keyframes", "@-moz-keyframes", "@-o-keyframes"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule, from its selectors or at-keyword to its closing brace or semicolon.

    Attributes:
      index: its place in ``Stylesheet.rules``.
      selectors: of a style rule, as written, without comments and white space around; "" for every
        other rule, which matches no element. A nested rule's are relative to its parent's ("&").
      at: "" for a style rule, else the keyword in lower case ("@media", "@font-face"); a keyframe
        has that of the rule around it.
      prelude: of an at-rule or a keyframe, what stands before its block: "(max-width: 600px)",
        "50%".
      conditions: the media attribute of the style element and the conditional rules around it, the
        outermost first, each as "@media (max-width: 600px)".
      span: in the source.
      owner: the index of the style element's tag.
      parent: the index of the rule that it is nested in, whatever that is; or None.
    """

    index: int
    selectors: str
    at: str
    prelude: str
    conditions: tuple[str, ...]
    span: Span
    owner: int
    parent: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """A declaration, from its property to the end of its value, the semicolon excluded.

    Attributes:
      index: its place in ``Stylesheet.declarations``.
      property: in lower case; custom properties ("--x") as written.
      value: as written, without "!important" and white space around.
      important: whether it has "!important".
      span: in the source.
      rule: the index of its rule (a nested ``@media`` may hold declarations: they are those of the
        style rule around it, under one more condition); None in a style attribute.
      tag: the index of the tag whose style attribute it stands in, or None.
    """

    index: int
    property: str
    value: str
    important: bool
    span: Span
    rule: int | None
    tag: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stylesheet:
    """The CSS of a page; both in the order of the source.

    Attributes:
      rules: of the style elements.
      declarations: of the rules and of the style attributes.
    """

    rules: tuple[Rule, ...]
    declarations: tuple[Declaration, ...]


def read_styled(source: str, *, scripts: bool = False) -> tuple[Markup, Stylesheet]:
    """The tags of a page and its CSS; what renders, judges and credits a page asks in turn.

    Args:
      source, scripts: see ``html.read``.
    """
    return _read_styled(source, scripts)  # however it is called: keywords are other keys of a cache


@lru_cache(maxsize=8)
def _read_styled(source: str, scripts: bool) -> tuple[Markup, Stylesheet]:
    markup = read(source, scripts=scripts)
    return markup, stylesheet_of(source, markup)


def stylesheet_of(source: str, markup: Markup) -> Stylesheet:
    """Reads the CSS of a page; never raises."""
    reader = _Reader()
    sheets = {sheet.owner: sheet for sheet in markup.sheets}
    for index, tag in enumerate(markup.tags):
        if tag.namespace is None:
            continue
        style = tag.attribute("style")
        if style is not None:
            pieces = [(style.value_span, "value")]
            reader.read(excerpt(source, pieces, style.value_span[1]), tag=index)
        if index in sheets and _is_css(type_.value if (type_ := tag.attribute("type")) else ""):
            media = tag.attribute("media")
            condition = (f"@media {media.value.strip()}",) if media and media.value.strip() else ()
            reader.read(sheets[index].text, owner=index, conditions=condition)
    return Stylesheet(rules=tuple(reader.rules), declarations=tuple(reader.declarations))


def _is_css(kind: str) -> bool:
    return kind.lower() in ("", "text/css")


@dataclass(slots=True)
class _Block:
    """A list of tokens that is being read.

    Attributes:
      position: the next token.
      end: behind the last.
      rule: the rule around it.
      holds: "rules", "keyframes", "contents" (declarations and nested rules), or "declarations".
    """

    position: int
    end: int
    rule: int | None
    conditions: tuple[str, ...]
    holds: str


class _Reader:
    """Consumes rules and declarations (CSS Syntax Level 3, section 5); blocks wait on a stack."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.declarations: list[Declaration] = []

    def read(
        self,
        text: Excerpt,
        *,
        owner: int = -1,
        tag: int | None = None,
        conditions: tuple[str, ...] = (),
    ) -> None:
        self._text, self._owner, self._tag = text, owner, tag
        css = text.text.replace("\f", "\n")
        self._tokens = tokenize(css)
        holds = "rules" if tag is None else "declarations"
        waiting = [_Block(0, len(self._tokens), None, conditions, holds)]
        while waiting:
            block = waiting[-1]
            if block.position >= block.end:
                waiting.pop()
            elif (inner := self._step(block)) is not None and len(waiting) < _MAX_DEPTH:
                waiting.append(inner)

    def _step(self, block: _Block) -> _Block | None:
        """Reads one thing of a block; returns the block in it that is to be read next."""
        token = self._tokens[block.position]
        is_filler = token.kind in ("space", "comment", "cdo") or (
            token.text == ";" and block.holds in ("contents", "declarations")
        )
        if is_filler:
            block.position += 1
            return None
        if token.kind == "at":
            return self._at_rule(block)
        if block.holds in ("contents", "declarations") and self._declaration(block):
            return None
        return self._qualified_rule(block)

    def _at_rule(self, block: _Block) -> _Block | None:
        first = block.position
        brace, end = self._find(block, first + 1, "{;")
        keyword = unescape(self._tokens[first].text).lower()
        prelude = self._written(first + 1, brace)
        if block.holds == "declarations":
            # A style attribute holds no rules.
            block.position = end
            return None
        rule = self._add_rule(block, first, end, at=keyword, prelude=prelude)
        block.position = end
        if brace >= block.end or self._tokens[brace].text != "{":
            return None
        conditions = block.conditions
        if keyword in CONDITIONAL:
            conditions = (*conditions, f"{keyword} {prelude}".strip())
            holds = block.holds if block.holds in ("rules", "contents") else "rules"
            return self._block(brace, block, rule, conditions, holds)
        if keyword in _KEYFRAMES:
            return self._block(brace, block, rule, conditions, "keyframes")
        if keyword in _DESCRIPTORS:
            return self._block(brace, block, rule, conditions, "declarations")
        # What is in a rule that browsers do not know does nothing.
        return None

    def _qualified_rule(self, block: _Block) -> _Block | None:
        first = block.position
        nested = block.holds != "rules" and block.holds != "keyframes"
        brace, end = self._find(block, first, "{;" if nested else "{")
        block.position = end
        has_block = brace < block.end and self._tokens[brace].text == "{"
        if not has_block or block.holds == "declarations" or self._is_custom(first, brace):
            return None
        prelude = self._written(first, brace)
        if block.holds == "keyframes":
            keyword = self.rules[block.rule].at if block.rule is not None else ""
            rule = self._add_rule(block, first, end, at=keyword, prelude=prelude)
            return self._block(brace, block, rule, block.conditions, "contents")
        rule = self._add_rule(block, first, end, selectors=prelude)
        return self._block(brace, block, rule, block.conditions, "contents")

    def _is_custom(self, first: int, brace: int) -> bool:
        """Whether what looks like a rule is a custom property that has gone astray."""
        token = self._tokens[first]
        colon = self._solid(first + 1, brace)
        return token.text.startswith("--") and colon < brace and self._tokens[colon].text == ":"

    def _declaration(self, block: _Block) -> bool:
        """Reads a declaration; False where it is none, and nothing is read."""
        first = block.position
        token = self._tokens[first]
        colon = self._solid(first + 1, block.end)
        if token.kind != "name" or colon >= block.end or self._tokens[colon].text != ":":
            return False
        stop, _ = self._find(block, colon + 1, ";")
        name = unescape(token.text)
        name = name if name.startswith("--") else name.lower()
        solid = self._all_solid(colon + 1, stop)
        has_block = any(self._tokens[index].text == "{" for index in solid)
        if has_block and len(solid) > 1 and not name.startswith("--"):
            # "a:hover { ... }"
            return False
        important = self._is_important(solid)
        value_end = solid[-2] if important else stop
        last = solid[-1] if solid else colon
        self.declarations.append(
            Declaration(
                index=len(self.declarations),
                property=name,
                value=self._written(colon + 1, value_end),
                important=important,
                span=self._text.span(token.start, self._end_of(last)),
                rule=block.rule,
                tag=self._tag,
            )
        )
        block.position = stop
        return True

    def _is_important(self, solid: list[int]) -> bool:
        return (
            len(solid) >= 2
            and self._tokens[solid[-2]].text == "!"
            and unescape(self._tokens[solid[-1]].text).lower() == "important"
        )

    def _add_rule(
        self,
        block: _Block,
        first: int,
        end: int,
        *,
        selectors: str = "",
        at: str = "",
        prelude: str = "",
    ) -> int:
        index = len(self.rules)
        stop = self._tokens[end - 1].end
        self.rules.append(
            Rule(
                index=index,
                selectors=selectors,
                at=at,
                prelude=prelude,
                conditions=block.conditions,
                span=self._text.span(self._tokens[first].start, stop),
                owner=self._owner,
                parent=block.rule,
            )
        )
        return index

    def _block(
        self, brace: int, around: _Block, rule: int, conditions: tuple[str, ...], holds: str
    ) -> _Block:
        end = min(self._tokens[brace].partner, around.end)
        return _Block(brace + 1, end, rule, conditions, holds)

    def _find(self, block: _Block, position: int, stops: str) -> tuple[int, int]:
        """The first token of ``stops`` outside brackets, and the position behind it (its block)."""
        while position < block.end:
            token = self._tokens[position]
            if token.text in stops and token.kind in ("open", "delimiter"):
                end = token.partner if token.text == "{" else position
                return position, min(end + 1, block.end)
            position = token.partner + 1
        return block.end, block.end

    def _solid(self, position: int, end: int) -> int:
        """The first position from here on that is neither white space nor a comment."""
        while position < end and self._tokens[position].kind in ("space", "comment"):
            position += 1
        return position

    def _all_solid(self, position: int, end: int) -> list[int]:
        """The top-level tokens of a value."""
        found = []
        while (position := self._solid(position, end)) < end:
            found.append(position)
            position = self._tokens[position].partner + 1
        return found

    def _end_of(self, index: int) -> int:
        """Where the token, or the block that it opens, ends in the text."""
        return self._tokens[min(self._tokens[index].partner, len(self._tokens) - 1)].end

    def _written(self, first: int, end: int) -> str:
        """The text between two positions, without the comments and the white space around."""
        first = self._solid(first, end)
        while end > first and self._tokens[end - 1].kind in ("space", "comment"):
            end -= 1
        if first >= end:
            return ""
        tokens: list[CssToken] = self._tokens[first:end]
        return "".join(token.text for token in tokens if token.kind != "comment")
