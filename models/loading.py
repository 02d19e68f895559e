"""Chooses the models that the settings ask for and loads their engines; what fails is told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gateway.contract.model_link import Capabilities
from gateway.contract.service import log_fields
from gateway.errors import ModelMissing, NightporterError
from models.catalog import Catalog, load_catalog, model_folder
from models.catalog_entries import Kind, Model
from models.engines import Recogniser, Scorer, Voice, VoiceActivity

log = logging.getLogger(__name__)

T = TypeVar("T")

RECOGNISERS = ("vosk", "moonshine")
"""In this order with "auto": Vosk is installed on purpose, Moonshine comes with the box."""


@dataclass(frozen=True)
class Wanted:
    """What the settings say about models."""

    language: str = "en"
    """Two letters"""
    recogniser: str = "auto"
    """"auto", an engine or catalog name, "none", or the address of a foreign server"""
    language_model: str = "auto"
    """"auto", "none" or a catalog name"""
    voice: str = "auto"
    """"auto" or a catalog name"""


@dataclass(frozen=True)
class Engines:
    """What is loaded."""

    recogniser: Recogniser | None = None
    """Audio in, text out"""
    voice: Voice | None = None
    """Text in, audio out"""
    scorer: Scorer | None = None
    """Choices in, scores out"""
    activity: VoiceActivity | None = None
    """Voice or no voice"""
    failed: dict[str, str] = field(default_factory=dict)
    """Engine kind -> why it could not be loaded"""

    def capabilities(self) -> Capabilities:
        """As told to the gateway."""
        return Capabilities(
            recogniser=self.recogniser.name if self.recogniser else None,
            voice=self.voice.name if self.voice else None,
            language_model=self.scorer.name if self.scorer else None,
            voice_activity=self.activity.name if self.activity else None,
            failed=self.failed,
        )


def load_engines(wanted: Wanted, folder: Path, kept: Path | None = None) -> Engines:
    """Load all that is wanted, one after the other; never raises for a model.

    `kept`: folder for what an engine wants to have again after a restart.
    """
    known = load_catalog()
    failed: dict[str, str] = {}

    def load(kind: Kind, names: tuple[str, ...], build: Callable[[Model, Path], T]) -> T | None:
        started = time.monotonic()
        try:
            model = _first(known, folder, kind, wanted.language, names)
            engine = build(model, model_folder(folder, model))
        except (NightporterError, ImportError, OSError, ValueError, RuntimeError) as error:
            failed[kind] = str(error) or type(error).__name__
            log.error("engine-failed", extra=log_fields(kind=kind, why=failed[kind]))
            return None
        except Exception as error:  # noqa: BLE001 - foreign loaders raise what they like; we serve the rest
            failed[kind] = f"{type(error).__name__}: {error}"
            log.error("engine-failed", extra=log_fields(kind=kind, why=failed[kind]))
            return None
        took = round((time.monotonic() - started) * 1000)
        log.info("engine-loaded", extra=log_fields(kind=kind, model=model.name, ms=took))
        return engine

    activity: VoiceActivity | None = load("voice-activity", ("auto",), _build_activity)
    recogniser: Recogniser | None = None
    names = _recognisers(wanted.recogniser)
    if names and activity:
        recogniser = load("recogniser", names, _build_recogniser)
    elif names:
        failed["recogniser"] = "no voice activity detector"
    voice: Voice | None = load("voice", (wanted.voice,), _build_voice)
    scorer: Scorer | None = None
    if wanted.language_model != "none":

        def build(model: Model, folder: Path) -> Scorer:
            return _build_scorer(model, folder, kept)

        scorer = load("language-model", (wanted.language_model,), build)
    return Engines(recogniser, voice, scorer, activity, failed)


def load_voice(language: str, wanted: str, folder: Path) -> Voice:
    """One voice alone; ModelMissing when it is not installed."""
    model = load_catalog().find(folder, "voice", language, wanted)
    return _build_voice(model, model_folder(folder, model))


def _recognisers(wanted: str) -> tuple[str, ...]:
    if wanted == "auto":
        return RECOGNISERS
    return () if wanted == "none" or "://" in wanted else (wanted,)


def _first(
    catalog: Catalog, folder: Path, kind: Kind, language: str, names: tuple[str, ...]
) -> Model:
    missing: ModelMissing | None = None
    for name in names:
        try:
            return catalog.find(folder, kind, language, name)
        except ModelMissing as error:
            missing = error
    raise missing or ModelMissing(f"no {kind} is wanted")


def _build_recogniser(model: Model, folder: Path) -> Recogniser:
    if model.engine == "vosk":
        from models.vosk_engine import Vosk

        return Vosk(folder, model.name, model.languages)
    from models.moonshine import Moonshine

    return Moonshine(folder, model.name, model.languages)


def _build_voice(model: Model, folder: Path) -> Voice:
    from models.piper_engine import Piper

    return Piper(_file(folder, "*.onnx"), model.name, model.languages)


def _build_scorer(model: Model, folder: Path, kept: Path | None) -> Scorer:
    from models.llama import Llama

    return Llama(_file(folder, "*.gguf"), model.name, kept)


def _build_activity(model: Model, folder: Path) -> VoiceActivity:
    from models.silero import SileroActivity

    return SileroActivity(_file(folder, "*.onnx"), model.name)


def _file(folder: Path, pattern: str) -> Path:
    for file in sorted(folder.glob(pattern)):
        return file
    raise ModelMissing(f"{folder}: there is no {pattern} file; run: nightporter models verify")
