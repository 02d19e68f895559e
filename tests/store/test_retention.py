"""Retention: what is deleted is gone from the file too."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gateway.appointments.records import NoteDraft, Outcome
from gateway.contract.settings import Settings
from gateway.store.messages import Voicemail
from gateway.store.store import Store
from tests.store.office import NOW, draft, later

MARK = "Zebedee Quillfeather"
"""A name that occurs nowhere else."""


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def fill(store: Store, recordings: Path) -> None:
    recordings.mkdir()
    (recordings / "v1.wav").write_bytes(MARK.encode())
    for n in range(30):
        store.note(NoteDraft(f"{MARK} {n} " * 200, "caller-asked", name=MARK), "call-1", now=NOW)
    store.book(draft(name=MARK), "call-1", now=NOW)
    store.journal("call-1", "understood", "grammar", {"name": MARK}, now=NOW)
    store.save_progress("call-1", MARK, now=NOW)
    store.import_voicemail(
        Voicemail("v1", None, NOW, 3, "caller-asked", "v1.wav", "call-1", MARK), now=NOW,
        ends_call=False,
    )  # fmt: skip
    store.call_ended("call-1", Outcome.BOOKED, now=NOW, turns=[{"said": MARK}])
    store.mark_sent([e.sequence for e in store.next_events(999)], now=NOW)
    for follow_up in store.open_follow_ups():
        store.close_follow_up(follow_up.id, "anna", now=NOW)
    store.mark_sent([e.sequence for e in store.next_events(999)], now=NOW)


def test_old_personal_data_is_gone_from_rows_file_log_and_disk(
    store: Store, path: Path, settings: Settings
) -> None:
    fill(store, path.parent / "recordings")
    assert MARK.encode() in bytes_on_disk(path.parent), "the test can see it"
    rows = store.verify_journal()
    erased = store.run_retention(now=later(days=settings.retention.appointments_days + 5))
    assert erased.complete
    assert (erased.recordings, erased.calls, erased.appointments) == (1, 1, 1)
    assert MARK.encode() not in bytes_on_disk(path.parent)
    assert store.verify_journal() == rows
    assert store.calls() == []


def test_each_kind_goes_at_its_own_time(store: Store, path: Path, settings: Settings) -> None:
    fill(store, path.parent / "recordings")
    days = settings.retention
    sounds = store.run_retention(now=later(days=days.recordings_days + 1))
    assert (sounds.recordings, sounds.calls, sounds.appointments) == (1, 0, 0)
    assert store.call_page("call-1").messages[-1]["recording"] == ""
    calls = store.run_retention(now=later(days=days.calls_days + 1))
    assert (calls.recordings, calls.calls, calls.appointments) == (0, 1, 0)
    [appointment] = store.appointments()
    assert appointment.call_id is None


def test_what_somebody_still_has_to_do_stays(store: Store) -> None:
    store.note(NoteDraft("Call me.", "caller-asked"), "call-1", now=NOW)
    store.call_ended("call-1", Outcome.MESSAGE, now=NOW)
    store.run_retention(now=later(days=3000))
    assert len(store.open_follow_ups()) == 1
    assert len(store.call_page("call-1").messages) == 1


def test_a_recording_stays_until_somebody_has_dealt_with_it(
    store: Store, path: Path, settings: Settings
) -> None:
    recordings = path.parent / "recordings"
    recordings.mkdir()
    for n in (1, 2):
        (recordings / f"v{n}.wav").write_bytes(b"sound")
        voicemail = Voicemail(f"v{n}", None, NOW, 3, "gateway-lost", f"v{n}.wav", f"call-{n}")
        store.import_voicemail(voicemail, now=NOW)
    late = later(days=3000)
    assert store.run_retention(now=late).recordings == 0
    for follow_up in store.open_follow_ups():
        if follow_up.call_id == "call-1":
            store.close_follow_up(follow_up.id, "anna", now=late)
    assert store.run_retention(now=late).recordings == 1
    assert [f.name for f in recordings.iterdir()] == ["v2.wav"]
    [message] = store.call_page("call-2").messages
    assert message["recording"] == "v2.wav"
    [last] = store.open_follow_ups()
    store.close_follow_up(last.id, "anna", now=late)
    assert store.run_retention(now=late).recordings == 1
    assert list(recordings.iterdir()) == []


def test_unsent_events_stay_as_long_as_calls(store: Store, settings: Settings) -> None:
    store.book(draft(), "call-1", now=NOW)
    store.run_retention(now=later(days=settings.retention.calls_days - 1))
    assert [e.type for e in store.next_events(9)] == ["appointment.booked"]
    store.run_retention(now=later(days=3000))
    [event] = store.next_events(9)
    assert (event.type, event.sequence, event.previous) == ("appointment.erased", 2, 0)


def test_files_outside_the_folder_of_recordings_are_not_touched(store: Store, path: Path) -> None:
    outside = path.parent / "precious.txt"
    outside.write_text("keep")
    (path.parent / "recordings").mkdir()
    voicemail = Voicemail("v1", None, NOW, 3, "caller-asked", "../precious.txt", "call-1")
    store.import_voicemail(voicemail, now=NOW)
    store.run_retention(now=later(days=3000))
    assert outside.exists()


def test_retention_says_when_a_reader_kept_old_pages(
    store: Store, path: Path, monkeypatch: object
) -> None:
    from gateway.store import retention

    retention_s = retention.CHECKPOINT_S
    retention.CHECKPOINT_S = 0.1
    raw = sqlite3.connect(path, isolation_level=None)
    store.note(NoteDraft("x", "y"), "call-1", now=NOW)
    raw.execute("BEGIN")
    raw.execute("SELECT count(*) FROM messages").fetchone()
    try:
        store._db._connection.execute("PRAGMA busy_timeout = 100")
        assert not store.run_retention(now=later(days=3000)).complete
    finally:
        retention.CHECKPOINT_S = retention_s
        raw.close()
    assert store.run_retention(now=later(days=3000)).complete
