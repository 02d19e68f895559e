"""site.toml, typed: every field with its unit; docs/settings.md is generated from this file."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_network
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gateway.contract.opening_hours import OpeningHours, SpecialDay, parse_spans

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""A short name for use in the file and on MQTT: small letters, digits, hyphens."""

OperatorKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""An Ed25519 public key, 32 bytes as base64."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

EMERGENCY_NUMBERS = {
    "US": "911", "CA": "911", "GB": "999", "IE": "112", "AU": "000", "NZ": "111", "ZA": "112",
}  # fmt: skip
"""By country; 112 everywhere else (works in the whole EU and on most mobile networks)."""


class Table(BaseModel):
    """Base of all tables: unknown keys are errors, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


BROKER_LOOKS_EVERY_S = 7
"""Mosquitto looks for silent clients every six seconds, and counts in whole seconds."""
SHORTEST_KEEP_ALIVE_S = 4
"""Announced to a broker; with a smaller keep_alive_s two thirds of that."""


class Broker(Table):
    """An MQTT broker."""

    host: str = Field(description="Name or address of the broker.")
    port: int = Field(default=1883, ge=1, le=65535, description="TCP port.")
    username: str | None = Field(default=None, description="User at the broker.")
    tls: bool = Field(default=False, description="Encrypt the connection (port 8883 as a rule).")
    ca: str | None = Field(
        default=None, description="File of the certificate authority; default: the system's."
    )
    certificate: str | None = Field(default=None, description="File of the client certificate.")
    key: str | None = Field(default=None, description="File of the client certificate's key.")
    keep_alive_s: int = Field(
        default=30,
        ge=5,
        le=3600,
        description="Seconds without a sign of life until the broker counts us as lost.",
    )

    @field_validator("ca", "certificate", "key")
    @classmethod
    def _is_of_use(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("tls") is False:
            raise ValueError(
                "needs tls = true, else everything goes unencrypted; add that (port 8883 as a "
                "rule) or take this line out"
            )
        alone = info.field_name == "key" and info.data.get("certificate", "") is None
        if value is not None and alone:
            raise ValueError("belongs to a certificate; name its file too, or take this out")
        return value

    @property
    def announced_keep_alive_s(self) -> int:
        """What the broker is told, so that it counts us as lost after keep_alive_s at the latest.

        It waits one and a half times what it is told (source: MQTT 5, 3.1.2.10), and looks seldom.
        Less than SHORTEST_KEEP_ALIVE_S is never announced: a busy moment of ours would end it.
        """
        within = (self.keep_alive_s - BROKER_LOOKS_EVERY_S) * 2 // 3
        return max(within, min(self.keep_alive_s * 2 // 3, SHORTEST_KEEP_ALIVE_S))


class Office(Table):
    """Who the office is."""

    name: str = Field(min_length=1, max_length=80, description="Name as it is spoken.")
    site: Key = Field(default="site", description="Short name of the site, part of MQTT topics.")
    box: Key = Field(default="box-1", description="Short name of this box, part of MQTT topics.")
    timezone: str = Field(description="IANA time zone, e.g. Europe/London.")
    country: str = Field(
        default="US",
        pattern=r"^[A-Z]{2}$",
        description="ISO 3166 code; decides the emergency number.",
    )
    language: str = Field(default="en", pattern=r"^[a-z]{2}$", description="Language spoken.")
    emergency_number: str | None = Field(
        default=None, description="Number for emergencies; default: the country's."
    )
    confirms_by: str = Field(
        default="in the morning",
        description="When the office settles what the box could only note, as it is spoken.",
    )
    mqtt: Broker | None = Field(
        default=None, description="The office's own broker: bookings and messages, personal data."
    )
    home_assistant: bool = Field(
        default=False,
        description="Show the box's health (no caller, no booking) in Home Assistant over the "
        "office's broker.",
    )

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f'"{value}" is not an IANA time zone; write e.g. "Europe/London"')
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    @property
    def emergency(self) -> str:
        """The number to dial when there is danger."""
        return self.emergency_number or EMERGENCY_NUMBERS.get(self.country, "112")


class SpecialDayTable(Table):
    """A day that differs from its weekday."""

    date_: date = Field(alias="date", description="The day, YYYY-MM-DD.")
    until: date | None = Field(default=None, description="Last day, when it is several.")
    hours: list[str] = Field(
        default=[], description='Hours that day, ["08:30-12:00"]; [] = closed.'
    )
    name: str = Field(default="a holiday", description="What it is called when spoken.")

    @field_validator("hours")
    @classmethod
    def _spans(cls, value: list[str]) -> list[str]:
        parse_spans(value)
        return value


class Opening(Table):
    """When the office is open, local time. A day without an entry is closed."""

    monday: list[str] = Field(default=[], description='Spans, e.g. ["08:30-12:00", "13:00-17:00"].')
    tuesday: list[str] = Field(default=[], description="Spans, as for Monday.")
    wednesday: list[str] = Field(default=[], description="Spans, as for Monday.")
    thursday: list[str] = Field(default=[], description="Spans, as for Monday.")
    friday: list[str] = Field(default=[], description="Spans, as for Monday.")
    saturday: list[str] = Field(default=[], description="Spans, as for Monday.")
    sunday: list[str] = Field(default=[], description="Spans, as for Monday.")
    special: list[SpecialDayTable] = Field(default=[], description="Days that differ.")

    @field_validator(*WEEKDAYS)
    @classmethod
    def _spans(cls, value: list[str]) -> list[str]:
        parse_spans(value)
        return value

    def hours(self) -> OpeningHours:
        """As pure opening hours."""
        special: list[SpecialDay] = []
        for entry in self.special:
            last = entry.until or entry.date_
            for ordinal in range(entry.date_.toordinal(), last.toordinal() + 1):
                special.append(
                    SpecialDay(date.fromordinal(ordinal), parse_spans(entry.hours), entry.name)
                )
        return OpeningHours(
            week=tuple(parse_spans(getattr(self, day)) for day in WEEKDAYS), special=tuple(special)
        )


class Service(Table):
    """Something that can be booked."""

    key: Key = Field(description="Short name.")
    name: str = Field(description='As it is spoken after "a" or "an", e.g. "check-up".')
    minutes: int = Field(ge=5, le=480, description="Length of the appointment in minutes.")
    asked_as: list[str] = Field(
        default=[], description='Other words that callers use, e.g. ["my crown fell out"].'
    )
    price: str | None = Field(default=None, description="What may be said about the price.")


class Practitioner(Table):
    """Somebody who sees clients; every appointment belongs to one."""

    key: Key = Field(description="Short name.")
    name: str = Field(description='As it is spoken, e.g. "Doctor Weber".')
    asked_as: list[str] = Field(default=[], description="Other names callers use.")
    services: list[Key] = Field(default=[], description="Keys of what they do; empty = everything.")
    opening: Opening | None = Field(
        default=None, description="Own hours, within the office's; default: the office's."
    )


class Fact(Table):
    """Something that may be told, in the office's words."""

    topic: Key = Field(description="Short name: address, parking, insurance, prices, ...")
    answer: str = Field(description="The sentence that is spoken.")
    asked_as: list[str] = Field(default=[], description="Words that callers ask with.")


