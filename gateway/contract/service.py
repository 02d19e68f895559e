"""How one of our programs lives: paths, ready, watchdog, stop, status file, log format."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import StartRefused

PROGRAMS = ("line", "gateway", "models", "sync")
"""The long-lived programs, in the order in which `nightporter up` starts them."""

STATUS_MAX_AGE_S = 10.0
"""A status file older than this speaks of a program that hangs or died: programs write each 2 s."""

CALL_FACTS = ("calls_active", "calls")
"""Facts of line and gateway that say how many calls are on."""

UNIX_PATH_LIMIT = 107
"""Bytes that Linux allows in the path of a Unix socket (sun_path, less the closing zero)."""


@dataclass(frozen=True)
class Paths:
    """Where everything lies; see docs/architecture.md for the owner of each."""

    settings: Path
    """site.toml"""
    secrets: Path
    """secrets.toml, mode 0600"""
    state: Path
    """Folder of the database, the spool and the recordings; survives a reboot."""
    runtime: Path
    """Folder of sockets and status files; gone after a reboot."""
    models: Path
    """Folder of installed models, one folder a model."""
    phrases: Path
    """Folder of rendered phrases (no personal data), one WAV each."""

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.state / "nightporter.db"

    @property
    def spool(self) -> Path:
        """Finished voicemail for the gateway: NAME.wav with NAME.json; unfinished in tmp/."""
        return self.state / "spool"

    @property
    def recordings(self) -> Path:
        """Voicemail that the gateway has taken over."""
        return self.state / "recordings"

    @property
    def greetings(self) -> Path:
        """Greetings rendered for this office; the line falls back to those in its own package."""
        return self.state / "greetings"

    @property
    def gateway_socket(self) -> Path:
        """The gateway listens, the line connects once per call."""
        return self.runtime / "gateway.sock"

    @property
    def models_socket(self) -> Path:
        """The models worker listens; Wyoming events."""
        return self.runtime / "models.sock"

    def status_file(self, program: str) -> Path:
        """The last words of a program about itself, JSON."""
        return self.runtime / f"{program}.status.json"

    def restart_request(self, program: str) -> Path:
        """While it is there, the program leaves at its next quiet moment and is started again."""
        return self.runtime / f"{program}.restart"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Paths:
        """Production folders, or all below NIGHTPORTER_HOME.

        NIGHTPORTER_MODELS and NIGHTPORTER_PHRASES move those two alone, so that several homes can
        share what is large and the same for all.
        """
        home = environ.get("NIGHTPORTER_HOME")
        if home:
            root = Path(home).absolute()
            user_cache = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
            models = root / "models"
            if not models.is_dir():
                models = user_cache / "nightporter" / "models"
            paths = cls(
                settings=root / "site.toml",
                secrets=root / "secrets.toml",
                state=root / "state",
                runtime=root / "run",
                models=models,
                phrases=root / "phrases",
            )
        else:
            paths = cls(
                settings=Path("/etc/nightporter/site.toml"),
                secrets=Path("/etc/nightporter/secrets.toml"),
                state=Path("/var/lib/nightporter"),
                runtime=Path("/run/nightporter"),
                models=Path("/var/lib/nightporter/models"),
                phrases=Path("/var/cache/nightporter/phrases"),
            )
        credentials = environ.get("CREDENTIALS_DIRECTORY")
        secrets = paths.secrets
        if credentials and (Path(credentials) / "secrets.toml").exists():
            secrets = Path(credentials) / "secrets.toml"
        return cls(
            settings=Path(environ.get("NIGHTPORTER_SETTINGS") or paths.settings),
            secrets=secrets,
            state=paths.state,
            runtime=paths.runtime,
            models=Path(environ.get("NIGHTPORTER_MODELS") or paths.models),
            phrases=Path(environ.get("NIGHTPORTER_PHRASES") or paths.phrases),
        )

    def make_folders(self) -> None:
        """Create what programs write to, private to the user; refuse a runtime path too long for a
        Unix socket."""
        if len(os.fsencode(self.gateway_socket)) > UNIX_PATH_LIMIT:
            raise StartRefused(
                f"{self.runtime}: this path is too long for a Unix socket "
                f"({UNIX_PATH_LIMIT} bytes); set NIGHTPORTER_HOME to a shorter folder"
            )
        for folder in (
            self.state,
            self.runtime,
            self.spool / "tmp",
            self.recordings,
            self.greetings,
            self.phrases,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def write_atomically(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Replace a file whole: temporary file beside it, synced, renamed, folder synced."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if sync:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def notify(message: str) -> None:
    """Tell systemd (or `nightporter up`, which speaks the same protocol), e.g. "READY=1".

    By systemd-python where it is installed. Source: sd_notify(3). Silent where NOTIFY_SOCKET is not
    set.
    """
    if not os.environ.get("NOTIFY_SOCKET"):
        return
    try:
        from systemd import daemon  # type: ignore[attr-defined]  # ours has no __init__
    except ImportError:
        tell = _sd_notify
    else:
        tell = daemon.notify
    try:
        tell(message)
    except OSError:  # the supervisor is gone; the program itself must go on
        logging.getLogger(__name__).warning("supervisor-not-listening")


def _sd_notify(message: str) -> None:
    address = os.environ["NOTIFY_SOCKET"]
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
        link.connect(address)
        link.sendall(message.encode())


class Service:
    """One running program: ready once, alive while its loop turns, stopping on SIGTERM."""

    STATUS_EVERY_S = 2.0
    """A status file is written this often; readers allow STATUS_MAX_AGE_S."""

    def __init__(self, program: str, paths: Paths) -> None:
        self.program = program
        self.paths = paths
        self.stopping = False
        self._started_at = time.time()
        self._last_write = 0.0
        self._ready = False
        self._on_stop: Callable[[], None] | None = None
        self._starts = _count_start(paths.runtime / f"{program}.count")
        paths.restart_request(program).unlink(missing_ok=True)  # this is the new start

    def stop_on_signals(self, callback: Callable[[], None] | None = None) -> None:
        """SIGTERM, SIGINT and a request to restart set `stopping` and call the callback."""
        self._on_stop = callback

        def stop(_signum: int, _frame: object) -> None:
            self.stopping = True
            if callback:
                callback()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def ready(self, status: str = "ready") -> None:
        """Say that the program can do its work."""
        self._ready = True
        notify(f"READY=1\nSTATUS={status}")

    def alive(self, **facts: Any) -> None:
        """Feed the watchdog and, every STATUS_EVERY_S, write the status file.

        Call it from the loop that does the real work. Facts are JSON values without personal data.
        """
        now = time.monotonic()
        if now - self._last_write < self.STATUS_EVERY_S:
            return
        self._last_write = now
        notify("WATCHDOG=1")
        self.write_status(**facts)
        if self._asked_to_restart() and not any(facts.get(name) for name in CALL_FACTS):
            self.stopping = True
            if self._on_stop:
                self._on_stop()

    def _asked_to_restart(self) -> bool:
        return self.paths.restart_request(self.program).exists()

    def write_status(self, **facts: Any) -> None:
        """Write the status file at once (for changes that others wait for)."""
        status = {
            "program": self.program,
            "pid": os.getpid(),
            "ready": self._ready,
            "started_at": self._started_at,
            "starts": self._starts,
            "memory_mb": _resident_mb(),
            "at": time.time(),
            **facts,
        }
        write_atomically(
            self.paths.status_file(self.program), json.dumps(status).encode(), sync=False
        )

    def stopped(self) -> None:
        """Say that the program is on its way out and remove the status file."""
        notify("STOPPING=1")
        self.paths.status_file(self.program).unlink(missing_ok=True)


def _count_start(file: Path) -> int:
    """How often the program was started since the machine was; the runtime folder forgets it."""
    try:
        count = int(file.read_text()) + 1
    except (OSError, ValueError):
        count = 1
    with contextlib.suppress(OSError):  # before the first make_folders()
        file.write_text(str(count))
    return count


def _resident_mb() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def read_status(paths: Paths, program: str, *, now: float | None = None) -> dict[str, Any] | None:
    """What a program last said about itself, or None when it is not there or silent too long."""
    try:
        status = json.loads(paths.status_file(program).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(status, dict) or not isinstance(status.get("at"), int | float):
        return None
    if (time.time() if now is None else now) - status["at"] > STATUS_MAX_AGE_S:
        return None
    return status


class _Lines(logging.Formatter):
    """One line: time, level, program, event, then key=value. Never a caller's word."""

    def __init__(self, program: str) -> None:
        super().__init__()
        self._program = program

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = getattr(record, "fields", {})
        tail = "".join(f" {key}={value}" for key, value in fields.items())
        line = (
            f"{stamp}.{int(record.msecs):03d} {record.levelname.lower():7} "
            f"{self._program:8} {_event(record)}{tail}"
        )
        if record.exc_info:
            line += "".join(f"\n    {step}" for step in _where(record.exc_info[1]))
        return line


