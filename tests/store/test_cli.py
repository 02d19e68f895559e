"""The commands, through the `nightporter` group, on a home of their own."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.appointments.records import NoteDraft, Outcome, Slot
from gateway.cli import nightporter
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.store.messages import Voicemail
from gateway.store.store import Store
from tests.store.conftest import SAMPLE
from tests.store.office import NOW, PHONE, draft


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("NIGHTPORTER_HOME", str(tmp_path))
    shutil.copy(SAMPLE, tmp_path / "site.toml")
    paths = Paths.from_environment()
    paths.make_folders()
    return Store.open(paths.database, load_settings(paths.settings), recordings=paths.recordings)


def refused(*arguments: str) -> str:
    """What the command says when it changes nothing."""
    result = CliRunner().invoke(nightporter, list(arguments))
    assert result.exit_code != 0, result.output
    return result.output + str(result.exception)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(nightporter, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_bookings_are_listed_cancelled_and_brought_back(home: Store) -> None:
    uid = home.book(draft(), "call-1", now=NOW).appointment.uid
    assert json.loads(run("bookings", "list", "--all", "--json"))[0]["uid"] == uid
    assert "Anna Brown" in run("bookings", "show", uid)
    assert json.loads(run("bookings", "cancel", uid, "--json"))["status"] == "cancelled"
    assert json.loads(run("bookings", "undo", uid, "--json"))["status"] == "confirmed"
    assert json.loads(run("bookings", "show", uid, "--json"))["revision"] == 2


def test_follow_ups_are_listed_and_closed(home: Store) -> None:
    home.note(NoteDraft("Braces?", "caller-asked"), "call-1", now=NOW)
    home.call_ended("call-1", Outcome.MESSAGE, now=NOW, said_something=True)
    [follow_up] = json.loads(run("follow-ups", "list", "--json"))
    assert "Braces?" in run("follow-ups", "list")
    assert "done by anna" in run("follow-ups", "close", follow_up["id"][:8], "--by", "anna")
    assert json.loads(run("follow-ups", "list", "--json")) == []
    assert run("follow-ups", "list").splitlines() == ["calls nobody owns: 0", "nothing to do"]


def test_the_first_number_of_the_morning_is_calls_nobody_owns(home: Store) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    home.call_started("f00dcafe-1", PHONE, now=yesterday)  # and never ended: the power went
    assert run("follow-ups", "list").splitlines()[:2] == [
        "calls nobody owns: 1",
        "  call f00dcafe",
    ]
    home.close_orphans(now=NOW)
    assert run("follow-ups", "list").splitlines()[0] == "calls nobody owns: 0"


def test_a_follow_up_says_whom_to_call_and_in_which_call(home: Store) -> None:
    home.call_started("0c0ffee0", PHONE, now=NOW)
    home.save_progress("0c0ffee0", '{"name": "Anna Brown", "version": 1}', now=NOW)
    home.call_ended("0c0ffee0", Outcome.ABANDONED, now=NOW, said_something=True)
    home.book(draft(name="Paul Hudson", phone="+12125550155", tentative=True), "call-2", now=NOW)
    home.call_ended("call-2", Outcome.BOOKED, now=NOW, said_something=True)
    first, second = run("follow-ups", "list").splitlines()[1:]
    for expected in (
        "Mon 2026-11-23 08:30",
        "office",
        "abandoned",
        "Anna Brown",
        PHONE,
        "0c0ffee0",
    ):
        assert expected in first
    for expected in ("weber", "request", "Paul Hudson, +12125550155", "call call-2"):
        assert expected in second
    told = json.loads(run("follow-ups", "list", "--json"))
    assert [(t["name"], t["phone"]) for t in told] == [
        ("Anna Brown", PHONE),
        ("Paul Hudson", "+12125550155"),
    ]


def future(home: Store, hour: int = 10) -> str:
    """A request for a time that is still to come whenever the test runs."""
    day = (datetime.now() + timedelta(days=400)).replace(hour=hour, minute=0, second=0)
    asked = draft(Slot(day.replace(microsecond=0), 30, "weber"), tentative=True)
    return home.book(asked, f"call-{hour}", now=NOW).appointment.uid


def open_reasons(home: Store) -> list[str]:
    return sorted(f.reason for f in home.open_follow_ups())


def test_a_request_is_accepted(home: Store) -> None:
    uid = future(home)
    assert uid[:8] in run("requests", "list") and "tentative" in run("requests", "list")
    assert "confirmed" in run("requests", "accept", uid[:8], "--by", "anna")
    assert run("requests", "list") == "nothing\n"
    assert open_reasons(home) == []
    assert "appointment.accepted: anna" in run("calls", "show", "call-10")


def test_a_request_is_declined_and_somebody_tells_the_client(home: Store) -> None:
    uid = future(home)
    told = json.loads(run("requests", "decline", uid[:8], "--by", "anna", "--json"))
    assert told["status"] == "cancelled"
    assert open_reasons(home) == ["tell-client"]


def test_a_request_is_moved_and_somebody_tells_the_client(home: Store) -> None:
    uid = future(home)
    asked = home.appointment(uid)
    to = f"{asked.start:%Y-%m-%d} 11:30"
    moved = run("requests", "move", uid[:8], "--to", to, "--practitioner", "patel", "--by", "anna")
    assert to in moved and "patel" in moved and "confirmed" in moved
    assert open_reasons(home) == ["tell-client"]
    assert home.appointment(uid).minutes == 30


def test_a_request_is_not_moved_onto_taken_time_or_the_past_or_to_nobody(home: Store) -> None:
    uid, other = future(home), future(home, 11)
    at = f"{home.appointment(other).start:%Y-%m-%d %H:%M}"
    assert "taken" in refused("requests", "move", uid, "--to", at)
    assert "is over" in refused("requests", "move", uid, "--to", "2001-01-01 10:00")
    nobody = refused("requests", "move", uid, "--to", at, "--practitioner", "waber")
    assert "waber" in nobody and "weber" in nobody
    assert home.appointment(uid).status.value == "tentative"
    assert open_reasons(home) == ["request", "request"]


def test_who_cancelled_and_who_brought_back_is_in_the_journal(home: Store) -> None:
    uid = home.book(draft(), "call-1", now=NOW).appointment.uid
    run("bookings", "cancel", uid[:6], "--by", "anna")
    run("bookings", "undo", uid[:6], "--by", "bert")
    with home._db.reading() as reader:
        reasons = [row["reason"] for row in reader.rows("SELECT reason FROM journal ORDER BY id")]
    assert [r for r in reasons if r in ("anna", "bert")][:1] == ["anna"] and "bert" in reasons


def test_a_beginning_must_fit_one_and_be_long_enough(home: Store) -> None:
    for number in (1, 2):
        home.call_started(f"c0ffee{number}0", PHONE, now=NOW)
    said = refused("calls", "show", "c0ffee")
    assert "more than one call" in said and "c0ffee10, c0ffee20" in said
    assert "no call c0" in refused("calls", "show", "c0")
    assert "c0ffee20" in run("calls", "show", "C0FFEE2")
    uid = home.book(draft(), "call-1", now=NOW).appointment.uid
    assert "no appointment" in refused("bookings", "cancel", uid[:3])
    assert home.appointment(uid).status.value == "confirmed"


def test_a_message_is_shown_with_its_recording_and_its_words(home: Store) -> None:
    home.import_voicemail(
        Voicemail("v1", PHONE, NOW, 12.0, "caller-asked", "v1.wav", "call-1", "my tooth hurts",
                  "Wanted to leave a message."),
        now=NOW,
    )  # fmt: skip
    page = run("calls", "show", "call-1")
    for expected in ("Wanted to leave a message.", "12 s: v1.wav", '"my tooth hurts"'):
        assert expected in page


def test_a_call_has_a_page(home: Store) -> None:
    home.call_started(
        "0c0ffee0", PHONE, now=NOW, called="100", forwarded_from="200", forward_reason="no-answer"
    )
    home.book(draft(), "0c0ffee0", now=NOW)
    turns = [{"said": "a check-up please", "reply": "offer"}]
    home.call_ended("0c0ffee0", Outcome.BOOKED, now=NOW, turns=turns, rung_reasons=["slow model"])
    listed = run("calls", "list")
    assert "Sun 2026-11-22 15:00" in listed and "calls nobody owns: 0" in listed  # New York
    page = run("calls", "show", "0c0f")
    for expected in (
        "Sun 2026-11-22 15:00:00",
        "booked",
        "slow model",
        "a check-up please",
        "Anna Brown",
        "agreed",
        "200 (no-answer)",
    ):
        assert expected in page
    told = json.loads(run("calls", "show", "0c0ffee0", "--json"))
    assert told["summary"]["outcome"] == "booked"
    assert told["decisions"][0]["kind"] == "appointment.booked"


def test_the_journal_is_verified(home: Store) -> None:
    home.book(draft(), "call-1", now=NOW)
    assert json.loads(run("journal", "verify", "--json")) == {"rows": 1, "intact": True}


def test_an_unknown_booking_is_named(home: Store) -> None:
    from gateway.errors import NotFound

    with pytest.raises(NotFound, match="no appointment nix"):
        run("bookings", "show", "nix")
