"""What passes between a box and its operator over `[fleet.mqtt]`: typed, no person in it.

    nightporter-fleet/v1/{site}/{box}/state          retained, and the last will: State
    nightporter-fleet/v1/{site}/{box}/health         retained, each minute: Health
    nightporter-fleet/v1/{site}/{box}/alert/{kind}   retained while open: Alert
    nightporter-fleet/v1/{site}/{box}/command        to the box, never retained: Signed(Command)
    nightporter-fleet/v1/{site}/{box}/result         from the box: Result

No field is free text: each is a number, a moment, a yes or no, one of a list of words, or a short
key out of the settings or the catalog (`Key`, `Release`). A caller's name, number or word cannot
enter; tests/fleet/test_fields.py walks the types and proves it. Unknown fields are ignored, unknown
versions refused, so that boxes and consoles of different age understand each other.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

ROOT = "nightporter-fleet"
VERSION = 1

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""Short name of a site, a box or a check, as the settings or the program write it."""
ModelKey = Annotated[
    str,
    Field(pattern=r"^(moonshine|qwen|piper|silero|smart-turn|vosk|simulated)[a-z0-9.-]{0,50}$"),
]
"""Name of a model in the catalog, e.g. qwen2.5-coder-0.5b-q4: of a family that is named here."""
Release = Annotated[
    str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){1,3}([a-z~+-][a-z0-9.]{0,15})?$")
]
"""Version of a program."""
Count = Annotated[int, Field(ge=0, lt=2**53)]
"""How many."""
Seconds = Annotated[float, Field(ge=0, lt=10**10, allow_inf_nan=False)]
"""How long, in seconds."""
CommandId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""UUID of a command, hexadecimal."""

Program = Literal["line", "gateway", "models", "sync"]
Outcome = Literal[
    "booked", "moved", "cancelled", "confirmed", "informed", "message", "voicemail", "transferred",
    "urgent", "spam", "abandoned",
]  # fmt: skip


class Document(BaseModel):
    """Base: frozen; what is unknown is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Literal[1] = 1


class BoxState(StrEnum):
    """States of a box, after the Homie convention."""

    INIT = "init"
    READY = "ready"
    ALERT = "alert"
    DISCONNECTED = "disconnected"
    LOST = "lost"


class State(Document):
    """`state`: of two the one with the higher `connection` is the truth; an old will is older."""

    state: BoxState
    connection: Count
    """rises for the life of the box"""
    at: AwareDatetime
    """when it was said; of the last will: when the connection was made"""


class ProgramHealth(Document):
    """One program of the box."""

    ready: bool
    starts: Count = 0
    """how often it was started since the box was"""
    memory_mb: Count = 0


class ModelHealth(Document):
    """An installed model that is in use."""

    kind: Literal["recogniser", "language-model", "voice", "voice-activity"]
    key: ModelKey
    """its key in the catalog"""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    """first twelve digits of its main file's hash"""


class Health(Document):
    """`health`: what an operator needs to know of a box, each minute."""

    connection: Count
    at: AwareDatetime
    release: Release
    rung: Annotated[int, Field(ge=0, le=5)]
    """of the ladder: what a call that comes now would get"""
    line_registered: bool | None = None
    """None: a trunk, which does not register"""
    on_duty: bool
    """the opening hours, or the night mode, say that the box answers now"""
    office_open: bool = False
    """the opening hours say that people are there"""
    night_mode: Literal["auto", "on", "off"] = "auto"
    programs: dict[Program, ProgramHealth] = {}
    models: list[ModelHealth] = Field(default=[], max_length=8)
    calls_now: Count = 0
    calls_day: dict[Outcome, Count] = {}
    """ended calls of the last 24 hours by outcome"""
    calls_week: Count = 0
    """ended calls of the last seven days"""
    since_last_call_s: Seconds | None = None
    """None: there never was one"""
    reply_p95_ms: Count | None = None
    """95th percentile of the silence before a reply, last 24 hours; None: no turn"""
    unowned_calls: Count = 0
    follow_ups_open: Count = 0
    follow_ups_late: Count = 0
    outbox_queued: Count = 0
    outbox_oldest_s: Seconds = 0
    spool_waiting: Count = 0
    """voicemails that the gateway has not taken yet"""
    refused: Count = 0
    """bad messages and commands refused since the database was made"""
    calendar_fresh: bool | None = None
    """None: no calendar is synced"""
    office_broker: bool | None = None
    """connected to the office's broker; None: there is none"""
    disk_free_mb: Count
    disk_free_percent: Annotated[int, Field(ge=0, le=100)]
    memory_free_mb: Count
    temperature_c: Annotated[float, Field(ge=-50, le=150, allow_inf_nan=False)] | None = None
    clock_trusted: bool
    """synchronised, or not gone backwards since the last start"""
    up_s: Seconds
    certificate_days: Annotated[int, Field(ge=-36500, le=36500)] | None = None
    """days until the nearest client certificate runs out; None: there is none"""
    settings_serial: Count = 0
    """serial of the settings in force"""