def _event(record: logging.LogRecord) -> str:
    """What happened. Libraries (asyncio) write values below their first line: they stay out."""
    return record.getMessage().partition("\n")[0]


def _where(error: BaseException | None) -> list[str]:
    """Kind and place of an exception and of what caused it, without its words: those may be a
    caller's (a value that could not be read)."""
    steps: list[str] = []
    while error is not None:
        steps.append(type(error).__name__)
        for frame in traceback.extract_tb(error.__traceback__):
            steps.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return steps


def start_logging(program: str, level: str | None = None) -> None:
    """Log to standard error; under systemd that is the journal, with fields where systemd-python
    is installed. NIGHTPORTER_LOG sets the level ("debug", "info", ...)."""
    name = (level or os.environ.get("NIGHTPORTER_LOG") or "info").upper()
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if os.environ.get("JOURNAL_STREAM"):
        handler = _journal_handler(program) or handler
    handler.setFormatter(_Lines(program))
    logging.basicConfig(level=name, handlers=[handler], force=True)
    logging.raiseExceptions = False  # it would print the values of a line that cannot be written


def _journal_handler(program: str) -> logging.Handler | None:
    try:
        from systemd import journal  # type: ignore[attr-defined]  # ours has no __init__
    except ImportError:
        return None

    class Journal(logging.Handler):
        """Sends the fields of a record as journald fields, CALL_ID among them."""

        def emit(self, record: logging.LogRecord) -> None:
            fields = {k.upper(): str(v) for k, v in getattr(record, "fields", {}).items()}
            if record.exc_info:
                fields["TRACE"] = "\n".join(_where(record.exc_info[1]))
            priority = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
            journal.send(
                _event(record),
                PRIORITY=str(priority.get(record.levelname, 6)),
                SYSLOG_IDENTIFIER=f"nightporter-{program}",
                **fields,
            )

    return Journal()


def log_fields(**fields: Any) -> dict[str, Any]:
    """`log.info("call-answered", extra=log_fields(call_id=...))`: fields of a log line.

    Allowed: call id, state, event, counts, durations. Never words, names or numbers of a caller.
    """
    return {"fields": fields}
