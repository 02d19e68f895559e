"""When an alert opens and when it is over: a table of rules over `health`; pure.

A rule opens when it has been bad for `after_s` without a break, and closes when it has been good
for `over_s`. Bad and good are two conditions with a gap between them, so that a figure that swings
around one limit opens and closes nothing again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gateway.contract.fleet import AlertKind, Health, Severity

MINUTE_S = 60.0
HOUR_S = 3600.0

CALLS_EXPECTED = 3
"""At least so many on this day in each of the last weeks: then none at all is no chance."""
RESTARTS = 3
"""Within RESTARTS_WITHIN_S: once is an accident, twice an update, three times a fault."""
RESTARTS_WITHIN_S = HOUR_S
DISK_FULL_PERCENT, DISK_FULL_MB = 5, 2000
"""Bad below both (five per cent of a large disk are plenty), and below DISK_LOW_MB anyway."""
DISK_LOW_MB = 500
DISK_WELL_PERCENT, DISK_WELL_MB, DISK_WELL_LOW_MB = 8, 2500, 700
HOT_C, COOL_C = 80.0, 74.0
"""A Raspberry Pi slows down at 80 °C."""
CERTIFICATE_DAYS = 14
"""Time to send somebody a stick."""


@dataclass(frozen=True)
class Sight:
    """What the rules look at."""

    health: Health
    """as it is published"""
    now_s: float
    """monotonic seconds"""
    best_rung: int = 5
    """highest rung that the settings allow: an office may have no language model on purpose"""
    same_day: tuple[int, ...] = ()
    """calls in the same 24 hours one, two, ... weeks ago"""
    restarts: int = 0
    """restarts of programs within RESTARTS_WITHIN_S"""


@dataclass(frozen=True)
class Rule:
    """One kind of alert."""

    kind: AlertKind
    bad: Callable[[Sight], bool]
    """opens when true for after_s"""
    good: Callable[[Sight], bool]
    """closes when true for over_s"""
    severity: Callable[[Sight], Severity]
    """at its opening"""
    value: Callable[[Sight], float | None]
    """the figure behind it"""
    after_s: float = 0.0
    over_s: float = 0.0


def _line_up(sight: Sight) -> bool:
    line = sight.health.programs.get("line")
    return line is not None and line.ready and sight.health.line_registered is not False


def _line_needed_and_down(sight: Sight) -> bool:
    return sight.health.on_duty and not _line_up(sight)


def _no_calls(sight: Sight) -> bool:
    weeks = sight.same_day
    none = not sight.health.calls_now and _since_last_call_s(sight) > 24 * HOUR_S
    return none and len(weeks) > 1 and min(weeks) >= CALLS_EXPECTED


def _since_last_call_s(sight: Sight) -> float:
    since = sight.health.since_last_call_s
    return float("inf") if since is None else since


def _rung_severity(sight: Sight) -> Severity:
    rung = sight.health.rung
    return Severity.CRITICAL if rung <= 1 else Severity.ERROR if rung <= 3 else Severity.WARNING


def _disk_low(sight: Sight) -> bool:
    mb, percent = sight.health.disk_free_mb, sight.health.disk_free_percent
    return mb < DISK_LOW_MB or (percent < DISK_FULL_PERCENT and mb < DISK_FULL_MB)


def _disk_well(sight: Sight) -> bool:
    mb, percent = sight.health.disk_free_mb, sight.health.disk_free_percent
    return mb >= DISK_WELL_LOW_MB and (percent >= DISK_WELL_PERCENT or mb >= DISK_WELL_MB)


def _always(severity: Severity) -> Callable[[Sight], Severity]:
    return lambda _: severity


def _nothing(_: Sight) -> None:
    return None


RULES = (
    Rule(
        AlertKind.LINE_DOWN, _line_needed_and_down, _line_up, _always(Severity.CRITICAL), _nothing,
        after_s=5 * MINUTE_S, over_s=MINUTE_S,
    ),
    Rule(
        AlertKind.NO_CALLS, _no_calls, lambda s: _since_last_call_s(s) < HOUR_S,
        _always(Severity.ERROR), lambda s: s.health.since_last_call_s,
    ),
    Rule(
        AlertKind.RUNG_LOW, lambda s: s.health.rung < s.best_rung,
        lambda s: s.health.rung >= s.best_rung, _rung_severity, lambda s: s.health.rung,
        after_s=15 * MINUTE_S, over_s=5 * MINUTE_S,
    ),
    Rule(
        AlertKind.UNOWNED_CALLS, lambda s: s.health.office_open and s.health.unowned_calls > 0,
        lambda s: s.health.unowned_calls == 0, _always(Severity.ERROR),
        lambda s: s.health.unowned_calls, after_s=15 * MINUTE_S,
    ),
    Rule(
        AlertKind.FOLLOW_UPS_LATE, lambda s: s.health.office_open and s.health.follow_ups_late > 0,
        lambda s: s.health.follow_ups_late == 0, _always(Severity.WARNING),
        lambda s: s.health.follow_ups_late, after_s=HOUR_S,
    ),
    Rule(
        AlertKind.OUTBOX_STUCK,
        lambda s: s.health.office_broker is not None and s.health.outbox_oldest_s > HOUR_S,
        lambda s: s.health.office_broker is None or s.health.outbox_oldest_s < 10 * MINUTE_S,
        _always(Severity.ERROR), lambda s: s.health.outbox_queued, over_s=MINUTE_S,
    ),
    Rule(
        AlertKind.CALENDAR_STALE, lambda s: s.health.calendar_fresh is False,
        lambda s: s.health.calendar_fresh is not False, _always(Severity.ERROR), _nothing,
        after_s=30 * MINUTE_S, over_s=MINUTE_S,
    ),
    Rule(
        AlertKind.DISK, _disk_low, _disk_well, _always(Severity.ERROR),
        lambda s: s.health.disk_free_mb,
    ),
    Rule(
        AlertKind.CLOCK, lambda s: not s.health.clock_trusted, lambda s: s.health.clock_trusted,
        _always(Severity.ERROR), _nothing, after_s=15 * MINUTE_S, over_s=5 * MINUTE_S,
    ),
    Rule(
        AlertKind.TEMPERATURE, lambda s: (s.health.temperature_c or 0.0) >= HOT_C,
        lambda s: (s.health.temperature_c or 0.0) < COOL_C, _always(Severity.WARNING),
        lambda s: s.health.temperature_c, after_s=5 * MINUTE_S, over_s=5 * MINUTE_S,
    ),
    Rule(
        AlertKind.CERTIFICATE, lambda s: _days(s) < CERTIFICATE_DAYS,
        lambda s: _days(s) >= CERTIFICATE_DAYS, _always(Severity.ERROR), lambda s: _days(s),
    ),
    Rule(
        AlertKind.PROGRAM_RESTARTS, lambda s: s.restarts >= RESTARTS, lambda s: s.restarts == 0,
        _always(Severity.WARNING), lambda s: s.restarts,
    ),
)  # fmt: skip
"""Every alert that a box raises about itself; BOX_LOST is raised by the console."""


def _days(sight: Sight) -> float:
    days = sight.health.certificate_days
    return float("inf") if days is None else days


@dataclass(frozen=True)
class Opened:
    """Something is wrong since now."""

    kind: AlertKind
    severity: Severity
    value: float | None


@dataclass(frozen=True)
class Closed:
    """It is over."""

    kind: AlertKind


@dataclass
class Alarms:
    """Which alerts are open, and since when each rule is bad or good; one for the life of a run."""

    open: set[AlertKind] = field(default_factory=set)
    """as the store remembers them from before"""
    _since: dict[AlertKind, float] = field(default_factory=dict)
    _starts: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    def judge(self, sight: Sight, rules: Iterable[Rule] = RULES) -> list[Opened | Closed]:
        """What has changed; each opening and each closing is named once."""
        changes: list[Opened | Closed] = []
        for rule in rules:
            is_open = rule.kind in self.open
            turning = rule.good(sight) if is_open else rule.bad(sight)
            if not turning:
                self._since.pop(rule.kind, None)
                continue
            since = self._since.setdefault(rule.kind, sight.now_s)
            if sight.now_s - since < (rule.over_s if is_open else rule.after_s):
                continue
            del self._since[rule.kind]
            if is_open:
                self.open.discard(rule.kind)
                changes.append(Closed(rule.kind))
            else:
                self.open.add(rule.kind)
                changes.append(Opened(rule.kind, rule.severity(sight), rule.value(sight)))
        return changes

    def undo(self, change: Opened | Closed) -> None:
        """It could not be written down: as if it had not been judged."""
        if isinstance(change, Opened):
            self.open.discard(change.kind)
        else:
            self.open.add(change.kind)

    def restarts(self, starts: Mapping[str, int], now_s: float) -> int:
        """Restarts within RESTARTS_WITHIN_S, from how often each program was started in all."""
        known = dict(self._starts[-1][1]) if self._starts else {}
        self._starts.append((now_s, known | dict(starts)))
        while now_s - self._starts[0][0] > RESTARTS_WITHIN_S and len(self._starts) > 1:
            del self._starts[0]
        first = self._starts[0][1]
        return sum(max(0, count - first.get(name, count)) for name, count in starts.items())
