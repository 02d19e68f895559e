"""Which installed distributions the box needs, and their files."""

from __future__ import annotations

import re
import shutil
from importlib.metadata import Distribution, distributions
from pathlib import Path


def needed(name: str, extras: tuple[str, ...], site: Path) -> list[Distribution]:
    """What `name[extras]` needs, directly and indirectly, without itself."""
    from packaging.requirements import Requirement

    known = {_plain(str(d.metadata["Name"])): d for d in distributions(path=[str(site)])}
    wanted: dict[str, set[str]] = {}
    todo: list[tuple[str, tuple[str, ...]]] = [(name, extras)]
    while todo:
        current, chosen = todo.pop()
        plain = _plain(current)
        fresh = {"", *chosen} - wanted.get(plain, set())
        if not fresh or plain not in known:
            continue
        wanted.setdefault(plain, set()).update(fresh)
        for text in known[plain].requires or []:
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in fresh):
                todo.append((requirement.name, tuple(requirement.extras)))
    return [known[plain] for plain in sorted(wanted) if plain != _plain(name)]


def copy_distributions(found: list[Distribution], source: Path, site: Path) -> None:
    """Their files below site-packages; commands in bin/ are left behind."""
    for distribution in found:
        for file in distribution.files or []:
            if ".." in file.parts or "__pycache__" in file.parts:
                continue
            place = site / file
            place.parent.mkdir(parents=True, exist_ok=True)
            if (source / file).is_file():
                shutil.copy2(source / file, place)
    # Ours is installed from the checkout; what `importlib.metadata` needs of it is one file.
    for ours in source.glob("nightporter-*.dist-info"):
        (site / ours.name).mkdir()
        for name in ("METADATA", "entry_points.txt"):
            shutil.copy(ours / name, site / ours.name)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
