"""calendar-bridge.toml, typed: strict, each fault with file, line, field and mend."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from gateway.contract.settings import Broker, Key, Table
from gateway.contract.settings_file import load_table
from gateway.errors import SettingsError


class BridgeBroker(Broker):
    """The office's MQTT broker, as in [office.mqtt] of site.toml."""

    password_file: str | None = Field(
        default=None, description="File with the password of `username`, mode 0600."
    )

    def beside(self, folder: Path) -> BridgeBroker:
        """The same with files that are named from `folder`, that of calendar-bridge.toml."""
        files = {name: getattr(self, name) for name in ("ca", "certificate", "key")}
        found = {name: str(folder / file) for name, file in files.items() if file is not None}
        return self.model_copy(update=found)


class Calendar(Table):
    """One CalDAV calendar."""

    practitioner: Key | None = Field(
        default=None,
        description="Key of the practitioner in site.toml. Without it the calendar is the whole "
        "office's: what stands there blocks everybody, and no booking is written to it.",
    )
    url: str = Field(description="Address of the calendar itself (a collection, not the server).")
    user: str | None = Field(default=None, description="User at the calendar server.")
    password_file: str | None = Field(
        default=None, description="File with the user's password, mode 0600."
    )
    ca: str | None = Field(
        default=None, description="File of the certificate authority; default: the usual ones."
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError('write it like "https://cloud.example/dav/calendars/anna/weber/"')
        if parts.username or parts.password:
            raise ValueError("has no place for a password; use user and password_file")
        return value if value.endswith("/") else f"{value}/"


class BridgeSettings(Table):
    """The whole file."""

    site: Key = Field(description="office.site of the box's site.toml.")
    box: Key = Field(description="office.box of the box's site.toml.")
    timezone: str = Field(description="IANA time zone of the office, as in site.toml.")
    broker: BridgeBroker = Field(description="The office's MQTT broker, as in site.toml.")
    calendars: list[Calendar] = Field(default=[], max_length=100, description="CalDAV calendars.")
    feed: str | None = Field(
        default=None,
        description="File to keep as a read-only iCalendar feed of all bookings by phone.",
    )
    state: str | None = Field(
        default=None, description="The bridge's own SQLite file; default: among the box's state."
    )
    caldav_python: str | None = Field(
        default=None,
        description="Python of the environment that has caldav; default: the one beside ours.",
    )
    look_every_s: float = Field(
        default=3.0, ge=0.2, le=3600, description="Seconds between two looks at the calendars."
    )
    heartbeat_s: float = Field(
        default=60.0, ge=1, le=3600, description="Seconds between two signs of life to the box."
    )
    horizon_days: int = Field(
        default=200,
        ge=7,
        le=800,
        description="Days ahead that are told to the box; a series that never ends is cut here. "
        "Make it no less than booking.horizon_days of site.toml.",
    )
    summary: Literal["service", "name", "number"] = Field(
        default="name",
        description="What the title of a booking shows: the service; also the caller's name; also "
        "the number.",
    )
    details: bool = Field(
        default=True,
        description="Whether the description of a booking has the caller's number and note. The "
        "feed never has them.",
    )
    closed_words: list[str] = Field(
        default=["closed", "holiday", "vacation", "on leave", "out of office", "sick"],
        max_length=50,
        description="An all-day event whose title begins so closes its days.",
    )
    do_not_book_words: list[str] = Field(
        default=["do not book", "do-not-book", "no bookings", "don't book"],
        max_length=50,
        description="An all-day event whose title begins so lets the box book nothing then.",
    )

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f'"{value}" is not an IANA time zone; write e.g. "Europe/London"')
        return value

    @model_validator(mode="after")
    def _calendars_differ(self) -> Self:
        keys = [calendar.practitioner for calendar in self.calendars]
        if len(set(keys)) != len(keys):
            raise ValueError("calendars: two have the same practitioner; give each one calendar")
        urls = [calendar.url for calendar in self.calendars]
        if len(set(urls)) != len(urls):
            raise ValueError("calendars: two have the same url; give each practitioner their own")
        if not self.calendars and self.feed is None:
            raise ValueError("there is nothing to do; add [[calendars]] or feed")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.timezone)


def load_bridge_settings(path: Path) -> BridgeSettings:
    """Read calendar-bridge.toml; SettingsError lists every fault."""
    return load_table(path, BridgeSettings)


def read_password(file: str | None, folder: Path, field: str) -> str | None:
    """First line of a password file; SettingsError when others may read it or it is empty.

    A name without a folder is looked for in `folder`, that of calendar-bridge.toml.
    """
    if file is None:
        return None
    path = folder / file
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{field}: {file} cannot be read: {error}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"{field}: others may read {file}; run: chmod 600 {file}")
    lines = text.splitlines()
    if not lines or not lines[0]:
        raise SettingsError(f"{field}: {file} is empty; write the password on its first line")
    return lines[0]
