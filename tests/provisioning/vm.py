"""`make vm`: a real boot. Debian, the package, a USB stick plugged in, a kill, a power cut."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.provisioning.workshop import SITE, Technician, tool

INCLUDE = (
    "systemd,systemd-sysv,udev,dbus,python3,linux-image-amd64,libportaudio2,libsystemd0,libgomp1,"
    "libstdc++6,mount,util-linux,kmod,iproute2,e2fsprogs,systemd-timesyncd"
)
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nightporter" / "vm"
BOOT_LIMIT_S = 300.0
"""Software emulation on a busy machine."""
STICK_LIMIT_S = 600.0
"""Reading the stick, restart, the line's 120 s, the proof."""

SHELL = """\
[Unit]
Description=Commands from outside, for the test
After=multi-user.target
[Service]
ExecStart=/bin/sh
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Restart=always
[Install]
WantedBy=multi-user.target
"""


def make_root() -> Path:
    """A minimal Debian, kept for the next time."""
    root = CACHE / "root"
    if not (root / "usr").is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["mmdebstrap", "--variant=minbase", f"--include={INCLUDE}", "bookworm"]
        subprocess.run([*command, str(root)], check=True)
    return root


def make_disk(root: Path, deb: Path, folder: Path) -> Path:
    """The package installed into a copy of the root, as an ext4 image."""
    copy = folder / "root"
    tool(["cp", "-a", root, copy])
    shutil.copy(deb, copy / "tmp")
    subprocess.run(
        ["chroot", copy, "dpkg", "--force-depends", "--install", f"/tmp/{deb.name}"],
        check=True, capture_output=True,
    )  # fmt: skip
    (copy / "tmp" / deb.name).unlink()
    (copy / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 1\n")
    (copy / "etc/systemd/system/outside.service").write_text(SHELL)
    wants = copy / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "outside.service").symlink_to("../outside.service")
    disk = folder / "disk.img"
    with disk.open("wb") as file:
        file.truncate(4 * 1024**3)
    subprocess.run(["mkfs.ext4", "-q", "-d", str(copy), str(disk)], check=True)
    for name in ("vmlinuz", "initrd.img"):
        found = max((copy / "boot").glob(f"{name}-*"))
        shutil.copy(found, folder / name)
    shutil.rmtree(copy)
    return disk


