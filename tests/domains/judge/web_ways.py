"""Ways that take something away from a page, and disguises that change only its source.

A way appends a style sheet to a page: what it does to the picture is then the same whatever the
page is made of. Leaving out and swapping change the source itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from suite import Disguise, Way

STEPS = 4
_RAW = re.compile(r"(<style\b.*?</style\s*>|<script\b.*?</script\s*>|<!--.*?-->)", re.S | re.I)
_SHEET = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.S | re.I)
_THINGS = re.compile(
    r"<(?:img|input|select|textarea|progress)\b[^>]*>|(?<=>)([^<>]*\w[^<>]*)", re.I
)
_ROWS = re.compile(r"(<tr\b[^>]*>)(.*?)(?=<tr\b|</tr|</tbody|</table|\Z)", re.S | re.I)
_CELLS = re.compile(r"(<td\b[^>]*>)(.*?)(?=<td\b|<th\b|</td|</tr|\Z)", re.S | re.I)


def _styled(css: str) -> Callable[[str, int], str]:
    """A way's function. In the sheet ``{gone}`` is how far the way has gone, from 0 to 1,
    ``{left}`` the rest, ``{percent}`` and ``{rest}`` the same in per cent, ``{small}`` the rest,
    never 0.
    """

    def apply(source: str, step: int) -> str:
        gone = step / STEPS
        words = {
            "{gone}": f"{gone:g}",
            "{left}": f"{1 - gone:g}",
            "{percent}": f"{100 * gone:g}%",
            "{rest}": f"{100 - 100 * gone:g}%",
            "{small}": f"{max(1 - gone, 0.02):g}",
        }
        sheet = css
        for name, value in words.items():
            sheet = sheet.replace(name, value)
        return f"{source}\n<style>\n{sheet}\n</style>\n"

    return apply


_COVER = """html { position: relative; min-height: 100%; }
html::after { content: ""; position: absolute; top: 0; height: 100%; z-index: 2147483647;
  background: #fff; """
_COVER_LEFT = _COVER + "left: 0; width: {percent}; }"
_COVER_RIGHT = _COVER + "right: 0; width: {percent}; }"
_COVER_DOWN = _COVER.replace("height: 100%; z", "height: {percent}; z") + "left: 0; width: 100%; }"
_FADE = "html { background: #fff; } body { opacity: {left} !important; }"
_FADE_LETTERS = """* {
  -webkit-text-fill-color: color-mix(in srgb, currentcolor {rest}, transparent) !important; }
img, input, select, textarea { opacity: {left} !important; }"""
_SHRINK = "body { transform: scale({small}) !important; transform-origin: 0 0; }"
_CLIP = "body { clip-path: inset(0 0 {percent} 0) !important; }"
_PUSH = "body { transform: translateX(-{percent}) !important; }"


def outside_raw(source: str, change: Callable[[str], str]) -> str:
    """The source with what is no style sheet, script or comment changed."""
    parts = _RAW.split(source)
    return "".join(part if _RAW.fullmatch(part) else change(part) for part in parts)


def _leave_out(source: str, step: int) -> str:
    """Without the last of its texts, pictures and fields: a quarter more with each step."""
    total = len([m for part in _RAW.split(source)[::2] for m in _THINGS.finditer(part)])
    kept = round(total * (1 - step / STEPS))
    count = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return match[0] if count <= kept else " "

    return outside_raw(source, lambda part: _THINGS.sub(keep, part))


def _swap_cells(source: str, step: int) -> str:
    """The cells of rows in another order: of every second row, then of all."""
    number = 0

    def turn(row: re.Match[str]) -> str:
        nonlocal number
        cells = _CELLS.findall(row[2])
        number += bool(cells)
        if len(cells) < 2 or (step == 1 and number % 2):
            return row[0]
        words = [words for _, words in cells]
        turned = iter([*words[1:], words[0]])
        return row[1] + _CELLS.sub(lambda cell: cell[1] + next(turned), row[2])

    return outside_raw(source, lambda part: _ROWS.sub(turn, part))


def _has_columns(asked: dict[str, Any]) -> bool:
    tables = asked.get("tables") or []
    others = sum(len(asked.get(key) or []) for key in ("texts", "links", "buttons", "fields"))
    return bool(tables) and bool(tables[0].get("columns")) and others <= 1


WEB_WAYS = (
    Way(name="cover from the left", steps=STEPS, apply=_styled(_COVER_LEFT), end="nothing"),
    Way(name="cover from the right", steps=STEPS, apply=_styled(_COVER_RIGHT), end="nothing"),
    Way(name="cover from above", steps=STEPS, apply=_styled(_COVER_DOWN), end="nothing"),
    Way(name="fade", steps=STEPS, apply=_styled(_FADE), end="nothing"),
    Way(name="fade the letters", steps=STEPS, apply=_styled(_FADE_LETTERS), end="nothing"),
    Way(name="shrink", steps=STEPS, apply=_styled(_SHRINK), end="nothing"),
    Way(name="clip away", steps=STEPS, apply=_styled(_CLIP), end="nothing"),
    Way(name="push out", steps=STEPS, apply=_styled(_PUSH), end="nothing"),
    Way(name="leave out", steps=STEPS, apply=_leave_out, end="nothing"),
    Way(name="swap cells", steps=2, apply=_swap_cells, end="wrong", fits=_has_columns),
)


def _in_sheets(change: Callable[[str], str]) -> Callable[[str, int], str]:
    def apply(source: str, number: int) -> str:
        return _SHEET.sub(lambda sheet: sheet[1] + change(sheet[2]) + sheet[3], source)

    return apply


def _other_classes(source: str, number: int) -> str:
    """Every class under another name, and one that says nothing where there is none."""

    def renamed(names: re.Match[str]) -> str:
        return f'class="{" ".join(f"k{number}-{name}" for name in names[1].split())}"'

    marked = _in_sheets(
        lambda sheet: re.sub(r"\.([A-Za-z][\w-]*)(?=[^{}]*\{)", rf".k{number}-\1", sheet)
    )(source, number)
    named = outside_raw(marked, lambda part: re.sub(r'class="([^"]*)"', renamed, part))
    bare = re.compile(r"<(?:h1|p|a|button|label|td|li)(?=[\s>])(?![^>]*\bclass=)", re.I)
    return outside_raw(named, lambda part: bare.sub(rf"\g<0> class=k{number}", part))


def _reverse_declarations(sheet: str) -> str:
    """The declarations of each rule in reverse, where none is a part of another."""

    def turned(rule: re.Match[str]) -> str:
        rows = [row.strip() for row in rule[1].split(";") if row.strip()]
        firsts = [row.split(":")[0].split("-")[0] for row in rows]
        if len(set(firsts)) < len(firsts):
            return rule[0]
        return "{" + "; ".join(reversed(rows)) + "}"

    return re.sub(r"\{([^{}]*)\}", turned, sheet)


def _inline_to_sheet(source: str, number: int) -> str:
    """Style attributes as rules of a sheet, which beat the others as an attribute does; where there
    are none, such as rules can be written into.
    """
    rules: list[str] = []

    def moved(match: re.Match[str]) -> str:
        rules.append(f"[data-k='{number}-{len(rules)}']:not(#z#z#z) {{ {match[1]} }}")
        return f" data-k='{number}-{len(rules) - 1}'"

    source = source if ' style="' in source else _sheet_to_inline(source, number)
    changed = outside_raw(source, lambda part: re.sub(r'\sstyle="([^"]*)"', moved, part))
    return changed + (f"\n<style>\n{chr(10).join(rules)}\n</style>\n" if rules else "")


def _sheet_to_inline(source: str, number: int) -> str:
    """Rules on one element's tag alone, written into its start tags."""
    sheet = _SHEET.search(source)
    if sheet is None:
        return source
    for tag, body in re.findall(r"(?:^|\})\s*(h1|button|nav)\s*\{([^{}]*)\}", sheet[2]):
        if "hover" in body or '"' in body:
            continue
        pattern = re.compile(rf"<{tag}(?=[\s>])(?![^>]*\sstyle=)", re.I)
        words = " ".join(body.split())

        def inline(match: re.Match[str], words: str = words) -> str:
            return f'{match[0]} style="{words}"'

        source = outside_raw(source, lambda part, p=pattern, i=inline: p.sub(i, part))
    return source


def _wrapped(source: str, number: int) -> str:
    """All that stands in the body within boxes that are no boxes."""
    opened = "<div style='display:contents'>" * (1 + number % 3)
    body = re.search(r"<body\b[^>]*>", source, re.I)
    if body is None:
        parts = _RAW.split(source)
        at = sum(map(len, parts[:2])) if len(parts) > 1 else 0
        return f"{source[:at]}\n{opened}{source[at:]}"
    return f"{source[: body.end()]}{opened}{source[body.end() :]}"


def _comments(source: str, number: int) -> str:
    styled = _in_sheets(lambda sheet: sheet.replace("}", f"}} /* {number} */"))(source, number)
    return outside_raw(styled, lambda part: part.replace(">\n", f"><!-- {number} -->\n"))


def _minified(source: str, number: int) -> str:
    small = _in_sheets(lambda sheet: re.sub(r"\s*([{};:,])\s+", r"\1", sheet))(source, number)
    return outside_raw(small, lambda part: re.sub(r"\s+", " ", part))


def _upper_tags(source: str, number: int) -> str:
    return outside_raw(
        source, lambda part: re.sub(r"</?[a-z][a-z0-9]*", lambda m: m[0].upper(), part)
    )


def _references(source: str, number: int) -> str:
    """One letter of the texts as a character reference."""
    letter = "aeinorst"[number % 8]
    return outside_raw(
        source,
        lambda part: re.sub(
            r"(?<=>)[^<>]+", lambda m: m[0].replace(letter, f"&#{ord(letter)};"), part
        ),
    )


WEB_DISGUISES = (
    Disguise(name="names of classes", apply=_other_classes),
    Disguise(name="order of declarations", apply=_in_sheets(_reverse_declarations)),
    Disguise(name="sheets twice", apply=_in_sheets(lambda sheet: sheet + sheet)),
    Disguise(name="attributes to a sheet", apply=_inline_to_sheet),
    Disguise(name="a sheet to attributes", apply=_sheet_to_inline),
    Disguise(name="wrapped", apply=_wrapped),
    Disguise(name="comments", apply=_comments),
    Disguise(name="minified", apply=_minified),
    Disguise(name="upper case", apply=_upper_tags),
    Disguise(name="references", apply=_references),
)
