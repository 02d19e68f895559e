"""Text from any editor: byte-order marks and line endings made one. Pure."""

from __future__ import annotations

import codecs

from gateway.errors import BundleRefused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 before UTF-16: the little-endian mark of the one begins with that of the other."""


def canonical(data: bytes, name: str) -> str:
    """The text without byte-order mark, with line feeds only, with one line feed at the end.

    Signatures and hashes of text files on a stick are over this form, so that an editor that only
    changed the encoding mark or the line endings does not break them.
    """
    encoding = "utf-8"
    for mark, found in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], found
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BundleRefused(
            f"{name}: is not text; save it as UTF-8 and make the stick again"
        ) from error
    if "\0" in text:
        raise BundleRefused(f"{name}: holds zero bytes, so it is not text; make the stick again")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip("\n") + "\n"


def printable(text: str, limit: int = 80) -> str:
    """Text from a stick made fit for a terminal, a receipt and a log: one short line."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
