"""Sticks made to do harm: nothing is applied, nothing crashes, one clear line each."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning import mount
from provisioning.hand_back import WIPE_LIST, hand_back
from provisioning.session import fill_outbox
from tests.provisioning import mutations
from tests.provisioning.workshop import CODE, Bench, Technician, tool

QUICK = 300
"""Mutated sticks in `make test`; `make provisioning-hostile` tries 10,000."""


def test_mutated_sticks_change_nothing_and_get_one_clear_line_each() -> None:
    tally = mutations.run(QUICK)
    assert tally.refused.total() + tally.same + tally.whole == QUICK
    assert tally.refused.total() > QUICK * 0.9
    assert set(tally.refused) == {
        "bundle.toml", "bundle.toml.minisig", "secrets.age", "site.toml", "resigned",
    }  # fmt: skip


def link(place: Path) -> None:
    place.unlink()
    place.symlink_to("/etc/hostname")


def pipe(place: Path) -> None:
    place.unlink()
    os.mkfifo(place)


def folder(place: Path) -> None:
    place.unlink()
    place.mkdir()


def device(place: Path) -> None:
    place.unlink()
    os.mknod(place, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero: never ends


def socket(place: Path) -> None:
    place.unlink()
    os.mknod(place, 0o600 | 0o140000)


def sparse(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(10 * 1024**3)


def zip_bomb(place: Path) -> None:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("site.toml", b"\0" * 50_000_000)


def empty(place: Path) -> None:
    place.write_bytes(b"")


FILES = ("bundle.toml", "bundle.toml.minisig", "technician.pub", "site.toml", "secrets.age")
TRICKS = (link, pipe, folder, device, socket, sparse, zip_bomb, empty)


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.__name__)
@pytest.mark.parametrize("name", FILES)
def test_no_file_may_be_anything_but_a_plain_small_file(
    bench: Bench, technician: Technician, tmp_path: Path, name: str, trick: Callable[[Path], None]
) -> None:
    if trick is device and os.geteuid() != 0:
        pytest.skip("only root makes devices")
    technician.stick(tmp_path / "s", 1, password="one", code=CODE)
    trick(tmp_path / "s" / name)
    started = time.process_time()
    receipt = bench.session().run(tmp_path / "s")
    assert receipt.outcome == "refused"
    assert str(receipt.reason).startswith(name)
    assert bench.office == ""
    assert time.process_time() - started < 5, "neither a pipe nor ten gigabytes may hold us up"


def test_ten_gigabytes_are_not_read_into_memory(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    for name in FILES:
        sparse(tmp_path / "s" / name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert bench.session().run(tmp_path / "s").outcome == "refused"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000, "KiB"


def test_a_folder_of_a_model_that_is_a_link_leads_nowhere(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    model = tmp_path / "tiny"
    (model / "am").mkdir(parents=True)
    (model / "am" / "w").write_text("weights")
    technician.stick(tmp_path / "s", 1, models=(model,))
    shutil.rmtree(tmp_path / "s/models/tiny/am")
    (tmp_path / "s/models/tiny/am").symlink_to(model / "am")
    receipt = bench.session().run(tmp_path / "s")
    assert receipt.outcome == "refused"
    assert "models/tiny/am/w" in str(receipt.reason)
    assert bench.office == ""
    assert not (bench.paths.models / "tiny").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="names of Linux")
def test_odd_names_beside_the_bundle_are_left_alone(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 1)
    for name in (b"\x1b[2J", b"a\nb", b"..x", b"-rf *", b"\xff\xfe", b"x" * 255):
        (tmp_path / "s" / os.fsdecode(name)).write_bytes(b"x")
    assert bench.plug(tmp_path / "s").outcome == "applied"
    assert "\x1b" not in (tmp_path / "s/receipt.txt").read_text()


def test_a_receipt_is_never_written_through_a_link_or_a_pipe(
    bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    technician.stick(tmp_path / "s", 1)
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "s/receipt.txt").symlink_to(precious)
    os.mkfifo(tmp_path / "s/receipt.json")
    bench.plug(tmp_path / "s")
    assert precious.read_text() == "precious"
    assert (tmp_path / "s/receipt.txt").is_file() and (tmp_path / "s/receipt.json").is_file()


def test_nothing_but_secrets_and_code_is_ever_wiped(tmp_path: Path) -> None:
    stick, outbox = tmp_path / "s", tmp_path / "o"
    stick.mkdir(), outbox.mkdir()
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (stick / "site.toml").write_text("x")
    (stick / "secrets.age").symlink_to(precious)
    (outbox / WIPE_LIST).write_text('["../precious", "site.toml", "secrets.age", "code.txt"]')
    (outbox / "receipt.txt").write_text("Wiped from the stick: secrets.age")
    faults = hand_back(outbox, stick)
    assert precious.read_text() == "precious"
    assert (stick / "site.toml").exists()
    assert [fault.split(":")[0] for fault in faults] == ["secrets.age", "code.txt"]
    assert "BUT NOT WIPED" in (stick / "receipt.txt").read_text()


@pytest.fixture
def ext4(tmp_path: Path) -> Iterator[Path]:
    """A loop device with an ext4 file system: the one kind that every kernel here can mount."""
    if os.geteuid() != 0 or not shutil.which("losetup"):
        pytest.skip("only root mounts")
    image = tmp_path / "ext4.img"
    with image.open("wb") as file:
        file.truncate(16 * 1024 * 1024)
    tool(["mkfs.ext4", "-q", "-L", "NIGHTPORTER", image])
    try:
        loop = tool(["losetup", "--find", "--show", image]).strip()
    except subprocess.CalledProcessError:
        pytest.skip("there are no loop devices")
    yield Path(loop)
    tool(["losetup", "--detach", loop])


def attached(device: Path, place: Path) -> dict[str, set[str]]:
    mount.attach(device, place)
    for line in Path("/proc/self/mounts").read_text().splitlines():
        words = line.split()
        if words[1] == str(place):
            return {"options": set(words[3].split(",")), "kind": {words[2]}}
    raise AssertionError("not mounted")


def test_a_stick_is_attached_read_only_without_programs_devices_and_links(
    ext4: Path, tmp_path: Path, bench: Bench, technician: Technician
) -> None:
    technician.stick(tmp_path / "made", 1, password="one", code=CODE)
    (tmp_path / "made/code.txt").write_text(CODE)
    place = tmp_path / "mnt"
    place.mkdir()
    tool(["mount", ext4, place])
    shutil.copytree(tmp_path / "made", place, dirs_exist_ok=True)
    (place / "link").symlink_to("site.toml")
    tool(["umount", place])
    try:
        found = attached(ext4, place)
        assert {"ro", "nosuid", "nodev", "noexec", "nosymfollow"} <= found["options"]
        with pytest.raises(OSError, match="symbolic links"):
            (place / "link").read_text()
        receipt = bench.session().run(place)
        assert receipt.outcome == "applied"
        fill_outbox(tmp_path / "outbox", receipt)
    finally:
        faults = mount.return_stick(place, tmp_path / "outbox")
    assert faults == []
    assert not place.exists()
    place.mkdir()
    tool(["mount", "-o", "ro", ext4, place])
    left = {path.name for path in place.iterdir()}
    tool(["umount", place])
    assert {"receipt.txt", "receipt.json", "site.toml"} <= left
    assert not left & {"secrets.age", "code.txt"}


def test_a_file_system_that_we_do_not_know_is_not_mounted(ext4: Path, tmp_path: Path) -> None:
    tool(["dd", "if=/dev/zero", f"of={ext4}", "bs=1M", "count=16", "status=none"])
    with pytest.raises(mount.ProvisioningError, match="holds no file system; format the stick"):
        mount.attach(ext4, tmp_path / "mnt")


@pytest.mark.parametrize("name", ["../../etc", "sdb1;reboot", "", "sdb 1", "/dev/sdb1"])
def test_only_a_plain_device_name_is_taken_from_the_unit(name: str) -> None:
    assert mount.main(["attach", name]) == 2


def test_an_unreadable_stick_is_one_clear_line(bench: Bench, tmp_path: Path) -> None:
    receipt = bench.session().run(tmp_path / "not-there")
    assert receipt.outcome == "refused"
    assert len(str(receipt.reason).splitlines()) == 1
    assert replace(receipt, reason=None).text().count("REFUSED.") == 1