class Machine:
    """qemu, a shell inside over the second serial port, and a monitor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # KVM inside a virtual machine may hang, so it has to be asked for.
        accelerator = os.environ.get("VM_ACCELERATOR", "tcg")
        command = [
            "qemu-system-x86_64", "-accel", accelerator, "-cpu", "max,arch-capabilities=off",
            "-m", "3072", "-smp", "2",
            "-display", "none", "-nodefaults", "-no-reboot",
            "-kernel", folder / "vmlinuz", "-initrd", folder / "initrd.img",
            "-append", "root=/dev/vda rw console=ttyS0",
            "-drive", f"file={folder}/disk.img,if=virtio,format=raw",
            "-serial", f"file:{folder}/console.log",
            "-serial", f"unix:{folder}/shell,server=on,wait=off",
            "-monitor", f"unix:{folder}/monitor,server=on,wait=off",
            "-device", "qemu-xhci", "-nic", "user,model=virtio-net-pci",
        ]  # fmt: skip
        self.process = subprocess.Popen([str(word) for word in command])
        self.shell = self._connect("shell")
        self.monitor = self._connect("monitor")

    def _connect(self, name: str) -> socket.socket:
        link = socket.socket(socket.AF_UNIX)
        until = time.monotonic() + 20
        while True:
            try:
                link.connect(str(self.folder / name))
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return link

    def run(self, command: str, limit_s: float = 60.0) -> str:
        """What a command inside prints."""
        mark = f"mark{time.monotonic_ns()}"
        self.shell.sendall(f"stty -echo 2>/dev/null; {command}; echo {mark}=$?\n".encode())
        self.shell.settimeout(1.0)
        seen, until = "", time.monotonic() + limit_s
        while not re.search(rf"{mark}=\d+", seen):
            if time.monotonic() > until:
                raise TimeoutError(f"{command}: {seen[-500:]}")
            try:
                seen += self.shell.recv(65536).decode(errors="replace")
            except TimeoutError:
                continue
        text = seen.split(f"{mark}=")[0] if "echo mark" not in seen else seen
        return text.replace("\r", "").strip()

    def boot(self) -> float:
        """Seconds until the shell answers."""
        started = time.monotonic()
        while time.monotonic() - started < BOOT_LIMIT_S:
            try:
                self.run("true", 3.0)
            except TimeoutError:
                continue
            return time.monotonic() - started
        raise TimeoutError("the machine did not boot; see console.log")

    def until(self, command: str, wanted: str, limit_s: float) -> str:
        """Repeat a command until what it prints holds `wanted`."""
        end = time.monotonic() + limit_s
        while wanted not in (said := self.run(command)):
            if time.monotonic() > end:
                raise TimeoutError(f"{command}: no {wanted!r} in {said!r}")
            time.sleep(2)
        return said

    def plug(self, image: Path) -> None:
        """A USB stick goes in."""
        for line in (
            f"drive_add 0 if=none,id=stick,file={image},format=raw",
            "device_add usb-storage,drive=stick,id=usbstick,removable=on",
        ):
            self.monitor.sendall(f"{line}\n".encode())
            time.sleep(0.5)

    def unplug(self) -> None:
        """The USB stick comes out."""
        self.monitor.sendall(b"device_del usbstick\n")
        time.sleep(2)

    def cut_power(self) -> None:
        """Nothing is written any more, from one moment to the next."""
        self.process.kill()
        self.process.wait()


def make_stick(folder: Path) -> Path:
    """A FAT32 stick for a box that takes calls from its own network."""
    technician = Technician.in_folder(folder / "technician")
    site = folder / "site.toml"
    text = SITE.format(name="Old Mill Practice", site="mill", box="desk")
    text = text.replace(
        'registrar = "192.0.2.1"',
        'mode = "trunk"\nallowed_peers = ["10.0.2.0/24"]\nanswer = "always"',
    )
    site.write_text(text)
    image = folder / "stick.img"
    with image.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    tool(
        [sys.executable, "-m", "gateway.cli", "stick", "make", image, "--yes", "--settings", site,
         "--key", technician.key],
    )  # fmt: skip
    return image


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> None:
    """Everything, with times."""
    deb = max(Path("dist").glob("nightporter_*_amd64.deb"))
    root = make_root()
    with tempfile.TemporaryDirectory(prefix="nightporter-vm-", dir="/var/tmp") as made:
        folder = Path(made)
        disk = make_disk(root, deb, folder)
        say(f"{deb.name} is installed in {disk.name}")
        machine = Machine(folder)
        try:
            tour(machine, folder)
        finally:
            machine.process.kill()
            shutil.copy(folder / "console.log", CACHE / "console.log")


def tour(machine: Machine, folder: Path) -> None:
    """What a technician would do and see."""
    say(f"booted in {machine.boot():.0f} s")
    failed = machine.run("systemctl --failed --plain --no-legend")
    say(f"failed units before the stick: {failed or 'none'}")
    stick = make_stick(folder)
    machine.plug(stick)
    say("stick plugged in")
    receipts = (
        "ls /var/lib/nightporter/receipts 2>/dev/null; systemctl is-active 'nightporter-prov*'"
    )
    try:
        machine.until(receipts, ".json", STICK_LIMIT_S)
    except TimeoutError:
        say(machine.run("journalctl -b --no-pager -u 'nightporter-*' | tail -60"))
        raise
    time.sleep(15)
    say(machine.run("journalctl -b --no-pager -o cat -u 'nightporter-provisioning@*' | tail -60"))
    for name in ("line", "gateway", "models", "sync"):
        said = machine.run(
            f"systemctl is-active nightporter-{name}; systemctl show -P NRestarts "
            f"nightporter-{name}"
        )
        say(f"{name}: {' '.join(said.split())} restarts")
    say(machine.run("journalctl -b --no-pager -o cat -u nightporter-line | tail -12"))
    machine.unplug()
    text = tool(["mtype", "-i", stick, "::receipt.txt"])
    say(f"on the stick: {text.splitlines()[2]}")
    machine.run("systemctl kill -s KILL nightporter-line")
    started = time.monotonic()
    machine.until("systemctl is-active nightporter-line", "active", 60)
    say(f"a killed line was back after {time.monotonic() - started:.1f} s")
    machine.cut_power()
    say("power cut")
    again = Machine(folder)
    try:
        say(f"booted again in {again.boot():.0f} s")
        again.until("systemctl is-active nightporter-line", "active", 120)
        say("the line is back after the power cut")
        say(again.run("ls -l /etc/nightporter; systemctl --failed --plain --no-legend"))
    finally:
        again.process.kill()


if __name__ == "__main__":
    main()
