"""Power lost at any moment leaves the old or the new, never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.disk import Disk
from tests.provisioning import cuts, power


@pytest.mark.parametrize("first", [True, False], ids=["first", "change"])
def test_a_power_cut_at_any_write_leaves_the_old_or_the_new(tmp_path: Path, first: bool) -> None:
    count = cuts.power_cuts(tmp_path, first=first)
    assert len(count.states) > 20
    assert count.found["old"] > 10 and count.found["new"] > 3


def test_the_test_above_would_find_a_folder_that_is_not_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets(self: power.Recorder, path: Path) -> None:
        if path.name.startswith("unfinished-"):
            return  # the names in a new generation are not yet on the disk when it is switched to
        self.steps.append(("sync-folder", str(path)))
        Disk.sync_folder(self, path)

    monkeypatch.setattr(power.Recorder, "sync_folder", forgets)
    with pytest.raises(AssertionError, match="a mixture"):
        cuts.power_cuts(tmp_path, first=False)