class AlertKind(StrEnum):
    """What can be wrong with a box."""

    LINE_DOWN = "line-down"
    """not registered while the box should answer"""
    NO_CALLS = "no-calls"
    """a whole day without a call, where on this day of the week there always were some"""
    RUNG_LOW = "rung-low"
    """below 5 for long"""
    UNOWNED_CALLS = "unowned-calls"
    """calls nobody owns, after the office has opened"""
    FOLLOW_UPS_LATE = "follow-ups-late"
    OUTBOX_STUCK = "outbox-stuck"
    CALENDAR_STALE = "calendar-stale"
    DISK = "disk"
    CLOCK = "clock"
    TEMPERATURE = "temperature"
    CERTIFICATE = "certificate"
    PROGRAM_RESTARTS = "program-restarts"
    BOX_LOST = "box-lost"
    """raised by the console: the broker has not heard of the box"""


class Severity(StrEnum):
    """How soon somebody must look."""

    WARNING = "warning"
    """this week"""
    ERROR = "error"
    """today"""
    CRITICAL = "critical"
    """now: callers are not answered as promised"""


class Alert(Document):
    """`alert/{kind}`: opened once, closed once; an empty retained payload follows the closing."""

    kind: AlertKind
    severity: Severity
    state: Literal["open", "closed"]
    opened: AwareDatetime
    closed: AwareDatetime | None = None
    connection: Count
    value: float | None = Field(default=None, allow_inf_nan=False)
    """the figure behind it, in the unit of the health field, e.g. 3 (percent of the disk)"""


class CommandName(StrEnum):
    """What an operator may ask of a box."""

    PING = "ping"
    DIAGNOSE = "diagnose"
    RESTART = "restart"
    NIGHT_MODE = "night-mode"
    SETTINGS = "settings"
    TEST_CALL = "test-call"
    REPORT = "report"


class Command(BaseModel):
    """An order to one box. It counts only inside a Signed whose signature fits.

    `settings` carries the bundle of a stick (base64 of a tar), which has a signature of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    site: Key
    box: Key
    id: CommandId
    number: Count
    """rises with each command of a key: the same, or a lower one, is never accepted again"""
    issued: AwareDatetime
    expires: AwareDatetime
    command: CommandName
    program: Program | None = None
    """of restart"""
    night_mode: Literal["on", "off", "auto"] | None = None
    """of night-mode"""
    bundle: Annotated[str, Field(max_length=1_400_000)] | None = None
    """of settings"""


class Signed(Document):
    """`command`: the very bytes that were signed, so that nobody needs a canonical form."""

    command: Annotated[str, Field(max_length=2_000_000)]
    """base64 of the UTF-8 JSON of a Command"""
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """which key: first eight bytes of SHA-256 of the public key, hexadecimal"""
    signature: Annotated[str, Field(max_length=100)]
    """base64 of the Ed25519 signature (RFC 8032) of SIGNED_PREFIX + the bytes of the command"""


SIGNED_PREFIX = b"nightporter fleet command 1\n"
"""A key that signs something else can never be made to sign a command by accident."""


CheckName = Literal[
    "settings", "last-stick", "secrets", "line", "night-mode", "port", "fallback", "speech",
    "models", "broker", "calendar", "messages", "clock", "disk", "memory", "libraries", "units",
    "gateway", "sync", "answered", "understood", "other",
]  # fmt: skip
"""What `nightporter doctor` looks at, and what a test call proves; `other`: a check that is newer
than this list."""


class Check(Document):
    """One check of diagnose or test-call."""

    name: CheckName
    result: Literal["ok", "warning", "failed", "skipped"]


class Refusal(StrEnum):
    """Why a command was not obeyed."""

    UNREADABLE = "unreadable"
    UNKNOWN_VERSION = "unknown-version"
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    OTHER_BOX = "other-box"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    """issued in the future: one of the two clocks is wrong"""
    REPLAYED = "replayed"
    CALL_ON = "call-on"
    """would have cut a caller off"""
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


class Result(Document):
    """`result`: what became of a command."""

    id: CommandId | None = None
    """None: not even that could be read, or it was not signed"""
    command: CommandName | None = None
    at: AwareDatetime
    result: Literal["done", "started", "refused"]
    """`started`: of settings a second result with the same id says what became of them"""
    refusal: Refusal | None = None
    checks: list[Check] = Field(default=[], max_length=64)
    health: Health | None = None
    """of report"""
    took_ms: Count = 0


def topic(site: str, box: str, name: str) -> str:
    """The topic of a box, e.g. topic("hillside", "front-desk", "health")."""
    return f"{ROOT}/v{VERSION}/{site}/{box}/{name}"
