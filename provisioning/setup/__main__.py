"""`make setup`: brings a bare machine to where the demo and the tests run; again and again."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from provisioning.setup import calendar, environment, packages, system
from provisioning.setup.environment import PYTHON, ROOT, digest, read_stamps, write_stamp
from provisioning.setup.progress import SetupError, Step, duration
from provisioning.setup.wheelhouse import cache

LIBRARIES = (
    "wyoming pydantic click rich sqlite_utils paho.mqtt.client rapidfuzz phonenumbers holidays "
    "dateutil icalendar recurring_ical_events numpy soxr vosk moonshine_voice llama_cpp piper "
    "onnxruntime systemd.daemon pyaudio pjsua2 baresip"
)
"""What must load, by import name: what lacks a system library installs well and fails here."""

CHECK = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.split(".")[0]:
            sys.exit(f"{name}: {error}")
        print(f"{name} is not there (no package of it for this machine)")
    except Exception as error:
        sys.exit(f"{name}: {type(error).__name__}: {error}")
"""


def fetch_models(step: Step) -> bool:
    """Fetch the default models that are missing, into the user's cache unless told otherwise."""
    catalog = (ROOT / "models" / "catalog.toml").read_bytes()
    environ = dict(os.environ)
    folder = Path(environ.setdefault("NIGHTPORTER_MODELS", str(cache() / "models")))
    stamp = read_stamps().get("models") or {}
    key = digest(catalog, str(folder))
    there = stamp.get("files") or []
    if stamp.get("key") == key and there and all(_is_like(path, size) for path, size in there):
        return False
    before = _files(folder)
    command = [str(PYTHON), "-m", "models.cli", "fetch", "--if-missing", "--prefix", step.prefix]
    if subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode:
        raise SetupError("the models are not all there; what is there is whole. Run again.")
    after = _files(folder)
    write_stamp("models", {"key": key, "files": after})
    if before != after:
        step.say(f"in {folder}")
    return before != after


def _files(folder: Path) -> list[list[str | int]]:
    return [
        [str(path), path.stat().st_size]
        for path in sorted(folder.glob("*/**/*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    ]


def _is_like(path: str, size: int) -> bool:
    try:
        return Path(path).stat().st_size == size
    except OSError:
        return False


def check_libraries(step: Step) -> bool:
    """Load every library once."""
    key = digest(str(read_stamps().get("packages")), LIBRARIES)
    if read_stamps().get("check") == key:
        return False
    step.tell("loading every library once")
    command = [str(PYTHON), "-c", CHECK, *LIBRARIES.split()]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["it gives no reason"])[-1]
        raise SetupError(f"a library cannot be loaded: {last}\nTo begin afresh: make clean setup")
    for line in answer.stdout.splitlines():
        step.say(line)
    write_stamp("check", key)
    step.say("all libraries load")
    return True


def render_phrases(step: Step) -> None:
    """Have the box's voice render what it says most, so that the first replies come from disk."""
    command = [str(PYTHON.parent / "nightporter"), "phrases", "--prefix", step.prefix]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        step.say("not all phrases are rendered; the box does the rest itself while nobody rings")


def set_up() -> None:
    """All steps, in order; each does only what is missing."""
    log = cache() / "setup-system.log"
    system.install(Step(1, "System packages"), log)
    environment.make(Step(2, "Environment"))
    packages.fill(Step(3, "Python packages"))
    environment.install_project(Step(4, "Nightporter"))
    fetch_models(Step(5, "Models"))
    check_libraries(Step(6, "Check"))
    render_phrases(Step(7, "Phrases"))
    calendar.fill(Step(8, "CalDAV environment"))


def main() -> int:
    """Exit code 0 when all is there."""
    start = time.monotonic()
    os.chdir(ROOT)
    with Path(__file__).open("rb") as alone:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is running in this checkout; waiting for it.", flush=True)
            fcntl.flock(alone, fcntl.LOCK_EX)
        try:
            set_up()
        except SetupError as error:
            print(f"\nSet-up stopped: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nSet-up was interrupted; the next run goes on from there.", file=sys.stderr)
            return 130
    print(f"Nightporter is set up ({duration(time.monotonic() - start)}).", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
