"""A real call for each outcome: callers who only hear and speak, a whole box, graded on its rows.

Booked, and voicemail after a kill, are calls of the demo (tests/processes/test_whole_box_calls.py).
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.appointments.records import Draft, Outcome, Slot
from gateway.rehearsal.phone.box import Box, sample_site
from gateway.rehearsal.phone.caller import Telephone
from gateway.rehearsal.phone.demo_calls import morning_days
from gateway.rehearsal.phone.evidence import gather
from gateway.rehearsal.phone.recogniser import Recogniser
from gateway.rehearsal.phone.script import Script
from gateway.rehearsal.phone.scripted_call import ScriptedCall
from gateway.store.store import Store
from tests.phone.errands import NAME, Errand, errands, facts_of

pytestmark = [
    pytest.mark.processes,
    pytest.mark.sip,
    pytest.mark.models,
    pytest.mark.timeout(1900),
]

ATTEMPTS = 4
"""A recogniser on a busy machine may misunderstand; people ring again then, later and alone."""
AT_ONCE = 2
"""Calls side by side: as many as two cores bear."""
REST_S = 5.0
"""Before a call is tried again, times the attempt: whatever keeps the machine busy may end."""
SETTLED_S = 30.0
"""For the rows of a call after its end."""
STEP_S = 0.1
"""Between two looks at the rows."""
CLEANING_MIN = 45
"""Length of a cleaning of the sample office."""
IN_THE_DEMO = {"booked", "voicemail"}
"""Outcomes of the demo's calls."""

Results = dict[str, list[str]]


@dataclass(frozen=True)
class Days:
    """Two days on which the sample office can be booked in the morning."""

    standing: date
    """on which appointments stand"""
    wished: date
    """which callers name"""


@pytest.fixture(scope="module")
def results() -> Iterator[Results]:
    """What was wrong with each call; nothing when it ended as it must."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="np-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        person = subprocess.Popen(
            [sys.executable, "-m", "tests.phone.person"], stdout=subprocess.PIPE, text=True
        )
        stack.callback(person.wait)
        stack.callback(person.kill)
        assert person.stdout is not None
        box = Box(home, _site(int(person.stdout.readline())))
        days = Days(*morning_days(box.settings, datetime.now(UTC))[:2])
        _appointments(box, days)
        stack.callback(box.stop)
        box.start()
        box.wait_ready(("line", "gateway", "models"), print)
        found = asyncio.run(_all_calls(box, days))
        person.kill()
        if "answered" not in person.stdout.read():
            found["transferred"].append("the person never heard from the caller")
        print(box.log.read_text(errors="replace")[-4000:])
        yield found


def _site(port: int) -> str:
    text = sample_site(None)
    text = text.replace("oncall@127.0.0.1:5090", f"oncall@127.0.0.1:{port}")
    return text.replace('rule = "message"', 'rule = "transfer"\nperson = "on-call"')


def _appointments(box: Box, days: Days) -> None:
    """A cleaning for each attempt of each caller who needs one, one after the other."""
    box.paths.make_folders()
    store, now = Store.open(box.paths.database, box.settings), datetime.now(UTC)
    start = datetime.combine(days.standing, datetime.min.time()) + timedelta(hours=8.5)
    with_one = [e for e in errands("") if e.has_appointment]
    for number, (errand, attempt) in enumerate(
        (errand, attempt) for attempt in range(ATTEMPTS) for errand in with_one
    ):
        if number == 4:  # the morning is full
            start = datetime.combine(days.standing, datetime.min.time()) + timedelta(hours=13)
        slot = Slot(start, CLEANING_MIN, "weber")
        call = f"before-{number}"
        store.book(Draft("cleaning", slot, NAME, _phone(errand, attempt)), call, now=now)
        store.call_ended(call, Outcome.BOOKED, now=now)
        start += timedelta(minutes=CLEANING_MIN)
    store.close()


def _phone(errand: Errand, attempt: int) -> str:
    """Another number for each call."""
    number = [one.outcome for one in errands("")].index(errand.outcome)
    return f"21255503{number}{attempt}"


async def _all_calls(box: Box, days: Days) -> Results:
    free = asyncio.Semaphore(AT_ONCE)
    async with Telephone() as telephone, Recogniser(box.paths.models) as recogniser:

        async def one(errand: Errand, attempt: int) -> list[str]:
            async with free:
                phone = _phone(errand, attempt)
                return await _call(errand, phone, box, days, telephone, recogniser)

        todo = errands(f"{days.wished:%A}")
        found = await asyncio.gather(*(one(errand, 0) for errand in todo))
        results = {errand.outcome: faults for errand, faults in zip(todo, found, strict=True)}
        for attempt in range(1, ATTEMPTS):
            for errand in [errand for errand in todo if results[errand.outcome]]:
                await asyncio.sleep(REST_S * attempt)
                results[errand.outcome] = await one(errand, attempt)
    return results


async def _call(
    errand: Errand, phone: str, box: Box, days: Days, telephone: Telephone, recogniser: Recogniser
) -> list[str]:
    """One call; what is wrong with what it left, and how it was."""
    day = days.standing if errand.keeps_day else days.wished
    script = Script(facts_of(errand, f"{day:%A}", phone), errand.script_cues())
    began, transcript = time.monotonic(), []

    def note(who: str, text: str, silence_s: float | None) -> None:
        transcript.append(f"  {time.monotonic() - began:5.1f} {who}: {text}")

    line = await telephone.ring(box.uri, phone)
    report = await ScriptedCall(line, script, recogniser, errand.voice, note).run()
    give_up = time.monotonic() + SETTLED_S
    while True:
        left = gather(box.paths.database, phone, [])
        faults = [] if left.outcome == errand.outcome else [f"outcome {left.outcome!r}"]
        faults += list(errand.check(left, report)) if left.outcome else []
        if not faults or time.monotonic() > give_up:
            break
        await asyncio.sleep(STEP_S)
    print(f"{errand.outcome} after {report.seconds:.0f} s", *transcript, *faults, sep="\n")
    if not faults:
        return []
    understood = left.call["turns"] if left.call else "nothing"
    return [*faults, *transcript, f"what the box understood: {understood}"]


@pytest.mark.parametrize("outcome", [errand.outcome for errand in errands("")])
def test_a_call_ends_in_its_outcome(results: Results, outcome: str) -> None:
    assert not results[outcome], "\n".join(results[outcome])


def test_no_outcome_is_left_out() -> None:
    assert {errand.outcome for errand in errands("")} | IN_THE_DEMO == {o.value for o in Outcome}