class Person(Table):
    """Somebody a call can be passed to."""

    key: Key = Field(description="Short name.")
    name: str = Field(description="As it is spoken.")
    number: str = Field(description="SIP URI or telephone number.")
    on_call: bool = Field(default=False, description="Is told about urgent calls.")


class Handover(Table):
    """What happens when a caller wants a person."""

    rule: Literal["transfer", "call-back", "message"] = Field(
        default="message", description="Transfer the call, promise a call back, or take a message."
    )
    person: Key | None = Field(default=None, description="Key of the person to transfer to.")
    ring_seconds: int = Field(default=25, ge=5, le=120, description="How long to try, in seconds.")


class Line(Table):
    """The connection to the telephone line."""

    mode: Literal["register", "trunk"] = Field(
        default="register",
        description="Register as an extension, or take calls from listed addresses.",
    )
    registrar: str | None = Field(
        default=None, description="Host or host:port of the PBX or provider (mode register)."
    )
    user: str = Field(default="nightporter", description="SIP user, the extension.")
    auth_user: str | None = Field(default=None, description="User for digest, if it differs.")
    domain: str | None = Field(
        default=None, description="Domain of our address; default: registrar."
    )
    test_number: str | None = Field(
        default=None,
        pattern=r"^\+?[0-9*#]{1,32}$",
        description="The office's own number as the exchange dials it, for the call of the box to "
        "itself (mode register); default: user.",
    )
    transport: Literal["udp", "tcp"] = Field(
        default="udp", description="Transport to the registrar."
    )
    bind: str = Field(default="0.0.0.0", description="Address to listen on.")
    port: int = Field(default=5060, ge=0, le=65535, description="Port to listen on; 0 = any free.")
    allowed_peers: list[str] = Field(
        default=[], description="Addresses or networks that may call (mode trunk)."
    )
    expires_s: int = Field(default=300, ge=30, le=7200, description="Registration time in seconds.")
    codecs: list[Literal["G722", "PCMU", "PCMA"]] = Field(
        default=["G722", "PCMU", "PCMA"], description="Codecs, best first."
    )
    answer: Literal["after-hours", "always", "never"] = Field(
        default="after-hours", description="When to answer; otherwise calls get 480."
    )
    max_calls: int = Field(
        default=2, ge=1, le=16, description="Conversations at once; more calls go to voicemail."
    )
    max_voicemail: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Further calls that may leave a message at once; the packaged PJSIP holds four "
        "calls in all.",
    )
    media_ports: str = Field(
        default="40000-40200", pattern=r"^\d{4,5}-\d{4,5}$", description="UDP ports for RTP."
    )

    @field_validator("allowed_peers")
    @classmethod
    def _networks(cls, peers: list[str]) -> list[str]:
        for peer in peers:
            try:
                ip_network(peer, strict=False)
            except ValueError:
                raise ValueError(
                    f'"{peer}" is neither an address nor a network such as 192.168.1.0/24'
                ) from None
        return peers

    @model_validator(mode="after")
    def _complete(self) -> Line:
        if self.mode == "register" and not self.registrar:
            raise ValueError(
                'mode "register" needs "registrar": the address of the PBX or provider'
            )
        if self.mode == "trunk" and not self.allowed_peers:
            raise ValueError('mode "trunk" needs "allowed_peers": the addresses that may call')
        return self


