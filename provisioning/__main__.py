"""`python -m provisioning /dev/sdX1|FOLDER`: read one stick, apply it, leave a receipt."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import click

from gateway.contract.service import Paths, log_fields, start_logging
from gateway.errors import NightporterError
from provisioning import mount
from provisioning.hand_back import hand_back
from provisioning.light import Light
from provisioning.receipt import Receipt
from provisioning.session import Session, fill_outbox, keep_copy
from provisioning.voice import say

log = logging.getLogger(__name__)

EXIT = {"applied": 0, "nothing-new": 0, "applied-with-faults": 3, "taken-back": 1, "refused": 1}


@click.command()
@click.argument("place", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--outbox",
    type=click.Path(path_type=Path),
    help="Leave the receipt here; another command takes it to the stick.",
)
@click.option("--quiet", is_flag=True, help="No light and no voice.")
def main(place: Path, outbox: Path | None, quiet: bool) -> None:
    """Read the stick at PLACE, a device or a folder, and do what it says."""
    start_logging("provisioning")
    paths = Paths.from_environment()
    try:
        receipt = _read(place, outbox, paths, quiet)
    except (NightporterError, OSError) as error:
        click.echo(f"nightporter: {error}", err=True)
        sys.exit(1)
    click.echo(receipt.text().replace("\r\n", "\n"))
    sys.exit(EXIT[receipt.headline])


def _read(place: Path, outbox: Path | None, paths: Paths, quiet: bool) -> Receipt:
    if place.is_dir() and outbox is not None:
        return _run(place, outbox, paths, quiet)
    with tempfile.TemporaryDirectory(prefix="nightporter-outbox-") as made:
        if place.is_dir():
            return _run(place, Path(made), paths, quiet, attached=place)
        folder = mount.MOUNTS / place.name
        mount.attach(place, folder)
        try:
            return _run(folder, Path(made), paths, quiet)
        finally:
            _complain(mount.return_stick(folder, Path(made)))


def _run(
    folder: Path, outbox: Path, paths: Paths, quiet: bool, attached: Path | None = None
) -> Receipt:
    light = None if quiet else Light()
    if light:
        light.reading()
    receipt = Session(paths).run(folder)
    fill_outbox(outbox, receipt)
    try:
        keep_copy(paths, receipt)
    except OSError as error:
        log.warning("receipt-not-kept", extra=log_fields(why=error))
    if attached:
        _complain(hand_back(outbox, attached))
    _show(receipt, light, paths)
    return receipt


def _show(receipt: Receipt, light: Light | None, paths: Paths) -> None:
    if light is None:
        return
    well = receipt.headline in ("applied", "nothing-new")
    say(receipt.spoken, paths, well=well)
    new_key = receipt.trusts_from_now is not None
    if not well:
        light.refused()
    if well or new_key:
        light.applied(new_key=new_key)


def _complain(faults: list[str]) -> None:
    for fault in faults:
        log.warning("stick-not-written", extra=log_fields(why=fault))


if __name__ == "__main__":
    main()
