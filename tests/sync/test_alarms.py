"""Each alert opens once when it matters, and closes once when it is over."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from gateway.contract.fleet import AlertKind, Health, Program
from gateway.sync.operator.alarms import HOUR_S, MINUTE_S, RULES, Alarms, Closed, Opened, Sight
from tests.store.office import NOW

UP = {"ready": True, "starts": 1}
WELL: dict[str, Any] = {
    "connection": 1, "at": NOW, "release": "0.1.0", "rung": 5, "line_registered": True,
    "on_duty": True, "office_open": False, "programs": dict.fromkeys(get_args(Program), UP),
    "since_last_call_s": 60.0, "office_broker": True, "calendar_fresh": True,
    "disk_free_mb": 20_000, "disk_free_percent": 60, "memory_free_mb": 500, "temperature_c": 50.0,
    "clock_trusted": True, "up_s": 1000.0, "certificate_days": 200,
}  # fmt: skip


def sight(now_s: float, **changes: Any) -> Sight:
    more = {k: changes.pop(k) for k in ("best_rung", "same_day", "restarts") if k in changes}
    return Sight(Health.model_validate(WELL | changes), now_s, **more)


class Box:
    """Time passes in minutes; what has changed is remembered."""

    def __init__(self, **open_before: Any) -> None:
        self.alarms = Alarms(set(open_before.get("open", ())))
        self.now_s = 0.0

    def live(self, seconds: float, **changes: Any) -> list[str]:
        told = []
        for _ in range(int(seconds // MINUTE_S)):
            self.now_s += MINUTE_S
            for change in self.alarms.judge(sight(self.now_s, **changes)):
                told.append(f"{'+' if isinstance(change, Opened) else '-'}{change.kind}")
        return told


TABLE: list[tuple[str, dict[str, Any], float]] = [
    ("line-down", {"line_registered": False}, 5 * MINUTE_S),
    ("line-down", {"programs": {"line": {"ready": False}}}, 5 * MINUTE_S),
    ("line-down", {"programs": {}, "line_registered": None}, 5 * MINUTE_S),
    ("no-calls", {"since_last_call_s": 25 * HOUR_S, "same_day": (9, 5, 3, 4)}, 0),
    ("no-calls", {"since_last_call_s": None, "same_day": (9, 5, 3, 4)}, 0),
    ("rung-low", {"rung": 4}, 15 * MINUTE_S),
    ("unowned-calls", {"unowned_calls": 1, "office_open": True}, 15 * MINUTE_S),
    ("follow-ups-late", {"follow_ups_late": 2, "office_open": True}, HOUR_S),
    ("outbox-stuck", {"outbox_queued": 9, "outbox_oldest_s": HOUR_S + 1}, 0),
    ("calendar-stale", {"calendar_fresh": False}, 30 * MINUTE_S),
    ("disk", {"disk_free_mb": 400}, 0),
    ("disk", {"disk_free_mb": 1500, "disk_free_percent": 4}, 0),
    ("clock", {"clock_trusted": False}, 15 * MINUTE_S),
    ("temperature", {"temperature_c": 83.0}, 5 * MINUTE_S),
    ("certificate", {"certificate_days": 13}, 0),
    ("certificate", {"certificate_days": -1}, 0),
    ("program-restarts", {"restarts": 3}, 0),
]


@pytest.mark.parametrize(("kind", "bad", "after_s"), TABLE)
def test_it_opens_in_its_time_once_and_closes_once(
    kind: str, bad: dict[str, Any], after_s: float
) -> None:
    box = Box()
    assert box.live(HOUR_S) == []
    assert box.live(after_s, **bad) == [], "not yet"
    assert box.live(24 * HOUR_S, **bad) == [f"+{kind}"]
    assert box.live(24 * HOUR_S) == [f"-{kind}"]


def test_every_rule_is_in_the_table_and_every_kind_has_a_rule() -> None:
    assert {kind for kind, _, _ in TABLE} == {rule.kind for rule in RULES}
    assert {rule.kind for rule in RULES} == set(AlertKind) - {AlertKind.BOX_LOST}


QUIET: list[dict[str, Any]] = [
    {"line_registered": False, "on_duty": False},  # by day the office's own phones ring
    {"line_registered": None},  # a trunk does not register
    {"unowned_calls": 3},  # the office has not opened yet
    {"since_last_call_s": 25 * HOUR_S, "same_day": (9, 0, 3, 4)},  # such days there were
    {"since_last_call_s": 25 * HOUR_S, "same_day": ()},
    {"since_last_call_s": 30 * HOUR_S, "same_day": (9, 9, 9, 9), "calls_now": 1},
    {"rung": 4, "best_rung": 4},  # no language model on purpose
    {"outbox_queued": 10**6, "outbox_oldest_s": 10**6, "office_broker": None},
    {"calendar_fresh": None, "certificate_days": None, "temperature_c": None},
    {"disk_free_mb": 40_000, "disk_free_percent": 4},  # of a large disk
    {"restarts": 2},
]


@pytest.mark.parametrize("ordinary", QUIET)
def test_what_is_ordinary_opens_nothing(ordinary: dict[str, Any]) -> None:
    assert Box().live(24 * HOUR_S, **ordinary) == []


SWINGS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("disk", {"disk_free_mb": 499}, {"disk_free_mb": 600}),
    ("temperature", {"temperature_c": 80.5}, {"temperature_c": 78.0}),
    ("outbox-stuck", {"outbox_oldest_s": HOUR_S + 1}, {"outbox_oldest_s": HOUR_S / 2}),
]


@pytest.mark.parametrize(("kind", "bad", "between"), SWINGS)
def test_a_figure_that_swings_around_its_limit_opens_one_alert(
    kind: str, bad: dict[str, Any], between: dict[str, Any]
) -> None:
    box, told = Box(), []
    for _ in range(20):
        told += box.live(10 * MINUTE_S, **bad) + box.live(10 * MINUTE_S, **between)
    assert told == [f"+{kind}"]


def test_a_short_interruption_starts_the_count_anew() -> None:
    box = Box()
    for _ in range(10):
        assert box.live(4 * MINUTE_S, line_registered=False) == []
        assert box.live(MINUTE_S) == []


def test_what_was_open_before_a_restart_is_not_opened_again_and_is_closed() -> None:
    box = Box(open=[AlertKind.DISK])
    assert box.live(HOUR_S, disk_free_mb=400) == []
    assert box.live(HOUR_S) == ["-disk"]


def test_severity_says_how_soon_somebody_must_look() -> None:
    severities = {}
    for rung in (4, 3, 1, 0):
        alarms = Alarms()
        alarms.judge(sight(0.0, rung=rung))
        [opened] = alarms.judge(sight(HOUR_S, rung=rung))
        assert isinstance(opened, Opened)
        severities[rung] = (opened.severity.value, opened.value)
    assert severities == {
        4: ("warning", 4), 3: ("error", 3), 1: ("critical", 1), 0: ("critical", 0),
    }  # fmt: skip


def test_what_could_not_be_written_down_is_judged_again() -> None:
    alarms = Alarms()
    [opened] = alarms.judge(sight(0.0, disk_free_mb=1))
    alarms.undo(opened)
    [again] = alarms.judge(sight(60.0, disk_free_mb=1))
    assert isinstance(again, Opened)
    [closed] = alarms.judge(sight(120.0))
    assert isinstance(closed, Closed)
    alarms.undo(closed)
    assert len(alarms.judge(sight(180.0))) == 1


def test_restarts_are_counted_over_the_last_hour() -> None:
    alarms = Alarms()
    assert alarms.restarts({"line": 7, "models": 1}, 0) == 0, "what was before this run is unknown"
    assert alarms.restarts({"line": 7, "models": 2}, 60) == 1
    assert alarms.restarts({"line": 8}, 120) == 1, "a silent program says nothing"
    assert alarms.restarts({"line": 8, "models": 4}, 180) == 4
    assert alarms.restarts({"line": 8, "models": 4}, 2 * HOUR_S) == 0
    assert alarms.restarts({"line": 1, "models": 1}, 2 * HOUR_S + 60) == 0, "after a reboot"