class Voicemail(Table):
    """Limits of a recorded message."""

    max_seconds: int = Field(default=180, ge=10, le=1800, description="Longest message in seconds.")
    silence_seconds: int = Field(default=8, ge=2, le=60, description="Silence that ends a message.")
    min_seconds: float = Field(
        default=1.0, ge=0, le=10, description="Shorter recordings without speech are not kept."
    )


class Speech(Table):
    """Which models do the work."""

    recogniser: str = Field(
        default="auto",
        description='"auto", "moonshine", "vosk", "none", or the address of a Wyoming server, '
        '"tcp://host:port" or "unix:///path".',
    )
    language_model: str = Field(default="auto", description='"auto", "none" or a catalog name.')
    voice: str = Field(default="auto", description='"auto" or a catalog name.')
    barge_in: bool = Field(default=True, description="Callers may interrupt.")
    end_of_turn_ms: int = Field(
        default=450, ge=200, le=2000, description="Silence that ends a caller's turn, milliseconds."
    )
    tone_after_ms: int = Field(default=800, description="Soft tone when a reply takes longer.")
    filler_after_ms: int = Field(default=1500, description="Short spoken filler after this.")
    message_after_ms: int = Field(default=5000, description="The way to a message after this.")


class Conversation(Table):
    """Patience."""

    max_turns: int = Field(default=40, ge=5, le=200, description="Turns of a caller in one call.")
    max_minutes: int = Field(default=10, ge=1, le=60, description="Length of a call in minutes.")
    silence_seconds: float = Field(
        default=6.0, ge=2, le=30, description="Silence after a question before we ask again."
    )
    max_silences: int = Field(default=2, ge=1, le=5, description="Silences before a goodbye.")
    yes_above: float = Field(
        default=0.5, ge=0, le=1, description="Recogniser confidence that a yes or no needs."
    )
    sentences: dict[str, str] = Field(
        default={}, description="Own wording of sentences, by key (see `nightporter sentences`)."
    )


