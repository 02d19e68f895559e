"""Text as any editor saves it, Windows Notepad among them. Pure."""

from __future__ import annotations

import codecs

from gateway.errors import SettingsError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 before UTF-16: the little-endian mark of the one begins with that of the other."""


def text_of(data: bytes, name: str) -> str:
    """The text of a file without its byte-order mark; line ends as they are.

    UTF-8, or what a byte-order mark says. SettingsError names file, line and mend.
    """
    encoding = "utf-8"
    for mark, found in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], found
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(encoding, "replace").count("\n") + 1
        raise SettingsError(f"{name}:{line}: not UTF-8 text; save the file as UTF-8") from error
    if "\0" in text:
        raise SettingsError(f"{name}: holds zero bytes, so it is no text; save the file as UTF-8")
    return text
