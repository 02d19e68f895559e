"""Sticks that somebody, or a bad flash chip, has been at; each from a seed."""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from provisioning.bundle import MANIFEST_NAME
from provisioning.sealing import public_half
from provisioning.signature import SIGNATURE_NAME, SignedComment
from provisioning.signing import sign
from provisioning.text import canonical
from tests.provisioning.workshop import Bench, Technician

Mutation = Callable[[random.Random, bytes], bytes]

EVIL = (
    b"../../etc/passwd", b"\x00", b"\x1b[2J\x1b]0;x\x07", b"\xe2\x80\xae", b"\xff\xfe\x00",
    b"[" * 3000,
    b"9" * 400, b"= " * 50, b'"""', b"\r", b"nan", b"-0", b"1e999", b"9999-12-31T23:59:59Z",
    b"%n%s",
    b"$(reboot)", b"'; DROP TABLE calls; --", b"\xed\xa0\x80", b"PK\x03\x04", b"\xf4\x90\x80\x80",
)  # fmt: skip
"""What breaks readers: paths, terminal codes, deep nesting, bad UTF-8, numbers out of range."""


def flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, len(data) - start + 1) :]


def insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(EVIL) + data[at:]


def repeat(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    return b"".join([*lines[:at], lines[at] * rng.choice((2, 3, 500)), *lines[at + 1 :]])


def shuffle(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def garbage(rng: random.Random, data: bytes) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 50, 5000, 70_000)))


MUTATIONS: tuple[Mutation, ...] = (flip, cut, insert, repeat, shuffle, garbage)


@dataclass(frozen=True)
class Tally:
    """What became of all of them."""

    refused: Counter[str]
    """Mutated file or "resigned" -> how many"""
    same: int
    """How many were not tried: only ends of lines had changed"""
    whole: int
    """How many were taken: the trusted signer's manifest was still one that lists the real files"""
    seconds: float
    """Time for all of them"""


def run(count: int, seed: int = 1) -> Tally:
    """Plug `count` mutated sticks into a settled box; AssertionError names a bad one's seed."""
    with TemporaryDirectory(prefix="nightporter-hostile-") as made:
        return _Hostile(Path(made)).run(count, seed)


class _Hostile:
    def __init__(self, folder: Path) -> None:
        self.technician = Technician.in_folder(folder / "technician")
        self.bench = Bench(folder / "box")
        self.technician.stick(folder / "first", 10)
        assert self.bench.plug(folder / "first").outcome == "applied"
        key = public_half(self.bench.session().box.own_key())
        self.technician.stick(folder / "good", 11, name="Evil", password="two", box_key=key)
        self.good = {p.name: p.read_bytes() for p in (folder / "good").iterdir()}
        self.stick = folder / "stick"
        self.stick.mkdir()
        self.saved = folder / "saved"
        shutil.copytree(self.bench.home, self.saved, symlinks=True)
        self.before_site = self.bench.paths.settings.read_bytes()
        self.before = tree(self.bench.home)

    def run(self, count: int, seed: int) -> Tally:
        started, refused = time.monotonic(), Counter[str]()
        same = whole = 0
        for number in range(seed, seed + count):
            files, what = self.mutated(random.Random(number))
            if self.unchanged(files):
                same += 1
                continue
            for name, data in files.items():
                (self.stick / name).write_bytes(data)
            receipt = self.bench.session().run(self.stick)
            if what == "resigned" and receipt.outcome == "applied":
                self.taken_and_reset(number)
                whole += 1
                continue
            assert receipt.outcome == "refused", (number, what, receipt)
            assert tree(self.bench.home) == self.before, f"seed {number} changed the box"
            first = str(receipt.reason).splitlines()[0]
            assert first.isprintable() and 20 < len(first) < 400, (number, first)
            receipt.text(), json.loads(receipt.json())
            refused[what] += 1
        return Tally(refused, same, whole, time.monotonic() - started)

    def taken_and_reset(self, number: int) -> None:
        """Nothing but the verified settings and secrets got in; put the box back."""
        generation = self.bench.paths.settings.resolve().parent
        site = (generation / "site.toml").read_bytes()
        # A manifest that lists less brings less; it never brings anything else.
        assert site in (self.good["site.toml"], self.before_site), f"seed {number}"
        shutil.rmtree(self.bench.home)
        shutil.copytree(self.saved, self.bench.home, symlinks=True)

    def mutated(self, rng: random.Random) -> tuple[dict[str, bytes], str]:
        """One file spoilt; or a manifest spoilt by somebody who holds the trusted key."""
        files = dict(self.good)
        if rng.random() < 0.3:
            return self.resigned(rng, files), "resigned"
        name = rng.choice([n for n in sorted(files) if n != "technician.pub"])
        for _ in range(rng.choice((1, 1, 1, 3))):
            data = files[name] or b"\n"
            files[name] = rng.choice(MUTATIONS)(rng, data)
        return files, name

    def resigned(self, rng: random.Random, files: dict[str, bytes]) -> dict[str, bytes]:
        manifest = rng.choice(MUTATIONS)(rng, files[MANIFEST_NAME])
        files[MANIFEST_NAME] = manifest
        text = manifest.decode("utf-8", errors="replace").replace("\0", "")
        comment = SignedComment("desk", "mill", 11, datetime(2099, 1, 1, tzinfo=UTC))
        text = canonical(text.encode(), "x")
        files[SIGNATURE_NAME] = sign(text, comment, self.technician.key, None).encode()
        return files

    def unchanged(self, files: dict[str, bytes]) -> bool:
        """Whether only what does not count was changed, so that the box may well take it."""
        for name, data in files.items():
            good = self.good[name]
            if name == "secrets.age":
                if data != good:
                    return False
                continue
            if name == SIGNATURE_NAME:
                continue
            try:
                if canonical(data, name) != canonical(good, name):
                    return False
            except Exception:  # noqa: BLE001 - no text at all: certainly changed
                return False
        # What stands before the base64 of a signature is for people and not signed.
        return files[SIGNATURE_NAME] == self.good[SIGNATURE_NAME] or _signed(
            files[SIGNATURE_NAME]
        ) == _signed(self.good[SIGNATURE_NAME])


def _signed(signature: bytes) -> list[bytes] | None:
    try:
        lines = canonical(signature, SIGNATURE_NAME).encode().splitlines()
    except Exception:  # noqa: BLE001 - no text at all: certainly changed
        return None
    return [line.strip() for line in lines[1:]]


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder: bytes of files, targets of links."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


if __name__ == "__main__":
    import logging

    logging.disable(logging.CRITICAL)
    tally = run(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    for what, times in sorted(tally.refused.items()):
        print(f"{times:6} refused, nothing changed: {what}")
    print(f"{tally.same:6} skipped: only ends of lines were changed")
    print(f"{tally.whole:6} taken: signed anew by the trusted key and still whole")
    total = tally.refused.total() + tally.same + tally.whole
    print(f"{total:6} mutated sticks in {tally.seconds:.0f} s")
