"""`nightporter stick`: make a stick, check one, make a key, trust a key."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gateway.contract.service import Paths
from gateway.errors import ProvisioningError
from provisioning import mount
from provisioning.box import Box
from provisioning.disk import Disk
from provisioning.parcel import open_parcel
from provisioning.plan import changed_fields
from provisioning.signature import key_from_file
from provisioning.signing import default_key, locked, new_key
from provisioning.stick import Stick
from provisioning.stick_make import LABEL, VALID_DAYS, Made, Order, make_stick

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group()
def stick() -> None:
    """Make and check USB sticks for a box."""


@stick.command()
@click.argument("place", type=click.Path(path_type=Path))
@click.option("--settings", type=FILE, help="The site.toml; asked for when missing.")
@click.option("--secrets", type=FILE, help="The secrets.toml; it is sealed, never copied.")
@click.option("--key", type=click.Path(path_type=Path), help="Your signing key.")
@click.option("--box-key", help="The box's key, age1..., from an earlier receipt.")
@click.option("--receipt", type=FILE, help="An earlier receipt.json of the box, for its key.")
@click.option("--code", help="One-time code to seal to; default: a new one, printed.")
@click.option("--serial", type=click.IntRange(min=1), help="Default: seconds of the epoch.")
@click.option("--days", type=click.IntRange(1, 3650), default=VALID_DAYS, show_default=True)
@click.option("--model", "models", multiple=True, type=FOLDER, help="Folder of a model to bring.")
@click.option("--package", type=FILE, help="Debian package to bring.")
@click.option("--trust", "trusted", multiple=True, type=FILE, help=".pub to trust from now on.")
@click.option("--yes", is_flag=True, help="Format a device without asking.")
def make(place: Path, **options: Any) -> None:
    """Make a stick at PLACE: a folder, or a device, which is formatted first."""
    order = _order(options)
    locked_key = locked(order.key)
    password = click.prompt(f"Password of {order.key}", hide_input=True) if locked_key else None
    with _writable(place, options["yes"]) as folder:
        made = make_stick(order, folder, password)
    _tell(made, place)


def _order(options: dict[str, Any]) -> Order:
    settings = options["settings"] or _ask_for_settings()
    box_key = options["box_key"]
    if options["receipt"]:
        box_key = json.loads(options["receipt"].read_text())["box_key"]
    secrets = options["secrets"] or _beside(settings)
    trusted = [key_from_file(file.read_bytes(), str(file)) for file in options["trusted"]]
    return Order(
        settings=settings,
        key=options["key"] or default_key(),
        secrets=secrets,
        typed=None if secrets else _ask_for_secrets(),
        box_key=box_key,
        code=options["code"],
        serial=options["serial"],
        days=options["days"],
        models=options["models"],
        package=options["package"],
        trusted_keys=tuple(trusted),
    )


def _ask_for_settings() -> Path:
    here = "site.toml" if Path("site.toml").is_file() else None
    found: Path = click.prompt("site.toml of the office", type=FILE, default=here)
    return found


def _beside(settings: Path) -> Path | None:
    beside = settings.with_name("secrets.toml")
    return beside if beside.is_file() else None


def _ask_for_secrets() -> str | None:
    """A technician at a keyboard is asked for the one password that nearly every office needs."""
    if not _at_a_keyboard():
        return None
    password = click.prompt(
        "Password of the extension (Enter: none; the box keeps what it has)",
        hide_input=True,
        default="",
        show_default=False,
    )
    return f"line_password = {json.dumps(password)}\n" if password else None


def _at_a_keyboard() -> bool:
    return sys.stdin.isatty()


def _tell(made: Made, place: Path) -> None:
    comment = made.comment
    click.echo(f"{place}: a stick for {comment.box} at {comment.site}, {made.bytes} bytes")
    click.echo(f"serial {comment.serial}, may be applied until {comment.expires:%Y-%m-%d}")
    click.echo(f"signed with key {made.signer.number}")
    for warning in made.warnings:
        click.echo(f"look: {warning}")
    if made.code:
        click.echo(f"\nOne-time code: {made.code}")
        click.echo("Tell it to the office by another way than the stick. It goes into a file")
        click.echo("code.txt on the stick, or is the one printed on the box's label.")


@contextmanager
def _writable(place: Path, yes: bool) -> Iterator[Path]:
    """A folder as it is; a device or an image file formatted as FAT32, filled, and detached."""
    if place.is_dir():
        yield place
        return
    if not place.exists():
        place.mkdir(parents=True)
        yield place
        return
    if not yes:
        click.confirm(f"Everything on {place} will be lost. Format it?", abort=True)
    _command(["mkfs.vfat", "-F", "32", "-n", LABEL, str(place)])
    with tempfile.TemporaryDirectory(prefix="nightporter-stick-") as made:
        yield Path(made)
        # mtools writes FAT without mounting, so a technician needs no more right than to the device
        entries = sorted(str(entry) for entry in Path(made).iterdir())
        _command(["mcopy", "-i", str(place), "-s", "-Q", *entries, "::/"])


def _command(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=False)
    except FileNotFoundError as error:
        raise ProvisioningError(
            f"{command[0]}: is not installed; apt install dosfstools mtools"
        ) from error
    if done.returncode:
        raise ProvisioningError(f"{command[0]}: {done.stderr.strip()}")


@stick.command()
@click.argument("place", type=click.Path(path_type=Path, exists=True))
def check(place: Path) -> None:
    """What this box would do with the stick at PLACE; changes nothing but makes the box's key."""
    box = Box(Paths.from_environment(), Disk())
    with _readable(place) as folder:
        parcel = open_parcel(Stick(folder), box)
        plan = parcel.plan
        click.echo(f"for {plan.comment.box} at {plan.comment.site}, serial {plan.comment.serial}")
        click.echo(f"signed with key {plan.signer.number}, expires {plan.comment.expires:%Y-%m-%d}")
        if plan.nothing_new:
            click.echo("was applied before: nothing would be changed")
        if plan.first:
            click.echo(f"the box would trust key {plan.signer.number} from then on")
        for file in plan.bundle.files:
            for _ in parcel.stick.blocks(file) if file.kind in ("model", "package") else ():
                pass
            click.echo(f"{file.kind}: {file.name}, {file.size} bytes, as signed")
        if parcel.settings_text is not None:
            changed = changed_fields(parcel.before.settings, parcel.settings_text)
            click.echo(f"settings that would change: {', '.join(changed) or 'none'}")
        click.echo("this box would take the stick")


