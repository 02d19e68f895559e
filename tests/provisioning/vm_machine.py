"""qemu, with a shell inside over the second serial port, and a monitor."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import time
from pathlib import Path

BOOT_LIMIT_S = 900.0
"""Software emulation on a busy machine."""
COMMAND_LIMIT_S = 600.0
"""systemctl alone takes seconds there; while programs start, minutes."""


class Machine:
    """One run of the virtual machine, from power on to power off."""

    def __init__(self, made: Path, folder: Path, brought: Path | None = None) -> None:
        """`made` holds the clean disk; what is written goes into `folder`, and stays there for the
        next run. `brought` is the image of a second disk, read only: /dev/vdb."""
        self.folder = folder
        disk = folder / "disk.qcow2"
        if not disk.exists():
            command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw"]
            subprocess.run([*command, "-b", str(made / "disk.img"), str(disk)], check=True)
        for name in ("shell", "monitor"):
            (folder / name).unlink(missing_ok=True)
        # KVM inside a virtual machine may hang, so it has to be asked for.
        accelerator = os.environ.get("VM_ACCELERATOR", "tcg")
        # The oldest that numpy runs on: wide vector instructions are slow in emulation.
        cpu = os.environ.get("VM_CPU", "Nehalem")
        command = [
            "qemu-system-x86_64", "-accel", accelerator, "-cpu", cpu,
            "-m", "3072", "-smp", "2",
            "-display", "none", "-nodefaults", "-no-reboot",
            "-kernel", f"{made}/vmlinuz", "-initrd", f"{made}/initrd.img",
            "-append", "root=/dev/vda rw console=ttyS0",
            "-drive", f"file={disk},if=virtio,format=qcow2",
            "-chardev", f"file,id=console,path={folder}/console.log,append=on",
            "-serial", "chardev:console",
            "-serial", f"unix:{folder}/shell,server=on,wait=off",
            "-monitor", f"unix:{folder}/monitor,server=on,wait=off",
            "-device", "qemu-xhci", "-nic", "user,model=virtio-net-pci",
        ]  # fmt: skip
        if brought is not None:
            command += ["-drive", f"file={brought},if=virtio,format=raw,readonly=on"]
        self.process = subprocess.Popen(command)
        self._shell = self._connect("shell")
        self._monitor = self._connect("monitor")

    def _connect(self, name: str) -> socket.socket:
        link = socket.socket(socket.AF_UNIX)
        until = time.monotonic() + 60
        while True:
            try:
                link.connect(str(self.folder / name))
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return link

    def run(self, command: str, limit_s: float = COMMAND_LIMIT_S) -> str:
        """What a command inside prints."""
        # The two halves of the mark meet only in the answer, never in an echo of the command.
        mark = f"{time.monotonic_ns()}"
        text = f"stty -echo 2>/dev/null; {{ {command}; }} 2>&1; echo end''{mark}=$?\n"
        self._shell.sendall(text.encode())
        self._shell.settimeout(1.0)
        seen, until = "", time.monotonic() + limit_s
        while not (found := re.search(rf"end{mark}=\d+", seen)):
            if time.monotonic() > until:
                raise TimeoutError(f"{command}: {seen[-500:]}")
            try:
                seen += self._shell.recv(65536).decode(errors="replace")
            except TimeoutError:
                continue
        lines = seen[: found.start()].replace("\r", "").replace("# ", "").splitlines()
        return "\n".join(line for line in lines if mark not in line and line.strip())

    def boot(self) -> None:
        """Wait until the shell answers."""
        until = time.monotonic() + BOOT_LIMIT_S
        while time.monotonic() < until:
            try:
                self.run("true", 5.0)
            except TimeoutError:
                continue
            return
        raise TimeoutError("the machine did not boot; see console.log")

    def until(self, command: str, wanted: str, limit_s: float) -> str:
        """Repeat a command until a line of what it prints is `wanted` (a regular expression)."""
        end = time.monotonic() + limit_s
        while not re.search(rf"^(?:{wanted})$", said := self.run(command), re.MULTILINE):
            if time.monotonic() > end:
                raise TimeoutError(f"{command}: no {wanted!r} in {said[-2000:]!r}")
            time.sleep(1)
        return said

    def type_file(self, place: str, text: str, mode: str, owner: str = "root") -> None:
        """A file, as somebody at the console makes it."""
        data = base64.b64encode(text.encode()).decode()
        folder = place.rpartition("/")[0]
        self.run(f"mkdir -p {folder}; : >{place}.new")
        for at in range(0, len(data), 512):  # a terminal takes no longer line
            self.run(f"echo {data[at : at + 512]} >>{place}.new")
        self.run(f"base64 -d {place}.new | install -o {owner} -m {mode} /dev/stdin {place}")
        self.run(f"rm {place}.new")

    def plug(self, image: Path) -> None:
        """A USB stick goes in."""
        self._tell(f"drive_add 0 if=none,id=stick,file={image},format=raw")
        self._tell("device_add usb-storage,drive=stick,id=usbstick,removable=on")

    def unplug(self) -> None:
        """The USB stick comes out."""
        self._tell("device_del usbstick")
        self.until("ls /dev/disk/by-label 2>/dev/null | grep -c NIGHTPORTER", "0", 60)

    def _tell(self, line: str) -> None:
        """One command to the monitor; its prompt comes when it was carried out."""
        self._monitor.settimeout(30)
        self._monitor.sendall(f"{line}\n".encode())
        seen = ""
        while not re.search(r"\n.*\(qemu\) $", seen.replace("\r", "")):
            seen += self._monitor.recv(65536).decode(errors="replace")

    def cut_power(self) -> None:
        """Nothing is written any more, from one moment to the next."""
        self.process.kill()
        self.process.wait()
