"""The commands, through the `nightporter` group, on a home of their own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.appointments.records import NoteDraft, Outcome
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
    return Store.open(paths.database, load_settings(paths.settings))


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
    [follow_up] = json.loads(run("follow-ups", "list", "--json"))
    assert "Braces?" in run("follow-ups", "list")
    assert "done by anna" in run("follow-ups", "close", follow_up["id"], "--by", "anna")
    assert json.loads(run("follow-ups", "list", "--json")) == []


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
    home.call_started("0c0ffee0", PHONE, now=NOW)
    home.book(draft(), "0c0ffee0", now=NOW)
    turns = [{"said": "a check-up please", "reply": "offer"}]
    home.call_ended("0c0ffee0", Outcome.BOOKED, now=NOW, turns=turns, rung_reasons=["slow model"])
    assert "calls nobody owns: 0" in run("calls", "list")
    page = run("calls", "show", "0c0f")
    for expected in ("booked", "slow model", "a check-up please", "Anna Brown", "agreed"):
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
