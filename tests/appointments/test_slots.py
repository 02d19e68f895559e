"""Free slots: nearest to the wish, spread, and never outside what is open and free."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from gateway.appointments.records import Busy, OpeningException, Slot
from gateway.appointments.slots import Book, SlotWish, all_free, free_slots, is_free
from gateway.contract.opening_hours import Span
from gateway.contract.settings_file import load_settings

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"
SUNDAY_EVENING = datetime(2026, 11, 22, 20, 0)
TUESDAY = date(2026, 11, 24)
MORNING = Span(time(8), time(12))


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.from_settings(load_settings(SAMPLE))


def starts(book: Book, busy: list[Busy] | None = None, **wish: object) -> list[str]:
    offer = free_slots(book, _wish(wish), busy or [], SUNDAY_EVENING)
    return [f"{slot.start:%a %d %H:%M} {slot.practitioner}" for slot in offer.slots]


def _wish(fields: dict[str, object]) -> SlotWish:
    return SlotWish(**{"service": "check-up"} | fields)  # type: ignore[arg-type]


def busy_on(day: date, start: time, end: time, *who: str) -> list[Busy]:
    return [Busy(w, datetime.combine(day, start), datetime.combine(day, end)) for w in who]


def test_the_exact_time_comes_first_when_it_is_free(book: Book) -> None:
    offer = free_slots(
        book, SlotWish("check-up", days=(TUESDAY,), times=(time(10),)), [], SUNDAY_EVENING
    )
    assert offer.exact is True
    assert offer.slots[0] == Slot(datetime(2026, 11, 24, 10), 30, "weber")


def test_a_taken_exact_time_gives_the_nearest_around_it(book: Book) -> None:
    busy = busy_on(TUESDAY, time(10), time(10, 30), "weber", "patel")
    wish = SlotWish("check-up", days=(TUESDAY,), times=(time(10),))
    offer = free_slots(book, wish, busy, SUNDAY_EVENING)
    assert offer.exact is False
    assert {s.start.time() for s in offer.slots[:2]} == {time(9, 30), time(10, 30)}


def test_the_other_practitioner_takes_over_when_the_first_is_busy(book: Book) -> None:
    busy = busy_on(TUESDAY, time(10), time(10, 30), "weber")
    assert starts(book, busy, days=(TUESDAY,), times=(time(10),))[0] == "Tue 24 10:00 patel"


def test_a_wide_wish_is_spread_over_the_day_and_over_days(book: Book) -> None:
    assert starts(book) == ["Mon 23 08:30 weber", "Mon 23 10:30 weber", "Tue 24 08:30 weber"]


def test_both_of_two_wished_days_are_offered(book: Book) -> None:
    days = {s[:6] for s in starts(book, days=(TUESDAY, TUESDAY + timedelta(days=1)))}
    assert days == {"Tue 24", "Wed 25"}


def test_mornings_only_keeps_to_mornings(book: Book) -> None:
    assert all(s[7:9] < "12" for s in starts(book, windows=(MORNING,)))


def test_a_refused_weekday_is_never_offered_even_when_all_else_is_full(book: Book) -> None:
    every_other = [
        Busy(w, datetime(2026, 11, 22), datetime(2027, 6, 1)) for w in ("weber", "patel")
    ]
    assert free_slots(book, _wish({"not_weekdays": (0,)}), every_other, SUNDAY_EVENING).slots == ()
    assert "Mon" not in " ".join(starts(book, not_weekdays=(0,)))


def test_anything_earlier_and_anything_later_keep_to_their_side(book: Book) -> None:
    anchor = datetime(2026, 11, 24, 14)
    earlier = free_slots(book, _wish({"earlier_than": anchor}), [], SUNDAY_EVENING).slots
    later = free_slots(book, _wish({"later_than": anchor}), [], SUNDAY_EVENING).slots
    assert earlier and all(s.start < anchor for s in earlier)
    assert later and all(s.start > anchor for s in later)
    assert earlier[0].start == datetime(2026, 11, 24, 13, 45)


def test_refused_slots_are_not_offered_again(book: Book) -> None:
    first = free_slots(book, _wish({}), [], SUNDAY_EVENING).slots
    again = free_slots(book, _wish({"exclude": first}), [], SUNDAY_EVENING).slots
    assert not {s.start for s in first} & {s.start for s in again}


def test_a_day_without_room_is_answered_with_the_nearest_days_and_says_so(book: Book) -> None:
    christmas = date(2026, 12, 25)
    offer = free_slots(book, _wish({"days": (christmas,)}), [], SUNDAY_EVENING)
    assert offer.relaxed == ("day",)
    assert offer.slots[0].start.date() == date(2026, 12, 24)


def test_a_time_nobody_works_is_answered_with_the_nearest_time_and_says_so(book: Book) -> None:
    late = (Span(time(19), time(20)),)
    offer = free_slots(book, _wish({"days": (TUESDAY,), "windows": late}), [], SUNDAY_EVENING)
    assert offer.relaxed == ("time",)
    assert offer.slots[0].start == datetime(2026, 11, 24, 16, 30)


def test_another_practitioner_is_offered_only_when_the_wished_one_does_not_do_it(
    book: Book,
) -> None:
    offer = free_slots(book, SlotWish("filling", practitioner="patel"), [], SUNDAY_EVENING)
    assert offer.relaxed == ("practitioner",)
    assert {s.practitioner for s in offer.slots} == {"weber"}
    assert free_slots(book, _wish({"practitioner": "patel"}), [], SUNDAY_EVENING).relaxed == ()


def test_a_long_service_must_fit_whole_before_the_lunch_break(book: Book) -> None:
    offered = list(all_free(book, "filling", None, TUESDAY, [], SUNDAY_EVENING))
    assert max(s.start.time() for s in offered if s.start.hour < 12) == time(11)
    assert not any(time(12) <= s.start.time() < time(13) for s in offered)


def test_notice_and_horizon_are_kept(book: Book) -> None:
    monday_nine = datetime(2026, 11, 23, 9)
    assert free_slots(book, _wish({}), [], monday_nine).slots[0].start == datetime(2026, 11, 23, 11)
    beyond = monday_nine.date() + timedelta(days=book.rules.horizon_days + 1)
    assert not list(all_free(book, "check-up", None, beyond, [], monday_nine))


def test_now_may_be_an_aware_moment(book: Book) -> None:
    aware = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Sunday 20:00 in New York
    assert (
        free_slots(book, _wish({}), [], aware).slots
        == free_slots(book, _wish({}), [], SUNDAY_EVENING).slots
    )


def test_exceptions_close_open_and_bar_days(book: Book) -> None:
    saturday = date(2026, 11, 28)
    changed = book.with_exceptions(
        [
            OpeningException(None, TUESDAY),
            OpeningException("weber", date(2026, 11, 25)),
            OpeningException(None, saturday, closed=False, spans=(MORNING,)),
            OpeningException(None, date(2026, 11, 26), office_open=True),
        ]
    )

    def who(day: date) -> set[str]:
        return {
            s.practitioner for s in all_free(changed, "check-up", None, day, [], SUNDAY_EVENING)
        }

    assert who(TUESDAY) == set()
    assert who(date(2026, 11, 25)) == {"patel"}
    assert who(saturday) == {"weber"}, "patel has own hours and none on Saturday"
    assert who(date(2026, 11, 26)) == set(), "a do-not-book day"
    assert changed.office_spans(date(2026, 11, 26)) != (), "but the office is open"
    assert changed.next_opening(datetime(2026, 11, 23, 18)) == datetime(2026, 11, 25, 8, 30)


def test_a_time_that_does_not_exist_is_never_offered(book: Book) -> None:
    night = replace(book, hours=replace(book.hours, week=((Span(time(0), time(0)),),) * 7))
    spring, autumn = date(2027, 3, 14), date(2026, 11, 1)
    now = datetime(2027, 3, 1)
    offered = {s.start for s in all_free(night, "check-up", "weber", spring, [], now)}
    assert datetime(2027, 3, 14, 2, 0) not in offered
    assert datetime(2027, 3, 14, 1, 45) not in offered, "would end in the missing hour"
    assert datetime(2027, 3, 14, 1, 30) in offered
    assert datetime(2027, 3, 14, 3, 0) in offered
    offered = {
        s.start for s in all_free(night, "check-up", "weber", autumn, [], datetime(2026, 10, 20))
    }
    assert datetime(2026, 11, 1, 1, 30) not in offered, "comes twice"
    assert datetime(2026, 11, 1, 2, 0) in offered


def test_is_free_agrees_with_what_is_offered(book: Book) -> None:
    slot = free_slots(book, _wish({}), [], SUNDAY_EVENING).slots[0]
    assert is_free(book, slot, "check-up", [], SUNDAY_EVENING)
    busy = [Busy(slot.practitioner, slot.start, slot.end)]
    assert not is_free(book, slot, "check-up", busy, SUNDAY_EVENING)


def test_the_fullest_book_is_searched_within_a_caller_s_patience(book: Book) -> None:
    import time as clock

    full = [Busy(w, datetime(2026, 11, 22), datetime(2027, 3, 1)) for w in ("weber", "patel")]
    started = clock.process_time()
    assert free_slots(book, _wish({"times": (time(10),)}), full, SUNDAY_EVENING).slots == ()
    assert clock.process_time() - started < 0.2
