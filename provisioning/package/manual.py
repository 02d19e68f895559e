"""The man page and the shell completion, written from the command itself."""

from __future__ import annotations

import runpy
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

COMMAND = Path(__file__).resolve().parents[2] / "gateway" / "cli.py"


def commands() -> dict[str, str]:
    """Name -> one line, as `nightporter --help` lists them; the table is read, never imported."""
    listed = runpy.run_path(str(COMMAND), run_name="listed")["COMMANDS"]
    return {name: str(text) for name, (_, text) in sorted(listed.items())}


def manual_page(version: str) -> str:
    """nightporter(1) in roff."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    lines = [
        f'.TH NIGHTPORTER 1 "{day}" "nightporter {version}" "User Commands"',
        ".SH NAME",
        "nightporter \\- the night porter of a small office's phone line",
        ".SH SYNOPSIS",
        ".B nightporter",
        ".I COMMAND",
        "[OPTIONS]",
        ".SH DESCRIPTION",
        "Answers an office's phone after hours on this machine, books appointments, and never",
        "loses a call. systemd runs the programs; this command looks after them.",
        ".SH COMMANDS",
    ]
    for name, text in commands().items():
        lines += [".TP", f".B {_roff(name)}", _roff(text)]
    lines += [
        ".PP",
        "Each command explains its options with",
        ".BR \\-\\-help .",
        ".SH EXIT STATUS",
        "0 well, 1 failed, 2 wrong usage, 3 works but is degraded.",
        ".SH FILES",
        ".TP",
        ".I /etc/nightporter",
        "site.toml and secrets.toml, links into the generation of settings in force.",
        ".TP",
        ".I /etc/default/nightporter",
        "Environment of the programs.",
        ".TP",
        ".I /var/lib/nightporter",
        "Database, voicemail, models, receipts of sticks.",
        ".SH SEE ALSO",
        ".I /usr/share/doc/nightporter/technician.md",
    ]
    return "\n".join(lines) + "\n"


def changelog(version: str) -> str:
    """Debian's own changelog: what `apt changelog` shows; the changes stand in CHANGELOG.md."""
    day = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (
        f"nightporter ({version}) stable; urgency=medium\n\n"
        "  * /usr/share/doc/nightporter/CHANGELOG.md tells what the office, the technician and\n"
        "    the operator notice.\n\n"
        f" -- Nightporter <nightporter@localhost>  {day}\n"
    )


def completion() -> str:
    """For bash, from click."""
    code = (
        "from click.shell_completion import BashComplete; from gateway.cli import nightporter; "
        "print(BashComplete(nightporter, {}, 'nightporter', '_NIGHTPORTER_COMPLETE').source())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def _roff(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")
