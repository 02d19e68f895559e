"""`nightporter models`: what it prints and with which exit code it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.catalog import load_catalog
from models.cli import models


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NIGHTPORTER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "models"


def run(*words: str) -> Result:
    return CliRunner().invoke(models, list(words))


def put(folder: Path, name: str, *, right_size: bool = True) -> None:
    for file in load_catalog().named(name).files:
        path = folder / name / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            out.truncate(file.bytes if right_size else 1)


def test_the_list_names_each_model_with_its_licence() -> None:
    answer = run("list")
    assert answer.exit_code == 0
    for model in load_catalog().models:
        line = next(line for line in answer.output.splitlines() if f" {model.name} " in line)
        assert model.licence in line


def test_the_list_marks_what_is_installed(folder: Path) -> None:
    put(folder, "silero-vad")
    rows = {row["name"]: row for row in json.loads(run("list", "--json").output)}
    assert rows["silero-vad"]["installed"] is True
    assert rows["moonshine-tiny-en"]["installed"] is False


def test_verify_finds_a_file_of_the_right_size_with_the_wrong_content(folder: Path) -> None:
    put(folder, "silero-vad")
    answer = run("verify")
    assert answer.exit_code == 1
    assert "SHA-256" in answer.output
    assert "mend: nightporter models fetch silero-vad" in answer.output


def test_verify_finds_a_cut_off_file(folder: Path) -> None:
    put(folder, "silero-vad", right_size=False)
    answer = run("verify")
    assert answer.exit_code == 1
    assert "1 bytes, not" in answer.output


def test_verify_without_any_model_says_how_to_get_one() -> None:
    answer = run("verify")
    assert answer.exit_code == 1
    assert "nightporter models fetch" in answer.output


def test_fetch_of_a_misspelt_model_suggests_the_right_one() -> None:
    answer = run("fetch", "silero-vat")
    assert answer.exit_code == 1
    assert "did you mean 'silero-vad'" in answer.output


def test_fetch_into_a_folder_that_cannot_be_made_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NIGHTPORTER_MODELS", str(tmp_path / "file" / "models"))
    answer = run("fetch", "silero-vad")
    assert answer.exit_code == 1
    assert "cannot write to" in answer.output
    assert answer.output.count("\n") == 1
