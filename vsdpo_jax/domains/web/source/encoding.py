"""The text of a page's bytes, in the encoding that a browser finds (HTML standard, 13.2.3)."""

from __future__ import annotations

import codecs
import re

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"))
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_META = re.compile(rb"<meta[\s/][^>]*>", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_PRESCANNED = 1024
# Labels that browsers read otherwise than Python (the Encoding standard); a page with a meta tag in
# ASCII is not in UTF-16, whatever it says.
_LABELS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
_WINDOWS_1252 = {
    byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)
}


def decode(data: bytes) -> str:
    """The text of a file: by its byte order mark, its meta tag, as UTF-8, else as Windows-1252."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    encoding = _declared(data[:_PRESCANNED])
    if encoding is not None and encoding != "cp1252":
        return data.decode(encoding, "replace")
    if encoding is None:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return _windows_1252(data)


def _declared(head: bytes) -> str | None:
    """The encoding that the first meta tag with a known one declares."""
    for tag in _META.findall(_COMMENT.sub(b"", head)):
        label = _CHARSET.search(tag)
        if label is None:
            continue
        try:
            name = codecs.lookup(label[1].decode("ascii")).name
            b"".decode(name)
        except LookupError:
            continue
        return _LABELS.get(name, name)
    return None


def _windows_1252(data: bytes) -> str:
    """As browsers decode it: the five bytes without a character are control characters."""
    return data.decode("latin-1").translate(_WINDOWS_1252)