class Booking(Table):
    """Rules of the appointment book."""

    step_minutes: int = Field(
        default=15, ge=5, le=120, description="Appointments start on multiples."
    )
    notice_minutes: int = Field(
        default=120, ge=0, description="Earliest start from now, in minutes."
    )
    horizon_days: int = Field(default=90, ge=1, le=730, description="How far ahead one can book.")
    hold_seconds: int = Field(
        default=180, ge=30, le=1800, description="How long a slot is kept while a caller decides."
    )
    cancel_notice_hours: int = Field(
        default=24, ge=0, description="Later cancellations are noted for the office."
    )
    max_open_per_caller: int = Field(
        default=3, ge=1, description="Open appointments that one number may hold."
    )
    max_bookings_per_day: int = Field(
        default=2, ge=1, description="Bookings that one number may make in a day."
    )
    max_calls_per_hour: int = Field(
        default=6,
        ge=1,
        description="Calls of one number in an hour before only messages are taken.",
    )
    max_withheld_per_hour: int = Field(
        default=5,
        ge=0,
        description="Bookings in an hour of all callers together who withhold their number, whom "
        "no other cap can tell apart; beyond it theirs become requests that the office confirms.",
    )
    calendar_stale_hours: float | None = Field(
        default=None,
        description="Without word from the office's calendar for so long, bookings become "
        "requests; default: there is no other calendar.",
    )


class Retention(Table):
    """How long things are kept, in days."""

    recordings_days: int = Field(default=90, ge=1, description="Voicemail recordings.")
    calls_days: int = Field(default=365, ge=1, description="Call records and transcripts.")
    appointments_days: int = Field(default=730, ge=30, description="Appointments after their day.")


class Fleet(Table):
    """The operator's side: status, counts and commands, never anything about a caller."""

    mqtt: Broker | None = Field(
        default=None, description="The operator's broker; absent: nobody watches this box."
    )
    operator_keys: list[OperatorKey] = Field(
        default=[],
        max_length=8,
        description="Ed25519 public keys (base64) whose commands the box obeys; "
        "`nightporter fleet key` makes one.",
    )


class Settings(Table):
    """One office, one box: the whole of site.toml."""

    office: Office
    opening: Opening
    services: list[Service] = Field(min_length=1, description="What can be booked.")
    practitioners: list[Practitioner] = Field(min_length=1, description="Who sees clients.")
    facts: list[Fact] = Field(default=[], description="What may be told.")
    people: list[Person] = Field(default=[], description="Whom calls can be passed to.")
    danger_words: list[str] = Field(
        default=[], description="The office's own words for danger, besides the built-in ones."
    )
    handover: Handover = Handover()
    line: Line
    voicemail: Voicemail = Voicemail()
    speech: Speech = Speech()
    conversation: Conversation = Conversation()
    booking: Booking = Booking()
    retention: Retention = Retention()
    fleet: Fleet = Fleet()

    @model_validator(mode="after")
    def _names_agree(self) -> Settings:
        services = [service.key for service in self.services]
        people = [person.key for person in self.people]
        for what, keys in (
            ("services", services),
            ("practitioners", [p.key for p in self.practitioners]),
            ("people", people),
        ):
            twice = {key for key in keys if keys.count(key) > 1}
            if twice:
                raise ValueError(f'{what}: the key "{sorted(twice)[0]}" is used twice')
        for practitioner in self.practitioners:
            for key in practitioner.services:
                if key not in services:
                    raise ValueError(
                        f'practitioner "{practitioner.key}": there is no service "{key}"; '
                        f"there are: {', '.join(services)}"
                    )
        if self.handover.rule == "transfer" and self.handover.person not in people:
            raise ValueError('handover: rule "transfer" needs "person", the key of one of people')
        return self


class Secrets(Table):
    """The whole of secrets.toml: passwords, never shown."""

    line_password: SecretStr | None = Field(default=None, description="SIP digest password.")
    office_mqtt_password: SecretStr | None = Field(
        default=None, description="Password at the office's broker."
    )
    fleet_mqtt_password: SecretStr | None = Field(
        default=None, description="Password at the operator's broker."
    )