@contextmanager
def _readable(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield place
        return
    folder = mount.MOUNTS / place.name
    mount.attach(place, folder)
    try:
        yield folder
    finally:
        mount.detach(folder)


@stick.command("key")
@click.argument("place", type=click.Path(path_type=Path), required=False)
@click.option("--no-password", is_flag=True, help="Do not protect it (for machines).")
def make_key(place: Path | None, no_password: bool) -> None:
    """Make your signing key, once."""
    place = place or default_key()
    password = None
    if not no_password:
        password = click.prompt(
            "Password for the new key", hide_input=True, confirmation_prompt=True
        )
    public = new_key(place, password)
    click.echo(f"{place}: made, number {public.number}; keep a copy in a safe place")
    click.echo(f"{place.with_suffix('.pub')}: the public half, may be given to anybody")


@stick.command()
@click.argument("public", type=FILE)
def trust(public: Path) -> None:
    """Have this box take sticks that are signed with the key PUBLIC (run at its console)."""
    key = key_from_file(public.read_bytes(), str(public))
    box = Box(Paths.from_environment(), Disk())
    with box.alone():
        place = box.trusted_by_hand
        before = place.read_text() if place.is_file() else ""
        if key.base64 not in before:
            unfinished = place.with_name(".trusted-keys.new")
            box.disk.write(unfinished, [f"{before}{key.base64}\n".encode()], 0o644)
            box.disk.rename(unfinished, place)
            box.disk.sync_folder(place.parent)
    click.echo(f"this box takes sticks signed with key {key.number}")
