"""The box's call to itself: a conversation as any other, on a database that is thrown away.

So it can book nothing and leaves nobody a task; the office's list of calls keeps one marked row.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from gateway.appointments.calls import CallPage
from gateway.appointments.records import Outcome
from gateway.contract.call_link import CallOffered
from gateway.contract.self_call import REASON, SelfCallHeard, announced, write_heard
from gateway.contract.service import log_fields
from gateway.conversation.meaning import Context
from gateway.conversation.understanding import understand
from gateway.errors import NightporterError
from gateway.store.store import Store
from gateway.switchboard.premises import Premises
from gateway.switchboard.store_desk import StoreDesk

log = logging.getLogger(__name__)


@asynccontextmanager
async def premises_for(premises: Premises, offered: CallOffered) -> AsyncIterator[Premises]:
    """The premises of a call; of the box's own one, with a database for this call alone."""
    if not offered.self_call:
        yield premises
        return
    call = announced(premises.paths)
    with tempfile.TemporaryDirectory(prefix="self-call-", dir=premises.paths.runtime) as folder:
        place = Path(folder) / "nightporter.db"
        store = await asyncio.to_thread(Store.open, place, premises.settings)
        desk = StoreDesk(store)
        try:
            yield replace(premises, desk=desk)
            page = await desk.do(lambda store: store.call_page(offered.call_id))
        finally:
            desk.close()
    await _report(premises, page, call.token if call else "")


async def _report(premises: Premises, page: CallPage, token: str) -> None:
    """Tell the caller, who is the box itself, what was understood; and keep a marked row."""
    said = " ".join(turn["text"] for turn in page.turns if turn["who"] == "caller")
    context = Context(premises.wall_time(), premises.office.vocabulary)
    asks = understand(said, context).asks if said else None
    rung, now = page.summary.lowest_rung or 0, premises.now()
    try:
        topic = asks.value if asks else None
        heard = SelfCallHeard(token, said, topic, rung, time.time())
        write_heard(premises.paths, heard)
        await premises.desk.do(
            lambda store: store.call_ended(
                page.summary.id,
                Outcome.INFORMED,
                reason=REASON,
                lowest_rung=rung,
                rung_reasons=page.rung_reasons,
                said_something=False,
                now=now,
            )
        )
    except (NightporterError, OSError) as error:
        log.error("self-call-not-kept", extra=log_fields(kind=type(error).__name__))
