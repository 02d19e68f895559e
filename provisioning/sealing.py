"""Secrets sealed in age's format: to a box's key, or to a one-time code. Pure."""

from __future__ import annotations

import secrets

import pyrage

from gateway.errors import BundleRefused, ProvisioningError

SECRETS_NAME = "secrets.age"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which people mix up."""


def new_code() -> str:
    """A one-time code to read out or print: 4 groups of 4, 80 bits."""
    letters = [secrets.choice(_LETTERS) for _ in range(16)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


def tidy_code(text: str) -> str:
    """A code as a person typed it, as it seals: capitals, without spaces and hyphens."""
    return "".join(c for c in text.upper() if c.isalnum())


def new_box_key() -> str:
    """The secret half of a box's own key, `AGE-SECRET-KEY-1...`."""
    return str(pyrage.x25519.Identity.generate())


def public_half(box_key: str) -> str:
    """What others seal to: `age1...`."""
    try:
        return str(pyrage.x25519.Identity.from_str(box_key.strip()).to_public())
    except pyrage.IdentityError as error:
        raise ProvisioningError(
            "box/age.key: is damaged; delete it, plug in any stick, and have new sticks sealed to "
            "the key on its receipt"
        ) from error


def seal_to_box(plain: bytes, public_key: str) -> bytes:
    """Sealed so that only the box with that key can open it."""
    try:
        recipient = pyrage.x25519.Recipient.from_str(public_key.strip())
    except pyrage.RecipientError as error:
        raise ProvisioningError(
            f'"{public_key[:20]}": is not the key of a box; take "box_key" from its receipt.json'
        ) from error
    return bytes(pyrage.encrypt(plain, [recipient]))


def seal_to_code(plain: bytes, code: str) -> bytes:
    """Sealed so that whoever has the code can open it."""
    return bytes(pyrage.passphrase.encrypt(plain, tidy_code(code)))


def needs_code(sealed: bytes) -> bool:
    """Whether it was sealed to a code rather than to a box's key (age's header is plain text)."""
    return b"\n-> scrypt " in sealed[:200]


def unseal(sealed: bytes, box_key: str | None, codes: tuple[str, ...]) -> bytes:
    """The plain secrets; BundleRefused says which key or code is wanted."""
    if not needs_code(sealed):
        if box_key is None:
            raise BundleRefused(f"{SECRETS_NAME}: this box has no key of its own yet; use a code")
        try:
            identity = pyrage.x25519.Identity.from_str(box_key.strip())
            return bytes(pyrage.decrypt(sealed, [identity]))
        except (pyrage.DecryptError, pyrage.IdentityError) as error:
            raise BundleRefused(
                f"{SECRETS_NAME}: is sealed to another box's key; make the stick again with "
                '"box_key" from receipt.json of this box'
            ) from error
    for code in codes:
        try:
            return bytes(pyrage.passphrase.decrypt(sealed, tidy_code(code)))
        except pyrage.DecryptError:
            continue
    what = "none of the codes opens it" if codes else "is sealed to a one-time code"
    raise BundleRefused(
        f"{SECRETS_NAME}: {what}; write the code that came with the stick into a file code.txt on "
        "the stick and plug it in again"
    )
