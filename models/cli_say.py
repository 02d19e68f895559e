"""`nightporter say`: the project's own voice into a WAV file, without a running worker."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from gateway.contract.phrases import wav_bytes
from gateway.contract.service import Paths, write_atomically
from gateway.errors import ModelMissing
from models.loading import load_voice


@click.command()
@click.argument("text")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="WAV file to write, 16 kHz mono; without it the WAV goes to standard output.",
)
@click.option("--voice", default="auto", help="Catalog name of the voice.")
@click.option("--language", default="en", help="Two letters.")
def say(text: str, output: Path | None, voice: str, language: str) -> None:
    """Speak TEXT into a WAV file, as callers would hear it."""
    try:
        speaker = load_voice(language, voice, Paths.from_environment().models)
    except ModelMissing as error:
        raise click.ClickException(str(error)) from error
    wav = wav_bytes(b"".join(speaker.speak(text)))
    if output:
        write_atomically(output, wav)
        output.chmod(0o666 & ~_umask())
    elif sys.stdout.isatty():
        raise click.UsageError("a WAV file does not belong on a terminal; use -o FILE")
    else:
        sys.stdout.buffer.write(wav)


def _umask() -> int:
    """The user's; the only way to read it is to set it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
