"""Gathers `health`: from the programs' status files, the store and the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from gateway.contract import night_mode
from gateway.contract.fleet import Health, Outcome, Program, ProgramHealth
from gateway.contract.service import PROGRAMS, Paths, read_status
from gateway.contract.settings import Settings
from gateway.store.store import Store
from gateway.sync.operator import vitals
from gateway.sync.operator.alarms import Alarms, Sight

Said = dict[str, dict[str, Any] | None]
"""Program -> what it last said of itself, None = silent."""

LARGEST = 2**53 - 1
"""Of a count."""


@dataclass(frozen=True)
class Place:
    """What the gatherer looks at."""

    paths: Paths
    """where the box's files lie"""
    settings: Settings
    """in force"""
    store: Store
    """its own connection"""
    office_connected: Callable[[], bool | None]
    """the office's broker; None: there is none"""
    machine: Callable[[], dict[str, Any]] | None = None
    """instead of this machine's own vitals, for tests"""


class HealthSource:
    """Looks at everything; one for the life of a run."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._catalog = vitals.Catalog()
        self._hours = place.settings.opening.hours()

    def said(self) -> Said:
        """What each program last said of itself."""
        return {name: read_status(self._place.paths, name) for name in PROGRAMS}

    def signs(self, said: Said) -> tuple[object, ...]:
        """What is told at once when it changes: line, rung, programs, night mode."""
        ready = tuple(bool((said[name] or {}).get("ready")) for name in PROGRAMS)
        return ready, self._registered(said), self._rung(said), self._night_mode()

    def look(
        self, connection: int, said: Said, alarms: Alarms, now: datetime, now_s: float
    ) -> Sight:
        """Everything, at this moment (`now_s`: monotonic seconds); StoreError when the database
        cannot be read."""
        place = self._place
        figures = place.store.figures(now=now)
        queue = place.store.outbox_state(now=now)
        machine = (place.machine or self._machine)()
        certificates = [
            broker.certificate
            for broker in (place.settings.office.mqtt, place.settings.fleet.mqtt)
            if broker is not None
        ]
        since = (now - figures.last_call).total_seconds() if figures.last_call else None
        stale_hours = place.settings.booking.calendar_stale_hours
        facts = {
            "connection": connection,
            "at": now,
            "release": vitals.release(),
            "rung": self._rung(said),
            "line_registered": self._registered(said),
            "on_duty": self._on_duty(now),
            "office_open": self._office_open(now),
            "night_mode": self._night_mode(),
            "programs": {name: _program(status) for name, status in said.items()},
            "models": self._catalog.loaded((said["models"] or {}).get("models")),
            "calls_now": _count((said["line"] or {}).get("calls_active")),
            "calls_day": {k: n for k, n in figures.calls_day.items() if k in get_args(Outcome)},
            "calls_week": figures.calls_week,
            "since_last_call_s": None if since is None else max(0.0, since),
            "reply_p95_ms": figures.reply_p95_ms,
            "unowned_calls": figures.unowned,
            "follow_ups_open": figures.follow_ups_open,
            "follow_ups_late": figures.follow_ups_late,
            "outbox_queued": queue.queued,
            "outbox_oldest_s": queue.oldest_s,
            "spool_waiting": _count((said["line"] or {}).get("voicemail_waiting")),
            "refused": figures.refused,
            "calendar_fresh": place.store.calendar_fresh(now=now) if stale_hours else None,
            "office_broker": place.office_connected(),
            "clock_trusted": vitals.clock_trusted(now, figures.newest),
            "certificate_days": vitals.certificate_days(certificates, now),
            "settings_serial": vitals.settings_serial(place.paths.settings),
        }
        starts = {name: _count((status or {}).get("starts")) for name, status in said.items()}
        starts = {name: count for name, count in starts.items() if count}
        return Sight(
            health=Health.model_validate(facts | machine),
            now_s=now_s,
            best_rung=best_rung(place.settings),
            same_day=figures.same_day,
            restarts=alarms.restarts(starts, now_s),
        )

    def _machine(self) -> dict[str, Any]:
        mb, percent = vitals.disk_free(self._place.paths.state)
        return {
            "disk_free_mb": mb,
            "disk_free_percent": percent,
            "memory_free_mb": vitals.memory_free_mb(),
            "temperature_c": vitals.temperature_c(),
            "up_s": vitals.up_s(),
        }

    def _office_open(self, now: datetime) -> bool:
        local = self._local(now)
        spans = self._place.store.book_now().office_spans(local.date())
        return any(span.holds(local.time()) for span in spans)

    def _local(self, now: datetime) -> datetime:
        return now.astimezone(self._place.settings.office.zone)

    def _on_duty(self, now: datetime) -> bool:
        """As the line decides it; the line itself may be dead."""
        mode = self._night_mode()
        if mode != "auto":
            return mode == "on"
        rule = self._place.settings.line.answer
        return rule == "always" or (
            rule == "after-hours" and not self._hours.is_open(self._local(now))
        )

    def _night_mode(self) -> night_mode.NightMode:
        return night_mode.read(self._place.paths.state)

    def _registered(self, said: Said) -> bool | None:
        if self._place.settings.line.mode == "trunk":
            return None
        return (said["line"] or {}).get("registered") is True

    def _rung(self, said: Said) -> int:
        if not (said["line"] or {}).get("ready"):
            return 0
        gateway = said["gateway"] or {}
        rung = gateway.get("rung")
        return rung if gateway.get("ready") and type(rung) is int and 1 <= rung <= 5 else 1


def best_rung(settings: Settings) -> int:
    """The highest rung that the settings allow."""
    if settings.speech.recogniser == "none":
        return 3
    return 4 if settings.speech.language_model == "none" else 5


def _program(status: dict[str, Any] | None) -> ProgramHealth:
    facts = status or {}
    return ProgramHealth(
        ready=facts.get("ready") is True,
        starts=_count(facts.get("starts")),
        memory_mb=_count(facts.get("memory_mb")),
    )


def _count(value: object) -> int:
    """A status file may hold anything."""
    return value if type(value) is int and 0 <= value <= LARGEST else 0


assert set(PROGRAMS) == set(get_args(Program)), "the contract names every program"
