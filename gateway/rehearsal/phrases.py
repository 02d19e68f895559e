"""`nightporter phrases`: renders what can be known before a call; replies then come from disk."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import click

from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.conversation.conversation import office_of
from gateway.errors import LinkError, ModelError, StartRefused
from gateway.supervisor.up import SAMPLE, user_phrases
from gateway.switchboard.model_client import ModelClient
from gateway.switchboard.warm import UNHURRIED_S, missing_phrases
from gateway.switchboard.wire import Address

START_DEADLINE_S = 90.0
"""A worker on a busy machine with a slow disk; an idle one is ready in ten seconds."""
TELL_EVERY_S = 5.0
"""How often the progress is shown where there is no terminal."""


@click.command()
@click.option("--site", type=click.Path(path_type=Path), default=SAMPLE, help="A site.toml.")
@click.option("--most", type=int, default=1200, show_default=True, help="Render at most so many.")
@click.option("--prefix", default="", help="Put before each line of progress.")
def phrases(site: Path, most: int, prefix: str) -> None:
    """Render the fixed phrases of an office that are not on disk yet, soonest needed first."""
    folder = Path(os.environ.get("NIGHTPORTER_PHRASES") or user_phrases())
    mark = folder / ".voice"
    office = office_of(load_settings(site))
    today = datetime.now(office.settings.office.zone).date()
    if mark.exists() and not missing_phrases(office, mark.read_text(), folder, today, most):
        return
    with tempfile.TemporaryDirectory(prefix="np-") as home:
        (Path(home) / "site.toml").write_bytes(site.read_bytes())
        environment = {
            **os.environ, "NIGHTPORTER_HOME": home, "NIGHTPORTER_PHRASES": str(folder),
            "NIGHTPORTER_LOG": "error",
        }  # fmt: skip
        paths = Paths.from_environment(environment)
        paths.make_folders()
        worker = subprocess.Popen([sys.executable, "-m", "models"], env=environment)
        try:
            client = ModelClient(Address.of_socket(paths.models_socket))
            voice = asyncio.run(_wait_for_voice(client, worker))
            texts = missing_phrases(office, voice, folder, today, most)
            asyncio.run(_render(client, texts, prefix))
            mark.write_text(voice)
        finally:
            worker.terminate()
            worker.wait(START_DEADLINE_S)


async def _wait_for_voice(client: ModelClient, worker: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < end and worker.poll() is None:
        try:
            voice = (await client.capabilities()).voice
        except (LinkError, ModelError):
            voice = None
        if voice:
            return voice
        await asyncio.sleep(0.2)
    raise StartRefused("the voice did not start; run `nightporter models verify`")


async def _render(client: ModelClient, texts: list[str], prefix: str) -> None:
    told = 0.0
    for number, text in enumerate(texts, start=1):
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            click.echo(f"{prefix}{number} of {len(texts)} phrases")
        async for _ in client.synthesize(text, keep=True, deadline_s=UNHURRIED_S):
            pass
    if texts:
        click.echo(f"{prefix}{len(texts)} phrases rendered")
