"""fleet.toml, typed: where the operator's broker is, where the console keeps what it knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, model_validator

from gateway.contract.settings import Broker, Key, Table
from gateway.contract.settings_file import load_table
from gateway.errors import SettingsError


class ConsoleBroker(Broker):
    """The operator's broker."""

    password_file: str | None = Field(
        default=None, description="File that holds the password of the user, mode 0600."
    )

    @model_validator(mode="after")
    def _parts_agree(self) -> ConsoleBroker:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file go together; give both or neither")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together; give both or neither")
        return self


class Console(Table):
    """This console."""

    database: str = Field(
        default="fleet.db",
        description="SQLite file with all that the console knows; made when it is not there.",
    )
    key_file: str = Field(
        default="operator.key", description="The operator's own key, made by `fleet key`."
    )
    group: Key | None = Field(
        default=None,
        description="Consoles of one group use one database and share the messages among "
        "themselves (a shared subscription); absent: this console reads all by itself.",
    )
    history_days: int = Field(
        default=35, ge=2, le=400, description="Days that calls, states and closed alerts are kept."
    )
    max_boxes: int = Field(
        default=200_000, ge=1, le=10_000_000,
        description="Boxes beyond these are refused: a broker taken over cannot fill the disk.",
    )  # fmt: skip
    ask_above: int = Field(
        default=5, ge=1, le=1_000_000,
        description="`restart` and `settings` to more boxes than this need --yes.",
    )  # fmt: skip


class Alerting(Table):
    """What the console itself watches for; everything else the boxes say themselves."""

    lost_after_s: float = Field(
        default=120, ge=0, le=86_400,
        description="Seconds that a box may be lost before an alert is opened: a router that dials "
        "in anew is no alert. The table shows it at once.",
    )  # fmt: skip
    silent_after_s: float = Field(
        default=300, ge=1, le=86_400,
        description="Seconds without a word from a box, which speaks each minute, until it counts "
        "as lost although its broker has not noticed.",
    )  # fmt: skip
    flap_s: float = Field(
        default=3600, ge=0, le=604_800,
        description="An alert that comes back within so many seconds of its end is the same alert, "
        "counted once more.",
    )  # fmt: skip
    no_calls_days: float = Field(
        default=2, ge=1, le=60,
        description="Days without a call, at least, until that is an alert; also at least twice "
        "the longest such time before.",
    )  # fmt: skip


class FleetSettings(Table):
    """The whole of fleet.toml."""

    broker: ConsoleBroker
    console: Console = Console()
    alerts: Alerting = Alerting()


def default_path(environ: Mapping[str, str] = os.environ) -> Path:
    """NIGHTPORTER_FLEET, or fleet.toml in the user's own configuration folder."""
    named = environ.get("NIGHTPORTER_FLEET")
    if named:
        return Path(named)
    base = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "nightporter" / "fleet.toml"


def load(path: Path) -> FleetSettings:
    """Read fleet.toml; SettingsError lists every fault with line and mend.

    Relative names of files are taken from the folder of fleet.toml.
    """
    if not path.exists():
        raise SettingsError(
            f"{path}: there is no such file; write it with a [broker] table (docs/operator.md has "
            "an example), or name another with --config"
        )
    read = load_table(path, FleetSettings)
    folder = path.absolute().parent

    def placed(name: str | None) -> str | None:
        return None if name is None else str(folder / Path(name).expanduser())

    broker = read.broker.model_copy(
        update={
            field: placed(getattr(read.broker, field))
            for field in ("ca", "certificate", "key", "password_file")
        }
    )
    console = read.console.model_copy(
        update={field: placed(getattr(read.console, field)) for field in ("database", "key_file")}
    )
    return FleetSettings.model_construct(broker=broker, console=console, alerts=read.alerts)


def password(broker: ConsoleBroker) -> str | None:
    """The broker's password; SettingsError when the file is unreadable or open to others."""
    if broker.password_file is None:
        return None
    path = Path(broker.password_file)
    refuse_open_file(path, "broker.password_file")
    return path.read_text().strip()


def refuse_open_file(path: Path, field: str) -> None:
    """SettingsError unless a secret file is there and nobody else may read it."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise SettingsError(f"{path}: {field}: cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise SettingsError(f"{path}: {field}: others may read it; run: chmod 600 {path}")
