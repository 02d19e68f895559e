"""What the box is told: when somebody is busy, and which days are closed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from gateway.calendar_bridge.memory import Object
from gateway.calendar_bridge.telling import MAX_TIMES, Times, busy_times, changes, days, snapshot
from gateway.contract import strict_json
from gateway.sync.documents import Busy, Exceptions
from tests.sync.test_asyncapi import check
from tests.sync.test_inbound import envelope

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
UNTIL = NOW + timedelta(days=100)


def times(*hours: int) -> Times:
    return tuple((NOW + timedelta(hours=hour), NOW + timedelta(hours=hour + 1)) for hour in hours)


def entry(uid: str, *hours: int, calendar: str = "weber", recurring: bool = False) -> Object:
    return Object(calendar, f"/{uid}", "1", uid, "", times(*hours), (), recurring)


def test_what_is_over_or_beyond_the_horizon_is_left_out_and_the_rest_is_cut() -> None:
    long = Object("weber", "/l", "1", "long", "", ((NOW - timedelta(1), UNTIL + timedelta(1)),))
    found = busy_times([entry("a", -5, 3, 24 * 200), long], (), NOW, UNTIL)
    assert found == {"a": times(3), "long": ((NOW - timedelta(1), UNTIL),)}


def test_our_own_are_left_out_but_what_staff_repeat_of_them_is_not() -> None:
    entries = [entry("ours", 1), entry("again", 1, 25, 49, recurring=True)]
    assert busy_times(entries, {"ours", "again"}, NOW, UNTIL) == {"again/repeats": times(25, 49)}


def test_messages_fit_their_description_whatever_staff_s_uids_are() -> None:
    odd = ["x" * 5000, "caf\u00e9 \u202e", "line\nbreak", "", "a\0b"]
    busy = busy_times([entry(uid, n) for n, uid in enumerate(odd)], (), NOW, UNTIL)
    assert len(busy) == len(odd)
    for body in ({"snapshot": snapshot(busy)}, {"changes": changes({"gone": times(1)}, busy)}):
        document = envelope(1, **body)
        check("inBusy", document)
        Busy.model_validate(strict_json.read(json.dumps(document).encode()))


def test_only_what_differs_is_told() -> None:
    before, after = {"a": times(1), "b": times(2)}, {"a": times(1), "c": times(3)}
    told = changes(before, after)
    assert [(change["uid"], len(change["times"])) for change in told] == [("b", 0), ("c", 1)]


def test_a_calendar_that_is_too_full_is_cut_to_what_is_nearest_and_to_a_megabyte() -> None:
    many = [entry(f"{n:064}", n % 2000) for n in range(3 * MAX_TIMES)]
    busy = busy_times(many, (), NOW, UNTIL)
    payload = json.dumps(envelope(1, snapshot=snapshot(busy))).encode()
    assert len(strict_json.read(payload)["snapshot"]) == MAX_TIMES
    latest = max(start for stretches in busy.values() for start, _ in stretches)
    assert latest < NOW + timedelta(hours=1000)


def test_closed_wins_over_do_not_book_and_the_office_s_calendar_is_everybody_s() -> None:
    def closing(calendar: str, kind: str) -> Object:
        return Object(calendar, f"/{kind}", "1", kind, "", (), (("2026-12-24", kind, kind),))

    entries = [closing("weber", "do-not-book"), closing("weber", "closed"), closing("*", "closed")]
    found = days(entries, {"weber": "weber", "*": None}, "2026-12-01", "2027-01-01")
    assert [(day["practitioner"], day["kind"]) for day in found] == [
        (None, "closed"), ("weber", "closed"),
    ]  # fmt: skip
    document = envelope(1, exceptions=found)
    check("inExceptions", document)
    Exceptions.model_validate(document)
    assert days(entries, {"weber": "weber", "*": None}, "2026-12-25", "2027-01-01") == []
