"""Reads what boxes say: topic and payload become one typed thing, or are refused whole; pure."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from gateway.contract import strict_json
from gateway.contract.fleet import ROOT, VERSION, Alert, AlertKind, Document, Health, Key, Result
from gateway.contract.fleet import State as BoxSays
from gateway.errors import MessageRefused

MAX_BYTES = 64 * 1024
"""A full health takes 3 kB."""
EVERYTHING = f"{ROOT}/v{VERSION}/+/+/#"
"""Topic filter of all that a fleet says."""
_PREFIX = f"{ROOT}/v{VERSION}/"
_KEY: TypeAdapter[str] = TypeAdapter(Key)
_KINDS = frozenset(kind.value for kind in AlertKind)
_keys: dict[str, bool] = {}
_KEYS_KEPT = 400_000
"""Names of sites and boxes already found good; forgotten all at once beyond this."""


@dataclass(frozen=True)
class Said:
    """One message of a box."""

    site: str
    """key of the site"""
    box: str
    """key of the box"""
    what: BoxSays | Health | Alert | Result | None
    """None: the retained `state` was cleared, the box is gone for good"""
    retained: bool = False
    """the broker had kept it: no sign of life"""


def read(topic: str, payload: bytes, *, retained: bool = False) -> Said | None:
    """The message; None when it is not for a console (a command, a cleared health or alert).

    MessageRefused begins with a code: bad-topic, too-large, not-utf-8, not-json, too-deep,
    duplicate-key, not-finite, bad-text, unknown-version, schema.
    """
    site, box, name = split(topic)
    if name == "command":
        return None
    if not payload:
        return Said(site, box, None, retained) if name == "state" else None
    if len(payload) > MAX_BYTES:
        raise MessageRefused(f"too-large: {len(payload)} bytes, {MAX_BYTES} are allowed")
    document = strict_json.read(payload)
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise MessageRefused(f"unknown-version: only version {VERSION} is understood")
    what = _typed(_schema(name), payload)
    if isinstance(what, Alert) and name != f"alert/{what.kind}":
        raise MessageRefused("schema: the kind of the alert is not that of its topic")
    assert isinstance(what, BoxSays | Health | Alert | Result)
    return Said(site, box, what, retained)


def split(topic: str) -> tuple[str, str, str]:
    """Site, box and name of a topic; MessageRefused when it has another shape."""
    if not topic.startswith(_PREFIX):
        raise MessageRefused("bad-topic: not a topic of this fleet or version")
    parts = topic[len(_PREFIX) :].split("/", 2)
    if len(parts) != 3 or not is_key(parts[0]) or not is_key(parts[1]):
        raise MessageRefused("bad-topic: not SITE/BOX/NAME")
    name = parts[2]
    known = name in ("state", "health", "result", "command") or (
        name.startswith("alert/") and name[6:] in _KINDS
    )
    if not known:
        raise MessageRefused("bad-topic: a name that this version does not know")
    return parts[0], parts[1], name


def is_key(text: str) -> bool:
    """Whether a text is the short name of a site or box."""
    good = _keys.get(text)
    if good is None:
        if len(_keys) >= _KEYS_KEPT:
            _keys.clear()
        try:
            _KEY.validate_python(text)
            good = True
        except ValidationError:
            good = False
        if len(text) <= 40:
            _keys[text] = good
    return good


def code_of(refused: MessageRefused) -> str:
    """The code that a refusal begins with."""
    return str(refused).partition(":")[0]


def _schema(name: str) -> type[Document]:
    if name.startswith("alert/"):
        return Alert
    if name == "health":
        return Health
    return BoxSays if name == "state" else Result


def _typed(schema: type[Document], payload: bytes) -> Document:
    try:
        return schema.model_validate_json(payload, strict=True)
    except ValidationError as error:
        places = {".".join(str(part) for part in fault["loc"])[:60] for fault in error.errors()}
        raise MessageRefused(f"schema: {', '.join(sorted(places)[:5])}") from error
