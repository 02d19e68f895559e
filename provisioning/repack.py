"""Makes the installed package into a .deb again, so that there is always a way back."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from gateway.errors import ProvisioningError
from provisioning.programs import Run

REPACK_LIMIT_S = 900.0
"""Half a gigabyte on a Raspberry Pi's card."""
SCRIPTS = ("conffiles", "preinst", "postinst", "prerm", "postrm")


def repack(name: str, place: Path, run: Run, info: Path = Path("/var/lib/dpkg/info")) -> None:
    """Write the installed package `name` to `place`; ProvisioningError when it is not installed."""
    listed = run(["dpkg-query", "--listfiles", name], REPACK_LIMIT_S)
    if listed.returncode:
        raise ProvisioningError(f"{name}: is not installed as a package, so it cannot be kept")
    with tempfile.TemporaryDirectory(prefix="repack-", dir=place.parent) as made:
        stage = Path(made) / "stage"
        stage.mkdir()
        for line in listed.stdout.splitlines():
            listed_as = Path(line)
            # Debian's merged /usr: a file listed in /sbin lies in /usr/sbin.
            real = listed_as.parent.resolve() / listed_as.name
            if real.parent != Path("/") or not real.is_symlink():
                _copy(real, stage / str(real).lstrip("/"))
        control = stage / "DEBIAN"
        control.mkdir()
        control.chmod(0o755)  # dpkg-deb insists, whatever the umask
        about = run(["dpkg-query", "--status", name], REPACK_LIMIT_S).stdout
        (control / "control").write_text(_control(about))
        for script in SCRIPTS:
            if (info / f"{name}.{script}").exists():
                shutil.copy2(info / f"{name}.{script}", control / script)
        unfinished = Path(made) / "package.deb"
        command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build"]
        done = run([*command, str(stage), str(unfinished)], REPACK_LIMIT_S)
        if done.returncode:
            raise ProvisioningError(f"{name}: cannot be kept: {done.stderr.strip()}")
        unfinished.replace(place)


def _copy(source: Path, place: Path) -> None:
    if source.is_symlink():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(source.readlink())
    elif source.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    elif source.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, place)


def _control(status: str) -> str:
    """The control file is the status without what dpkg added to it."""
    lines, skip = [], False
    for line in status.splitlines():
        if not line.startswith(" "):
            skip = line.split(":")[0] in ("Status", "Conffiles", "Config-Version")
        if not skip and line.strip():
            lines.append(line)
    return "\n".join(lines) + "\n"
