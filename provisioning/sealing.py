"""Secrets sealed in age's format: to a box's key, or to a one-time code. Pure."""

from __future__ import annotations

import pyrage

from gateway.errors import BundleRefused, ProvisioningError
from provisioning.code_key import key_of

SECRETS_NAME = "secrets.age"


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
    return seal_to_box(plain, public_half(key_of(code)))


def unseal_with_key(sealed: bytes, box_key: str) -> bytes:
    """The plain secrets of a stick for this box; BundleRefused when it is for another one."""
    plain = _open(sealed, box_key)
    if plain is None:
        raise BundleRefused(
            f"{SECRETS_NAME}: is sealed to another box's key; make the stick again with "
            '"box_key" from receipt.json of this box'
        )
    return plain


def unseal_with_code(sealed: bytes, codes: tuple[str, ...]) -> bytes:
    """The plain secrets of a stick with a one-time code; BundleRefused says where it belongs."""
    for code in codes:
        plain = _open(sealed, key_of(code))
        if plain is not None:
            return plain
    what = "none of the codes opens it" if codes else "is sealed to a one-time code"
    raise BundleRefused(
        f"{SECRETS_NAME}: {what}; write the code that came with the stick into a file code.txt on "
        "the stick and plug it in again"
    )


def _open(sealed: bytes, key: str) -> bytes | None:
    try:
        identity = pyrage.x25519.Identity.from_str(key.strip())
        return bytes(pyrage.decrypt(sealed, [identity]))
    except (pyrage.DecryptError, pyrage.IdentityError):
        return None
