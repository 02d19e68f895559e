"""One stick from the first byte to the receipt; whatever happens, there is a receipt."""

from __future__ import annotations

import json
import logging
import signal
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from gateway.contract.service import Paths, log_fields, write_atomically
from gateway.errors import NightporterError, ProvisioningError
from provisioning.apply import apply
from provisioning.box import Box
from provisioning.disk import Disk
from provisioning.hand_back import WIPE_LIST
from provisioning.judge import Judge, judge
from provisioning.parcel import Parcel, open_parcel
from provisioning.plan import BoxState
from provisioning.programs import Programs
from provisioning.proof import Prove, prove
from provisioning.receipt import JSON_NAME, TEXT_NAME, Receipt
from provisioning.sealing import public_half
from provisioning.stick import Stick

log = logging.getLogger(__name__)

RECEIPTS_KEPT = 20
"""Copies on the box, for the technician who lost the stick."""


class Session:
    """Reads one stick for one box."""

    def __init__(
        self,
        paths: Paths,
        *,
        disk: Disk | None = None,
        programs: Programs | None = None,
        prove: Prove = prove,
        judge: Judge = judge,
    ) -> None:
        self.box = Box(paths, disk or Disk(), judge)
        self.programs = programs or Programs(paths)
        self.prove = prove

    def run(self, folder: Path) -> Receipt:
        """Do everything that the stick asks for and that it may; the receipt says what was done."""
        parcel: Parcel | None = None
        before = BoxState()
        try:
            with self.box.alone():
                before = self.box.state()
                parcel = open_parcel(Stick(folder), self.box)
                # From here on a stick that is pulled out stops nothing: finish or take back.
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                applied = apply(parcel, self.box, self.programs, self.prove)
        except (NightporterError, OSError) as error:
            return self._refused(_words(error), parcel, before)
        receipt = replace(
            self._blank(parcel, self.box.state()),
            outcome=applied.outcome,
            reason=applied.reason,
            items=applied.items,
            proof=applied.proof,
            changed=applied.changed,
            wiped=applied.wipe,
            trusts_from_now=parcel.plan.signer.number if parcel.plan.first else None,
        )
        log.info("stick", extra=log_fields(outcome=receipt.headline, serial=receipt.serial))
        if receipt.trusts_from_now:
            log.warning("stick-key-trusted", extra=log_fields(key=receipt.trusts_from_now))
        return receipt

    def _refused(self, why: str, parcel: Parcel | None, before: BoxState) -> Receipt:
        first = why.splitlines()[0] if why else "unknown"
        log.error("stick-refused", extra=log_fields(why=first))
        return replace(self._blank(parcel, before), outcome="refused", reason=why, proof=())

    def _blank(self, parcel: Parcel | None, state: BoxState) -> Receipt:
        plan = parcel.plan if parcel else None
        return Receipt(
            outcome="refused",
            at=datetime.now().astimezone().isoformat(timespec="seconds"),
            box=state.box,
            site=state.site,
            box_key=self._box_key(),
            serial=plan.comment.serial if plan else None,
            signer=plan.signer.number if plan else None,
            trusts_from_now=None,
            reason=None,
            items=(),
            proof=(),
        )

    def _box_key(self) -> str:
        try:
            return public_half(self.box.own_key())
        except (ProvisioningError, OSError) as error:
            return f"(this box has no key: {error})"


def _words(error: NightporterError | OSError) -> str:
    if isinstance(error, NightporterError):
        return str(error)
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}; look at the disk of the box, then try again"


def fill_outbox(outbox: Path, receipt: Receipt) -> None:
    """Lay out for hand_back what goes to the stick."""
    outbox.mkdir(parents=True, exist_ok=True)
    (outbox / TEXT_NAME).write_text(receipt.text(), newline="", encoding="utf-8")
    (outbox / JSON_NAME).write_text(receipt.json(), encoding="utf-8")
    (outbox / WIPE_LIST).write_text(json.dumps(list(receipt.wiped)))


def keep_copy(paths: Paths, receipt: Receipt) -> None:
    """A copy on the box; the oldest go."""
    folder = paths.state / "receipts"
    folder.mkdir(parents=True, exist_ok=True)
    name = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    write_atomically(folder / f"{name}.json", receipt.json().encode())
    for old in sorted(folder.glob("*.json"))[:-RECEIPTS_KEPT]:
        old.unlink(missing_ok=True)
