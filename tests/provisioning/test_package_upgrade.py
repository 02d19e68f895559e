"""`nightporter upgrade` with the real dpkg: from a file, from an address, and back by itself."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import minisign
import pytest

from tests.provisioning.debian_root import INSTALL, Root, needs_root, overlaid, small_package
from tests.provisioning.workshop import Technician

pytestmark = [needs_root, pytest.mark.processes]

LINE = """\
import json, os, pathlib, sys, time
if {broken}:
    sys.exit(1)
place, started = pathlib.Path("/run/nightporter/line.status.json"), time.time()
while True:
    status = dict(pid=os.getpid(), ready=True, mode="trunk", started_at=started, at=time.time())
    place.with_suffix(".new").write_text(json.dumps(status | dict(version="{version}")))
    os.replace(place.with_suffix(".new"), place)
    time.sleep(0.1)
"""
"""What is run as `python -m telephony` from the small packages."""
PATIENCE_S = 120.0


def package(folder: Path, version: str, *, broken: bool = False, rehearsal: int = 0) -> Path:
    """A package whose line is on duty or dies at once, and that passes its rehearsal or not."""
    sources = {
        "telephony/__main__.py": LINE.format(broken=broken, version=version),
        "gateway/cli.py": f"import sys\nprint('rehearsed')\nsys.exit({rehearsal})\n",
    }
    return small_package(folder, version, (), sources)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("built")
    return {
        "1.0": package(folder, "1.0"),
        "2.0": package(folder, "2.0"),
        "3.0": package(folder, "3.0", broken=True),
        "4.0": package(folder, "4.0", rehearsal=1),
    }


class Box:
    """The package installed in a root, its line kept alive as systemd would."""

    def __init__(self, root: Root, folder: Path) -> None:
        self.root, self.folder = root, folder
        self.technician = Technician.in_folder(folder / "technician")
        # This machine's Python need not be Debian's package.
        (root / "etc/dpkg/dpkg.cfg.d/test").write_text("force-depends\nforce-unsafe-io\n")
        self.over = threading.Event()
        self.systemd = threading.Thread(target=self._keep_alive)

    def install(self, deb: Path) -> None:
        shutil.copy(deb, self.root / "tmp")
        self.root.run(*INSTALL, f"/tmp/{deb.name}")
        (self.root / "etc/nightporter/trusted-keys").write_text(self.technician.public.base64)
        self.systemd.start()
        self.until_line_says("1.0")

    def _keep_alive(self) -> None:
        """Start the line, again when it dies, and anew when another version is in force."""
        current = self.root / "usr/lib/nightporter/live/current"
        command = ["chroot", str(self.root.place), "/usr/lib/nightporter/venv/bin/python"]
        while not self.over.is_set():
            version = current.readlink()
            with subprocess.Popen([*command, "-m", "telephony"]) as line:
                while line.poll() is None and not self.over.wait(0.1):
                    if current.readlink() != version:
                        break
                line.terminate()
            self.over.wait(0.2)

    @property
    def running(self) -> str:
        """Version of the line that is on duty."""
        with contextlib.suppress(OSError):
            text = (self.root / "run/nightporter/line.status.json").read_text()
            return text.rpartition('"version": "')[2].rstrip('"}')
        return ""

    @property
    def installed(self) -> str:
        """What dpkg says."""
        return self.root.run("dpkg-query", "-W", "-f", "${Version} ${Status}", "nightporter")

    def until_line_says(self, version: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while self.running != version:
            assert time.monotonic() < until, self.running
            time.sleep(0.05)

    def sign(self, deb: Path) -> Path:
        """The package and its signature in a folder of the root; the path there."""
        place = self.root / "srv" / deb.name
        shutil.copy(deb, place)
        key = minisign.SecretKey.from_file(self.technician.key)
        Path(f"{place}.minisig").write_bytes(bytes(key.sign(place.read_bytes())) + b"\n")
        return Path("/srv") / deb.name

    def upgrade(
        self, source: str | Path, *options: str, line_limit_s: int = 60
    ) -> subprocess.CompletedProcess[str]:
        """`nightporter upgrade` as root types it on the box."""
        command = ["chroot", str(self.root.place), sys.executable, "-m", "gateway.cli", "upgrade"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NIGHTPORTER_")}
        environment["NIGHTPORTER_LINE_LIMIT_S"] = str(line_limit_s)
        return subprocess.run(
            [*command, str(source), *options],
            env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip


@pytest.fixture
def box(tmp_path: Path, built: dict[str, Path]) -> Iterator[Box]:
    with overlaid(tmp_path) as root:
        found = Box(root, tmp_path)
        found.install(built["1.0"])
        yield found
        found.over.set()
        found.systemd.join()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder at an address on loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_box_upgrades_from_an_address_and_refuses_what_is_older_or_foreign(
    box: Box, built: dict[str, Path]
) -> None:
    place = box.sign(built["2.0"])
    with served(box.root / "srv") as address:
        done = box.upgrade(f"{address}/{place.name}")
    assert done.returncode == 0, done.stderr
    assert "nightporter 2.0 is installed and on duty" in done.stdout
    assert box.installed == "2.0 install ok installed"
    box.until_line_says("2.0")
    kept = box.root.run("dpkg-deb", "-f", "/var/lib/nightporter/packages/previous.deb", "Version")
    assert kept == "1.0\n"
    assert not (box.root / "var/lib/nightporter/packages/fetched.deb").exists()

    done = box.upgrade(box.sign(built["1.0"]))
    assert done.returncode == 1
    assert "1.0 is older than 2.0, which is installed" in done.stderr
    done = box.upgrade(box.sign(built["1.0"]), "--older")
    assert done.returncode == 0, done.stderr
    box.until_line_says("1.0")

    foreign = box.sign(built["2.0"])
    with (box.root.place / str(foreign).lstrip("/")).open("ab") as file:
        file.write(b"x")
    done = box.upgrade(foreign)
    assert (done.returncode, box.installed[:3]) == (1, "1.0")
    assert "is not signed with a key that this box trusts" in done.stderr


def test_a_package_whose_line_stays_away_is_taken_back_by_itself(
    box: Box, built: dict[str, Path]
) -> None:
    done = box.upgrade(box.sign(built["3.0"]), line_limit_s=10)
    assert done.returncode == 1
    assert "the line was not on duty within 10 s; the old one is back" in done.stderr
    assert "but" not in done.stderr
    assert box.installed == "1.0 install ok installed"
    box.until_line_says("1.0")


def test_a_package_that_fails_its_rehearsal_is_never_installed(
    box: Box, built: dict[str, Path]
) -> None:
    done = box.upgrade(box.sign(built["4.0"]))
    assert done.returncode == 1
    assert "failed its rehearsal" in done.stderr
    assert box.installed == "1.0 install ok installed"
    assert len(list((box.root / "usr/lib/nightporter/live").glob("*.*"))) == 1
    assert box.running == "1.0"
