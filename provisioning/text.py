"""Text from any editor: byte-order marks and line endings made one. Pure."""

from __future__ import annotations

from gateway.contract.text_file import text_of
from gateway.errors import BundleRefused, SettingsError


def canonical(data: bytes, name: str) -> str:
    """The text without byte-order mark, with line feeds only, with one line feed at the end.

    Signatures and hashes of text files on a stick are over this form, so that an editor that only
    changed the encoding mark or the line endings does not break them.
    """
    try:
        text = text_of(data, name)
    except SettingsError as error:
        raise BundleRefused(f"{error} and make the stick again") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip("\n") + "\n"


def printable(text: str, limit: int = 80) -> str:
    """Text from a stick made fit for a terminal, a receipt and a log: one short line."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
