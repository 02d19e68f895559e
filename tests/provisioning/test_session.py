"""A box and its sticks: what is taken, what is refused, what comes back."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.provisioning.workshop import CODE, SITE, Bench, Technician


@pytest.fixture
def settled(bench: Bench, technician: Technician, tmp_path: Path) -> Bench:
    """A box that was set up with serial 10."""
    technician.stick(tmp_path / "first", 10, password="one", code=CODE)
    (tmp_path / "first" / "code.txt").write_text(CODE.lower().replace("-", " ") + "\n")
    receipt = bench.plug(tmp_path / "first")
    assert receipt.outcome == "applied", receipt.reason
    return bench


def test_a_new_box_takes_its_first_stick_and_says_whom_it_trusts(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    assert (settled.office, settled.password) == ("Old Mill Practice", "one")
    receipt = json.loads((tmp_path / "first" / "receipt.json").read_bytes())
    assert receipt["outcome"] == "applied"
    assert receipt["trusts_from_now"] == technician.public.number
    assert "From now on this box takes" in (tmp_path / "first" / "receipt.txt").read_text()


def test_secrets_and_code_are_wiped_once_they_are_taken_in(settled: Bench, tmp_path: Path) -> None:
    left = {path.name for path in (tmp_path / "first").iterdir()}
    assert not left & {"secrets.age", "code.txt"}
    assert {"receipt.txt", "receipt.json", "site.toml"} <= left


def test_secrets_are_for_their_owner_only(settled: Bench) -> None:
    assert settled.paths.secrets.resolve().stat().st_mode & 0o777 == 0o600


def test_a_change_is_applied_and_named_without_its_values(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 11, name="New Mill Practice")
    receipt = settled.plug(tmp_path / "s")
    assert (receipt.outcome, receipt.changed) == ("applied", ("office.name",))
    assert settled.office == "New Mill Practice"


def test_a_stick_without_secrets_leaves_the_old_ones(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 11)
    settled.plug(tmp_path / "s")
    assert settled.password == "one"


def test_secrets_sealed_to_the_key_on_the_receipt_need_no_code(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    key = json.loads((tmp_path / "first" / "receipt.json").read_bytes())["box_key"]
    technician.stick(tmp_path / "s", 11, password="two", box_key=key)
    assert settled.plug(tmp_path / "s").outcome == "applied"
    assert settled.password == "two"


def test_the_same_stick_again_is_nothing_new_and_proves_the_box_again(
    settled: Bench, tmp_path: Path
) -> None:
    receipt = settled.plug(tmp_path / "first")
    assert receipt.outcome == "nothing-new"
    assert [finding.name for finding in receipt.proof] == ["line"]
    assert settled.programs.log == ["restart"]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"serial": 9}, "is an old one (serial 9, the box is already at 10)"),
        ({"serial": 10}, "is an old one (serial 10, the box is already at 10)"),
        ({"serial": 11, "box": "other"}, "is for the box other, this is desk"),
        ({"serial": 11, "site": "church"}, "is for the site church, this box stands at mill"),
        (
            {"serial": 11, "days": 1, "now": datetime.now(UTC) - timedelta(days=2)},
            "expired on",
        ),
    ],
)
def test_a_stick_that_is_not_for_this_box_now_is_refused(
    settled: Bench, technician: Technician, tmp_path: Path, order: dict[str, object], why: str
) -> None:
    technician.stick(tmp_path / "s", **order, name="Wrong")  # type: ignore[arg-type]
    receipt = settled.plug(tmp_path / "s")
    assert receipt.outcome == "refused"
    assert why in str(receipt.reason)
    assert settled.office == "Old Mill Practice"
    assert settled.programs.log == ["restart"], "a refused stick restarts nothing"
    assert "REFUSED. Nothing on the box was changed." in (tmp_path / "s/receipt.txt").read_text()


def test_a_foreign_signature_is_refused_even_with_its_key_beside_it(
    settled: Bench, tmp_path: Path
) -> None:
    stranger = Technician.in_folder(tmp_path / "stranger")
    stranger.stick(tmp_path / "s", 11, name="Wrong")
    receipt = settled.plug(tmp_path / "s")
    assert f"signed with key {stranger.public.number}, which this box does not trust" in str(
        receipt.reason
    )
    assert settled.office == "Old Mill Practice"


def test_keys_change_hands_by_a_stick_of_the_old_technician(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    heir = Technician.in_folder(tmp_path / "heir")
    technician.stick(tmp_path / "s", 11, trusted_keys=(heir.public,))
    assert settled.plug(tmp_path / "s").outcome == "applied"
    technician.stick(tmp_path / "old", 12)
    assert settled.plug(tmp_path / "old").outcome == "refused"
    heir.stick(tmp_path / "new", 12)
    assert settled.plug(tmp_path / "new").outcome == "applied"


def test_a_line_that_worked_before_and_does_not_come_back_brings_the_old_settings_back(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    settled.works = lambda text: "Wrong" not in text
    technician.stick(tmp_path / "s", 11, name="Wrong", password="two", code=CODE)
    (tmp_path / "s" / "code.txt").write_text(CODE)
    receipt = settled.plug(tmp_path / "s")
    assert receipt.outcome == "taken-back"
    assert (settled.office, settled.password) == ("Old Mill Practice", "one")
    assert (tmp_path / "s" / "secrets.age").exists(), "nothing is wiped that was not taken in"
    text = (tmp_path / "s" / "receipt.txt").read_text()
    assert "TAKEN BACK" in text
    assert "APPLIED" not in text


def test_a_stick_that_was_taken_back_may_be_tried_again(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    settled.works = lambda text: "Wrong" not in text
    technician.stick(tmp_path / "s", 11, name="Wrong")
    settled.plug(tmp_path / "s")
    settled.works = lambda _: True
    assert settled.plug(tmp_path / "s").outcome == "applied"
    assert settled.office == "Wrong"


def test_a_line_that_did_not_work_before_is_no_reason_to_go_back(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    settled.works = lambda _: False
    technician.stick(tmp_path / "s", 11, name="Better")
    receipt = settled.plug(tmp_path / "s")
    assert settled.office == "Better"
    assert receipt.headline == "applied-with-faults", "never plain success with a dead line"


def test_settings_laid_by_hand_are_the_generation_to_go_back_to(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    bench.home.mkdir()
    bench.paths.settings.write_text(SITE.format(name="By Hand", site="mill", box="desk"))
    (bench.home / "trusted-keys").write_text(f"# the shop\n{technician.public.base64}\n")
    bench.works = lambda text: "Wrong" not in text
    technician.stick(tmp_path / "s", 1, name="Wrong")
    assert bench.plug(tmp_path / "s").outcome == "taken-back"
    assert bench.office == "By Hand"
    technician.stick(tmp_path / "s2", 2, name="Right")
    assert bench.plug(tmp_path / "s2").outcome == "applied"
    assert bench.office == "Right"


def test_a_box_set_up_by_hand_trusts_nobody_by_itself(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    bench.home.mkdir()
    bench.paths.settings.write_text(SITE.format(name="By Hand", site="mill", box="desk"))
    technician.stick(tmp_path / "s", 1)
    assert "nightporter stick trust" in str(bench.plug(tmp_path / "s").reason)


def test_a_box_waits_for_the_code_and_says_where_to_write_it(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    made = technician.stick(tmp_path / "s", 1, password="one")
    receipt = bench.plug(tmp_path / "s")
    assert receipt.outcome == "refused"
    assert "code.txt" in str(receipt.reason)
    assert (tmp_path / "s" / "secrets.age").exists()
    (tmp_path / "s" / "code.txt").write_bytes(
        b"\xff\xfe" + f"{made.code}\r\n".lower().encode("utf-16-le")
    )
    assert bench.plug(tmp_path / "s").outcome == "applied"
    assert bench.password == "one"


@pytest.mark.parametrize("name", ["code.txt.txt", "CODE.TXT", "Code.txt"])
def test_the_code_is_found_under_the_names_that_computers_make_of_it(
    bench: Bench, technician: Technician, tmp_path: Path, name: str
) -> None:
    technician.stick(tmp_path / "s", 1, password="one", code=CODE)
    (tmp_path / "s" / name).write_text(CODE)
    assert bench.plug(tmp_path / "s").outcome == "applied"
    assert bench.password == "one"
    assert not (tmp_path / "s" / name).exists(), "the code was not wiped"


def test_a_code_opens_even_if_another_file_holds_a_wrong_one(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 1, password="one", code=CODE)
    (tmp_path / "s" / "code.txt").write_text("AAAA-BBBB-CCCC-DDDD-EEEE")
    (tmp_path / "s" / "code.txt.txt").write_text(CODE)
    assert bench.plug(tmp_path / "s").outcome == "applied"
    left = {path.name for path in (tmp_path / "s").iterdir()}
    assert not left & {"secrets.age", "code.txt", "code.txt.txt"}


def test_a_code_on_the_label_of_the_box_opens_the_first_stick_and_is_forgotten(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    (bench.home / "box").mkdir(parents=True)
    (bench.home / "box" / "code").write_text(f"{CODE}\n")
    technician.stick(tmp_path / "s", 1, password="one", code=CODE.replace("-", ""))
    assert bench.plug(tmp_path / "s").outcome == "applied"
    assert not (bench.home / "box" / "code").exists()


def test_no_password_is_ever_on_the_receipt_or_in_a_message(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 1, password="sesame-4711", code=CODE)
    (tmp_path / "s" / "code.txt").write_text(CODE)
    bench.plug(tmp_path / "s")
    written = (tmp_path / "s/receipt.txt").read_text() + (tmp_path / "s/receipt.json").read_text()
    assert "sesame-4711" not in written
    assert "sesame" not in (tmp_path / "s/site.toml").read_text()


def test_editors_may_have_been_at_the_files_as_long_as_the_words_are_the_same(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 1)
    for name in ("site.toml", "bundle.toml", "technician.pub", "bundle.toml.minisig"):
        place = tmp_path / "s" / name
        text = place.read_text().replace("\n", "\r\n")
        mark = "utf-16" if name == "site.toml" else "utf-8-sig"
        place.write_bytes(text.encode(mark))
    assert bench.plug(tmp_path / "s").outcome == "applied"
    assert "\r" not in bench.paths.settings.read_text()


def test_one_changed_letter_in_the_settings_is_refused(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 1)
    place = tmp_path / "s" / "site.toml"
    place.write_text(place.read_text().replace("Mill", "Hill"))
    assert "site.toml: is not the file that was signed" in str(bench.plug(tmp_path / "s").reason)
    assert bench.office == ""


def test_a_box_whose_clock_is_years_behind_takes_a_stick_and_says_so(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 1, now=datetime.now(UTC) + timedelta(days=900))
    receipt = bench.plug(tmp_path / "s")
    assert receipt.outcome == "applied"
    assert [(f.name, f.result) for f in receipt.items if f.name == "clock"] == [("clock", "warn")]


def test_models_come_with_the_stick_and_are_there_before_the_programs_restart(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    model = tmp_path / "tiny-en"
    (model / "am").mkdir(parents=True)
    (model / "am" / "final.mdl").write_bytes(os.urandom(3_000_000))
    (model / "config.json").write_text("{}")
    technician.stick(tmp_path / "s", 1, models=(model,))
    receipt = bench.plug(tmp_path / "s")
    assert receipt.outcome == "applied"
    there = bench.paths.models / "tiny-en"
    assert (there / "am/final.mdl").read_bytes() == (model / "am/final.mdl").read_bytes()
    assert not (bench.paths.models / ".incoming").exists()


def test_a_damaged_model_refuses_the_whole_stick_and_keeps_the_old_model(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    model = tmp_path / "tiny-en"
    model.mkdir()
    (model / "weights").write_bytes(b"good" * 1000)
    technician.stick(tmp_path / "s", 11, models=(model,))
    settled.plug(tmp_path / "s")
    (model / "weights").write_bytes(b"new!" * 1000)
    technician.stick(tmp_path / "s2", 12, models=(model,), name="Wrong")
    (tmp_path / "s2/models/tiny-en/weights").write_bytes(b"evil" * 1000)
    receipt = settled.plug(tmp_path / "s2")
    assert receipt.outcome == "refused"
    assert settled.office == "Old Mill Practice"
    assert (settled.paths.models / "tiny-en/weights").read_bytes() == b"good" * 1000


def test_two_sticks_at_once_are_read_one_after_the_other(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 11)
    with settled.session().box.alone():
        receipt = settled.plug(tmp_path / "s")
    assert "another stick is being read" in str(receipt.reason)


def test_an_empty_stick_gets_a_receipt_with_the_key_of_the_box(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    receipt = bench.plug(tmp_path / "empty")
    assert receipt.outcome == "refused"
    assert "bundle.toml" in str(receipt.reason)
    key = json.loads((tmp_path / "empty/receipt.json").read_bytes())["box_key"]
    assert key.startswith("age1")


def test_old_generations_are_forgotten_and_the_current_one_never(
    settled: Bench, technician: Technician, tmp_path: Path
) -> None:
    for serial in range(11, 18):
        technician.stick(tmp_path / f"s{serial}", serial, name=f"Practice {serial}")
        settled.plug(tmp_path / f"s{serial}")
    assert settled.office == "Practice 17"
    assert len(list((settled.home / "generations").iterdir())) == 3
