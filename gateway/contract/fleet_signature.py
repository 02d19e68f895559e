"""Signs and verifies commands to a box: Ed25519 over the very bytes of the command; pure.

What is signed is SIGNED_PREFIX and then the UTF-8 JSON of a Command. The envelope (Signed) carries
those bytes as base64, so neither side needs a canonical form of JSON. Source: RFC 8032.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ValidationError

from gateway.contract import strict_json
from gateway.contract.fleet import SIGNED_PREFIX, Command, Refusal, Signed
from gateway.errors import CommandRefused, MessageRefused

MAX_BYTES = 2_100_000
"""A bundle of settings and recordings, twice base64, and the envelope around it."""


@dataclass(frozen=True)
class Order:
    """A command whose signature fits."""

    command: Command
    """what is asked"""
    key: str
    """key_id() of the operator who asks"""


def key_id(public_key: str | Ed25519PublicKey) -> str:
    """First eight bytes of SHA-256 of a public key, hexadecimal; as base64, or as an object."""
    raw = (
        base64.b64decode(public_key)
        if isinstance(public_key, str)
        else public_key.public_bytes_raw()
    )
    return hashlib.sha256(raw).hexdigest()[:16]


def public_text(private_key: Ed25519PrivateKey) -> str:
    """The public half as `operator_keys` of site.toml wants it: 44 characters of base64."""
    return base64.b64encode(private_key.public_key().public_bytes_raw()).decode("ascii")


def sign(command: Command, private_key: Ed25519PrivateKey) -> bytes:
    """Payload of the topic `command`."""
    said = command.model_dump_json(exclude_none=True).encode()
    signed = Signed(
        command=base64.b64encode(said).decode("ascii"),
        key=key_id(private_key.public_key()),
        signature=base64.b64encode(private_key.sign(SIGNED_PREFIX + said)).decode("ascii"),
    )
    return signed.model_dump_json().encode()


def read(payload: bytes, trusted_keys: Iterable[str]) -> Order:
    """The command in a payload, signed by one of the trusted keys (base64); else CommandRefused.

    Only the signature is judged here, not to whom it is addressed, when, or whether it was
    accepted before.
    """
    document = _json(payload)
    _refuse_version(document)
    try:
        signed = Signed.model_validate(document)
    except ValidationError as error:
        raise CommandRefused(Refusal.UNREADABLE, "not a signed command") from error
    said = _base64(signed.command)
    public = next((key for key in trusted_keys if key_id(key) == signed.key), None)
    if public is None:
        raise CommandRefused(Refusal.UNKNOWN_KEY, "this box does not trust the key")
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
        key.verify(_base64(signed.signature), SIGNED_PREFIX + said)
    except (InvalidSignature, ValueError) as error:
        raise CommandRefused(Refusal.BAD_SIGNATURE, "the signature does not fit") from error
    order = _json(said)
    _refuse_version(order)
    try:
        return Order(Command.model_validate(order), signed.key)
    except ValidationError as error:
        raise CommandRefused(Refusal.UNREADABLE, "not a command that this box knows") from error


def _json(payload: bytes) -> dict[str, object]:
    try:
        return strict_json.read(payload, MAX_BYTES)
    except MessageRefused as error:
        raise CommandRefused(Refusal.UNREADABLE, str(error)) from error


def _refuse_version(document: dict[str, object]) -> None:
    version = document.get("version")
    if type(version) is not int or version != 1:
        raise CommandRefused(Refusal.UNKNOWN_VERSION, "only version 1 is understood")


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CommandRefused(Refusal.UNREADABLE, "not base64") from error
