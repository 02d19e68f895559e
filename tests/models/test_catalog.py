"""The catalog: what is in it, what it refuses, and how an installed model is found."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.errors import CatalogError, ModelMissing
from models.catalog import Catalog, is_installed, load_catalog

GOOD = """
[[model]]
name = "ears"
kind = "recogniser"
engine = "vosk"
languages = ["en"]
licence = "MIT"
memory_mb = 10
  [[model.files]]
  path = "a.bin"
  bytes = 3
  sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  [[model.sources]]
  url = "https://example.com/{path}"

[[model]]
name = "voice"
kind = "voice"
engine = "piper"
languages = ["en-US"]
licence = "MIT"
memory_mb = 10
  [[model.files]]
  path = "v.onnx"
  bytes = 3
  sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  [[model.sources]]
  package = "voice==1.0"
  member = "voice/{path}"
"""

MAKERS = {"download.moonshine.ai", "huggingface.co", "alphacephei.com", "github.com"}


def catalog(tmp_path: Path, text: str = GOOD) -> Catalog:
    file = tmp_path / "catalog.toml"
    file.write_text(text)
    return load_catalog(file)


def put(folder: Path, content: bytes = b"abc", name: str = "ears/a.bin") -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def test_the_default_set_hears_understands_speaks_and_knows_silence() -> None:
    kinds = sorted(model.kind for model in load_catalog().default)
    assert kinds == ["language-model", "recogniser", "voice", "voice-activity"]


def test_each_default_model_has_a_known_hash_and_a_package_for_lack_of_its_maker() -> None:
    for model in load_catalog().default:
        assert not model.pending, model.name
        assert model.sources[-1].pieces, model.name


def test_addresses_in_the_catalog_are_those_of_the_makers() -> None:
    hosts = {urlsplit(s.url).netloc for m in load_catalog().models for s in m.sources if s.url}
    assert hosts == MAKERS


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('licence = "MIT"\nmemory', "memory", ["'ears'", "licence", "missing"]),
        ("memory_mb", "memorymb", ["'ears'", "memorymb", "did you mean 'memory_mb'"]),
        ("bytes = 3", 'bytes = "3"', ["'ears'", "files.0.bytes", "integer"]),
        ("bytes = 3", "bytes = 0", ["'ears'", "files.0.bytes", "greater than 0"]),
        ('path = "a.bin"', 'path = "../a.bin"', ["'ears'", "files.0.path", "inside"]),
        ("ba7816bf", "xa7816bf", ["'ears'", "files.0.sha256", "pattern"]),
        ("bytes = 3", "bytes = 3\nsha256_pending = true", ["'ears'", "files.0", "not both"]),
        ("https://example", "http://example", ["'ears'", "sources.0", "https://"]),
        ("https://example", "ftp://example", ["'ears'", "sources.0", "https://"]),
        ('"recogniser"', '"recognizer"', ["'ears'", "kind", "'recogniser'"]),
        ('name = "voice"', 'name = "ears"', ["two models", "'ears'", "rename"]),
        ('package = "voice==1.0"', 'package = "voice"', ["'voice'", "sources.0", "package"]),
        ('member = "voice/{path}"', "", ["'voice'", "sources.0", "belong together"]),
        ("[[model]]", "[[model", ["is not TOML"]),
    ],
)
def test_a_wrong_catalog_names_model_field_and_mend(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    with pytest.raises(CatalogError) as refusal:
        catalog(tmp_path, GOOD.replace(old, new, 1))
    message = str(refusal.value)
    assert "\n" not in message or "TOML" in message
    for word in [str(tmp_path / "catalog.toml"), *words]:
        assert word in message


def test_several_files_need_a_place_for_their_path_in_each_source(tmp_path: Path) -> None:
    second = GOOD.replace('/{path}"\n\n', '/one"\n\n').replace(
        "  [[model.sources]]\n  url",
        '  [[model.files]]\n  path = "b.bin"\n  bytes = 3\n'
        f'  sha256 = "{"0" * 64}"\n  [[model.sources]]\n  url',
    )
    with pytest.raises(CatalogError, match=r"'ears'.*needs \{path\}"):
        catalog(tmp_path, second)


def test_a_model_is_installed_when_all_files_have_their_size(tmp_path: Path) -> None:
    known = catalog(tmp_path)
    folder = tmp_path / "models"
    assert known.installed(folder) == []
    put(folder, b"ab")
    assert not is_installed(folder, known.named("ears"))
    put(folder, b"abc")
    assert [model.name for model in known.installed(folder)] == ["ears"]


@pytest.mark.parametrize("wanted", ["auto", "ears", "vosk"])
@pytest.mark.parametrize("language", ["en", "en-GB", "EN"])
def test_an_installed_model_is_found_by_kind_name_or_engine(
    tmp_path: Path, wanted: str, language: str
) -> None:
    put(tmp_path / "models")
    found = catalog(tmp_path).find(tmp_path / "models", "recogniser", language, wanted)
    assert found.name == "ears"


def test_a_model_that_is_not_installed_is_named_with_the_command_that_fetches_it(
    tmp_path: Path,
) -> None:
    with pytest.raises(ModelMissing, match="nightporter models fetch ears"):
        catalog(tmp_path).find(tmp_path / "models", "recogniser", "en")


def test_a_language_that_no_model_speaks_is_said_so(tmp_path: Path) -> None:
    put(tmp_path / "models")
    with pytest.raises(ModelMissing, match=r"catalog has no recogniser for 'de'"):
        catalog(tmp_path).find(tmp_path / "models", "recogniser", "de")


def test_a_misspelt_name_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="did you mean 'ears'"):
        catalog(tmp_path).named("eras")
