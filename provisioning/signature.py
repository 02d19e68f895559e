"""Signatures in minisign's format, and what the signer says in the signed comment. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import minisign

from gateway.errors import BundleRefused
from provisioning.text import canonical, printable

SIGNATURE_NAME = "bundle.toml.minisig"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_IGNORED = re.compile(r"(timestamp:\d+|file:\S+|hashed)")
"""What the `minisign` command puts there by itself."""


@dataclass(frozen=True)
class TrustedKey:
    """A public key in minisign's format."""

    base64: str
    """The second line of a .pub file, 56 characters"""

    @property
    def number(self) -> str:
        """The key's number as `minisign` prints it, 16 hexadecimal digits."""
        key = minisign.PublicKey.from_base64(self.base64)
        return bytes(key._keynum_pk.key_id)[::-1].hex().upper()

    @classmethod
    def from_text(cls, text: str, name: str) -> TrustedKey:
        """Read a .pub file or its second line alone; BundleRefused when it is neither."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        candidate = lines[-1] if lines else ""
        try:
            key = minisign.PublicKey.from_base64(candidate)
        except (minisign.Error, ValueError) as error:
            raise BundleRefused(
                f"{name}: is not a public key of minisign; copy the .pub file of the signer there"
            ) from error
        return cls(key.to_base64().decode("ascii"))


@dataclass(frozen=True)
class SignedComment:
    """For whom, which one, and until when: the signed ("trusted") comment."""

    box: str
    """Short name of the box that the stick is for"""
    site: str
    """Short name of the site that it is for"""
    serial: int
    """Rises with each stick for this box"""
    expires: datetime
    """Not to be applied after this moment, UTC"""

    def line(self) -> str:
        """As it is written into the signature."""
        moment = self.expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"box={self.box} site={self.site} serial={self.serial} expires={moment}"


def verify(manifest: str, signature: str, keys: tuple[TrustedKey, ...]) -> tuple[TrustedKey, str]:
    """The key that signed the manifest, and the comment that it signed; else BundleRefused."""
    try:
        parsed = minisign.Signature.from_bytes(signature.encode())
        number = parsed._key_id[::-1].hex().upper()
    except (minisign.Error, ValueError) as error:
        raise BundleRefused(
            f"{SIGNATURE_NAME}: is not a signature of minisign; make the stick again"
        ) from error
    for key in keys:
        if key.number != number:
            continue
        try:
            minisign.PublicKey.from_base64(key.base64).verify(manifest.encode(), parsed)
        except (minisign.Error, ValueError) as error:
            raise BundleRefused(
                f"{SIGNATURE_NAME}: does not fit bundle.toml: one of the two was changed after "
                "signing; make the stick again"
            ) from error
        return key, parsed.trusted_comment
    raise BundleRefused(
        f"{SIGNATURE_NAME}: signed with key {number}, which this box does not trust; "
        "have the stick made by the technician who set the box up"
    )


def read_comment(comment: str) -> SignedComment:
    """What the signer says; BundleRefused naming the word that is wrong."""
    words: dict[str, str] = {}
    for word in comment.split():
        key, equals, value = word.partition("=")
        if not equals and _IGNORED.fullmatch(word):
            continue
        if not equals or key not in ("box", "site", "serial", "expires") or key in words:
            raise _wrong(f'"{printable(word, 40)}" is not understood')
        words[key] = value
    for key in ("box", "site", "serial", "expires"):
        if key not in words:
            raise _wrong(f"{key}= is missing")
    for key in ("box", "site"):
        if not _NAME.fullmatch(words[key]):
            raise _wrong(f"{key}= is not a short name of small letters, digits and hyphens")
    if not re.fullmatch(r"[1-9][0-9]{0,14}", words["serial"]):
        raise _wrong("serial= is not a whole number from 1")
    try:
        expires = datetime.strptime(words["expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise _wrong("expires= is not a moment like 2026-12-31T23:59:59Z") from error
    return SignedComment(words["box"], words["site"], int(words["serial"]), expires)


def _wrong(what: str) -> BundleRefused:
    return BundleRefused(f"{SIGNATURE_NAME}: signed comment: {what}; make the stick again")


def key_from_file(data: bytes, name: str) -> TrustedKey:
    """A public key from the bytes of a file."""
    return TrustedKey.from_text(canonical(data, name), name)
