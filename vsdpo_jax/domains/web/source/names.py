"""The element names that the HTML standard's tree construction treats alike (13.2.4, 13.2.6)."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


HEADINGS = _names("h1 h2 h3 h4 h5 h6")
FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
VOID = _names("area br embed img keygen wbr")
HEAD_VOID = _names("base basefont bgsound link meta")
HEAD_CONTENT = HEAD_VOID | _names("noframes script style template title")
# Those whose start tag closes a paragraph and does nothing else out of the common.
BLOCKS = _names(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure "
    "footer header hgroup main menu nav ol p search section summary ul"
)
# Those whose end tag closes what is open inside.
BLOCK_ENDS = (BLOCKS - {"p"}) | _names("button listing pre select")
TABLE_PARTS = _names("caption col colgroup tbody td tfoot th thead tr")
SECTIONS = _names("tbody tfoot thead")
CELLS = _names("td th")
IMPLIED_END = _names("dd dt li optgroup option p rb rp rt rtc")
THOROUGHLY_IMPLIED_END = IMPLIED_END | (TABLE_PARTS - {"col"})
SPECIAL = (
    BLOCKS - {"dialog"}
    | HEADINGS
    | HEAD_CONTENT
    | TABLE_PARTS
    | _names(
        "applet area body br button dd dt embed form frame frameset head hr html iframe img input "
        "keygen li listing marquee noembed noscript object param plaintext pre select source "
        "table textarea track wbr xmp"
    )
)
SCOPE_ENDS = _names("applet caption html table td th marquee object select template")
TABLE_SCOPE_ENDS = _names("html table template")
MATH_TEXT = _names("mi mo mn ms mtext")
SVG_POINTS = _names("foreignobject desc title")
# Start tags of HTML that end SVG and MathML content.
BREAKOUT = _names(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li "
    "listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"
)

_QUIRKY_PREFIXES = tuple(
    f"-//{name}//"
    for name in """\
advasoft ltd//dtd html 3.0 aswedit + extensions
as//dtd html 3.0 aswedit + extensions
ietf//dtd html 2.0 level 1
ietf//dtd html 2.0 level 2
ietf//dtd html 2.0 strict level 1
ietf//dtd html 2.0 strict level 2
ietf//dtd html 2.0 strict
ietf//dtd html 2.0
ietf//dtd html 2.1e
ietf//dtd html 3.0
ietf//dtd html 3.2 final
ietf//dtd html 3.2
ietf//dtd html 3
ietf//dtd html level 0
ietf//dtd html level 1
ietf//dtd html level 2
ietf//dtd html level 3
ietf//dtd html strict level 0
ietf//dtd html strict level 1
ietf//dtd html strict level 2
ietf//dtd html strict level 3
ietf//dtd html strict
ietf//dtd html
metrius//dtd metrius presentational
microsoft//dtd internet explorer 2.0 html strict
microsoft//dtd internet explorer 2.0 html
microsoft//dtd internet explorer 2.0 tables
microsoft//dtd internet explorer 3.0 html strict
microsoft//dtd internet explorer 3.0 html
microsoft//dtd internet explorer 3.0 tables
netscape comm. corp.//dtd html
netscape comm. corp.//dtd strict html
o'reilly and associates//dtd html 2.0
o'reilly and associates//dtd html extended 1.0
o'reilly and associates//dtd html extended relaxed 1.0
softquad software//dtd hotmetal pro 6.0::19990601::extensions to html 4.0
softquad//dtd hotmetal pro 4.0::19971010::extensions to html 4.0
spyglass//dtd html 2.0 extended
sq//dtd html 2.0 hotmetal + extensions
sun microsystems corp.//dtd hotjava html
sun microsystems corp.//dtd hotjava strict html
w3c//dtd html 3 1995-03-24
w3c//dtd html 3.2 draft
w3c//dtd html 3.2 final
w3c//dtd html 3.2
w3c//dtd html 3.2s draft
w3c//dtd html 4.0 frameset
w3c//dtd html 4.0 transitional
w3c//dtd html experimental 19960712
w3c//dtd html experimental 970421
w3c//dtd w3 html
w3o//dtd w3 html 3.0
webtechs//dtd mozilla html 2.0
webtechs//dtd mozilla html""".splitlines()
)
_QUIRKY_SYSTEM_ID = "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd"
_HTML_401 = ("-//w3c//dtd html 4.01 frameset//", "-//w3c//dtd html 4.01 transitional//")


def is_quirky(name: str, public_id: str | None, system_id: str | None, force_quirks: bool) -> bool:
    """Whether a doctype sets quirks mode, in which a table does not close a paragraph."""
    public = (public_id or "").lower()
    return (
        force_quirks
        or name != "html"
        or public
        in ("-//w3o//dtd w3 html strict 3.0//en//", "-/w3c/dtd html 4.0 transitional/en", "html")
        or public.startswith(_QUIRKY_PREFIXES)
        or (system_id or "").lower() == _QUIRKY_SYSTEM_ID
        or (system_id is None and public.startswith(_HTML_401))
    )
