"""A disk that records what is written to it, and what is left of that after a power cut."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.disk import Disk

Step = tuple[str, str] | tuple[str, str, str] | tuple[str, str, bytes]
"""What is done, to which path, and the target or the bytes."""


@dataclass
class Recorder(Disk):
    """Writes like the real disk and keeps a list of the steps."""

    steps: list[Step] = field(default_factory=list)
    """In order"""

    def make_folder(self, path: Path, mode: int) -> None:
        if not path.is_dir():
            self.steps.append(("folder", str(path)))
        super().make_folder(path, mode)

    def write(self, path: Path, blocks: Iterable[bytes], mode: int) -> None:
        data = b"".join(blocks)
        # Three moments: the name is there, the bytes are on their way, the bytes are on the disk.
        self.steps += [("create", str(path)), ("bytes", str(path), data), ("sync", str(path))]
        super().write(path, [data], mode)

    def link(self, path: Path, target: str) -> None:
        self.steps.append(("link", str(path), target))
        super().link(path, target)

    def rename(self, old: Path, new: Path) -> None:
        self.steps.append(("rename", str(old), str(new)))
        super().rename(old, new)

    def sync_folder(self, path: Path) -> None:
        self.steps.append(("sync-folder", str(path)))
        super().sync_folder(path)

    def remove(self, path: Path) -> None:
        if not path.is_symlink() and path.is_dir():
            for entry in sorted(path.iterdir()):
                self.remove(entry)
        if path.is_symlink() or path.exists():
            self.steps.append(("remove", str(path)))
        super().remove(path)

    def exchange(self, one: Path, other: Path) -> None:
        self.steps.append(("exchange", str(one), str(other)))
        super().exchange(one, other)


@dataclass(eq=False)
class Link:
    """A symbolic link."""

    target: str
    """Where it leads; never changes"""


@dataclass(eq=False)
class File:
    """The bytes of a file."""

    now: bytes
    """What a reader sees"""
    sure: bytes
    """What is on the disk for certain, after `sync`"""


@dataclass(eq=False)
class Folder:
    """Names and what they lead to."""

    now: dict[str, Node] = field(default_factory=dict)
    """What a reader sees"""
    sure: dict[str, Node] = field(default_factory=dict)
    """What is on the disk for certain, after `sync-folder`"""


Node = Link | File | Folder


class Platter:
    """A file system as a power cut sees it: what was asked for, and what surely got there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.top = _read(root)

    def do(self, step: Step) -> None:
        what, path = step[0], Path(step[1])
        folder, name = self._folder(path.parent), path.name
        if what == "folder":
            folder.now[name] = Folder()
        elif what == "create":
            folder.now[name] = File(b"", b"")
        elif what == "bytes" and isinstance(step[-1], bytes):
            self._file(folder, name).now = step[-1]
        elif what == "sync":
            file = self._file(folder, name)
            file.sure = file.now
        elif what == "link":
            folder.now[name] = Link(str(step[-1]))
        elif what == "remove":
            del folder.now[name]
        elif what == "exchange":
            other = Path(str(step[-1]))
            there = self._folder(other.parent)
            folder.now[name], there.now[other.name] = there.now[other.name], folder.now[name]
        elif what == "rename":
            new = Path(str(step[-1]))
            self._folder(new.parent).now[new.name] = folder.now.pop(name)
        else:
            assert what == "sync-folder", what
            found = self._folder(path)
            found.sure = dict(found.now)

    def left(self, kind: str) -> list[tuple[Path, bytes | str | None]]:
        """What a cut leaves: "all" if everything just made it, "sure" if only what had to."""
        found: list[tuple[Path, bytes | str | None]] = []

        def walk(folder: Folder, place: Path) -> None:
            found.append((place, None))
            for name, node in sorted((folder.now if kind == "all" else folder.sure).items()):
                if isinstance(node, Folder):
                    walk(node, place / name)
                elif isinstance(node, Link):
                    found.append((place / name, node.target))
                else:
                    found.append((place / name, node.now if kind == "all" else node.sure))

        walk(self.top, Path())
        return found

    def _folder(self, path: Path) -> Folder:
        if path == self.root.parent:
            return Folder(now={self.root.name: self.top})
        found = self.top
        for part in path.relative_to(self.root).parts:
            inner = found.now[part]
            assert isinstance(inner, Folder), path
            found = inner
        return found

    @staticmethod
    def _file(folder: Folder, name: str) -> File:
        file = folder.now[name]
        assert isinstance(file, File), name
        return file


def _read(path: Path) -> Folder:
    folder = Folder()
    for entry in path.iterdir():
        node: Node
        if entry.is_symlink():
            node = Link(str(entry.readlink()))
        elif entry.is_dir():
            node = _read(entry)
        else:
            node = File(entry.read_bytes(), entry.read_bytes())
        folder.now[entry.name] = folder.sure[entry.name] = node
    return folder


def lay_out(left: list[tuple[Path, bytes | str | None]], place: Path) -> str:
    """Write that state into a folder; returns a hash of it, so that equal states count once."""
    if place.exists():
        shutil.rmtree(place)
    for name, content in left:
        path = place / name
        if content is None:
            path.mkdir(parents=True)
        elif isinstance(content, str):
            path.symlink_to(content)
        else:
            path.write_bytes(content)
            path.chmod(0o600)
    return hashlib.sha256(repr(left).encode()).hexdigest()
