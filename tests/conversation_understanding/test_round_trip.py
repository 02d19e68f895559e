"""Whatever we say of days and times is understood back as the same; and nothing ever fails."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import holidays
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.conversation.calendar_words import holiday_names
from gateway.conversation.meaning import Asked, Value
from gateway.conversation.spoken import say_day, say_time
from tests.conversation_understanding.situation import OFFERED, day, meaning, situation

TODAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
AHEAD = st.integers(0, 700)
HALF_HOURS = st.sampled_from([time(h, m) for h in range(6, 22) for m in range(0, 60, 5)])


@given(TODAYS, AHEAD)
@example(date(2027, 12, 1), 90)  # a leap day
def test_any_day_that_we_say_is_understood_back(today: date, ahead: int) -> None:
    wanted = today + timedelta(days=ahead)
    context = situation(now=datetime.combine(today, time(20)))
    assert day(say_day(wanted, today), context).days == (wanted,)


@given(HALF_HOURS, st.sampled_from(["US", "GB"]))
def test_any_time_with_its_half_of_the_day_is_understood_back(moment: time, country: str) -> None:
    context = situation(asked=Asked.TIME, country=country)
    found = meaning(say_time(moment, country, half_day=True), context).time
    assert found is not None
    assert found.value.times == (moment,)


@given(st.sampled_from([time(h, m) for h in (9, 10, 11, 13, 14, 15, 16) for m in range(0, 60, 5)]),
       st.sampled_from(["US", "GB"]))  # fmt: skip
def test_a_time_in_opening_hours_needs_no_half_of_the_day(moment: time, country: str) -> None:
    start = datetime.combine(date(2026, 12, 1), moment)
    context = situation(country=country)
    said = f"{say_day(start.date(), date(2026, 11, 24))} at {say_time(moment, country)}"
    found = meaning(said, context)
    assert found.day is not None
    assert found.day.value.days == (start.date(),)
    assert found.time is not None
    assert found.time.value.times == (moment,)


WORDS = """no not tuesday friday the first 1st second of december may 31st next this week weeks a an
from to two thirty at half past quarter ten o'clock pm in morning yes okay it's anna brown
double five oh hundred , . ? weber cleaning cancel is my before after between and or 2:30
7/3 fortnight day tomorrow b as boy one other earlier fire gas you"""
SCRAPS = st.lists(st.sampled_from(re.split(r"\s+", WORDS)), max_size=14).map(" ".join)


@settings(max_examples=250)
@given(SCRAPS | st.text(max_size=40), st.sampled_from([None, *Asked]), st.booleans())
def test_no_words_whatsoever_make_it_fail(said: str, asked: Asked | None, offer: bool) -> None:
    offered = OFFERED if offer else ()
    found = meaning(said, situation(asked=asked, offered=offered, held=asked is Asked.YES_NO))
    for value in vars(found).values():
        if isinstance(value, Value):
            assert 0 <= value.sure <= 1


@pytest.mark.parametrize(
    ("country", "official", "ours"),
    [
        ("US", "Thanksgiving Day", "thanksgiving"),
        ("US", "Memorial Day", "memorial day"),
        ("US", "Labor Day", "labor day"),
        ("US", "Martin Luther King Jr. Day", "martin luther king day"),
        ("US", "Columbus Day", "columbus day"),
        ("CA", "Thanksgiving Day", "thanksgiving"),
        ("CA", "Good Friday", "good friday"),
        ("GB", "Good Friday", "good friday"),
        ("IE", "Easter Monday", "easter monday"),
    ],
)
def test_our_holidays_are_those_of_the_library(country: str, official: str, ours: str) -> None:
    rule = holiday_names(country)[ours]
    for year in range(2024, 2034):
        known = holidays.country_holidays(country, years=year, categories=None)
        days = [on for on, name in known.items() if official in name.split("; ")]
        if days:
            assert rule(year) in days
