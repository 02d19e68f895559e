"""`nightporter support-bundle`: a file for whoever helps; shows what it holds before writing."""

from __future__ import annotations

import io
import json
import re
import tarfile
import time
import tomllib
from pathlib import Path
from typing import Any

import click

from gateway.contract.service import PROGRAMS, Paths, read_status
from gateway.errors import BundleRefused, ProvisioningError
from provisioning import programs
from provisioning.doctor import about, examine
from provisioning.programs import Run
from provisioning.text import canonical

LOG_LINES = 400
LOG_LIMIT_S = 20.0
"""journalctl on a slow card."""

_PLAIN = re.compile(r"^[a-z][a-z0-9_.-]{0,40}$")
"""What may stand in the open: words of our own, e.g. "after-hours" or "G722"."""
_LOG_FIELD = re.compile(r"\b([a-z_]+)=(\S+)")
_KEPT_FIELDS = {
    "call_id", "state", "event", "rung", "calls", "count", "ms", "s", "code", "program", "lane",
    "outcome", "serial", "level", "kind", "resident_mb", "pid", "port",
}  # fmt: skip
"""Fields of a log line that are never a caller's or an office's; all others are blanked."""
_NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")
_HOST = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[\w-]+(?:\.[\w-]+)+\b|sips?:\S+|\S+@\S+")


@click.command("support-bundle")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="File to write.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def support_bundle(out: Path | None, yes: bool) -> None:
    """Gather what helps to help, without personal data; shows it, then asks, then writes."""
    out = out or Path(time.strftime("nightporter-support-%Y%m%d-%H%M%S.tar.gz"))
    if out.exists():
        raise ProvisioningError(f"{out}: is there already; choose another name with --out")
    contents = gather(Paths.from_environment())
    for name, text in contents.items():
        click.echo(f"--- {name}: {len(text.encode())} bytes")
        click.echo(text if len(text) < 6000 else f"{text[:6000]}\n... (shown in part)")
    click.echo("No recording, transcript, name, number, address or password is in it.")
    if not yes:
        click.confirm(f"Write {out}?", abort=True)
    out.write_bytes(pack(contents))
    click.echo(f"{out}: written")


def gather(paths: Paths, run: Run = programs.run) -> dict[str, str]:
    """Name of each part -> its text."""
    findings = examine(paths, quick=True, run=run)
    parts = {
        "about.json": json.dumps(about(), indent=2) + "\n",
        "doctor.json": json.dumps([f.as_data() for f in findings], indent=2) + "\n",
        "settings.json": json.dumps(_shape(_toml(paths.settings)), indent=2) + "\n",
        "files.txt": _files(paths),
    }
    for name in PROGRAMS:
        status = read_status(paths, name)
        if status is not None:
            parts[f"{name}.status.json"] = json.dumps(_shape(status), indent=2) + "\n"
        command = [
            "journalctl", f"--unit=nightporter-{name}.service", f"--lines={LOG_LINES}",
            "--no-pager", "--output=short-iso", "--no-hostname",
        ]  # fmt: skip
        done = run(command, LOG_LIMIT_S)
        if done.returncode == 0 and done.stdout.strip():
            parts[f"{name}.log"] = "\n".join(map(clean_line, done.stdout.splitlines())) + "\n"
    return parts


def clean_line(line: str) -> str:
    """A log line without anything that could be a name, a number or an address."""
    head, colon, text = line.partition(": ")
    if not colon:
        head, text = "", line

    def field(match: re.Match[str]) -> str:
        key, value = match.groups()
        return f"{key}={value if key in _KEPT_FIELDS and _PLAIN_VALUE.match(value) else '...'}"

    text = _LOG_FIELD.sub(field, text)
    text = _NUMBER.sub("(number)", _HOST.sub("(address)", text))
    return f"{head}{colon}{text}"


_PLAIN_VALUE = re.compile(r"^[A-Za-z0-9_.-]{1,40}$")


def pack(contents: dict[str, str]) -> bytes:
    """As a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in contents.items():
            data = text.encode()
            member = tarfile.TarInfo(f"nightporter-support/{name}")
            member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _shape(value: Any) -> Any:
    """The same tree with every text blanked that is not a word of our own."""
    if isinstance(value, dict):
        return {str(key): _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if any(isinstance(inner, str) and not _PLAIN.match(inner) for inner in value):
            return f"({len(value)} entries)"
        return [_shape(inner) for inner in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    return value if isinstance(value, str) and value in _OUR_WORDS else "(text)"


_OUR_WORDS = frozenset(
    {
        "register", "trunk", "udp", "tcp", "after-hours", "always", "never", "auto", "none", "vosk",
        "moonshine", "transfer", "call-back", "message", "G722", "PCMU", "PCMA", *PROGRAMS,
    }
)  # fmt: skip
"""Values of settings that the schema itself offers."""


def _toml(path: Path) -> Any:
    try:
        return tomllib.loads(canonical(path.read_bytes(), path.name))
    except (OSError, ValueError, BundleRefused):
        return "(cannot be read)"


def _files(paths: Paths) -> str:
    """How many files of which size; their names can hold a number that called."""
    lines = []
    for folder in (paths.state, paths.spool, paths.recordings, paths.greetings, paths.phrases):
        files = [p for p in folder.glob("*") if p.is_file()]
        size = sum(p.stat().st_size for p in files)
        lines.append(f"{folder.name}: {len(files)} files, {size} bytes")
    for model in sorted(p for p in paths.models.glob("*") if p.is_dir()):
        size = sum(p.stat().st_size for p in model.rglob("*") if p.is_file())
        lines.append(f"model {model.name}: {size} bytes")
    return "\n".join(lines) + "\n"
