"""What the office's list says about a call: the words of follow-ups, for people to read."""

from __future__ import annotations

from gateway.appointments.records import NoteDraft
from gateway.conversation.booking_form import ANYBODY, BookingForm
from gateway.conversation.memory import Conversation, Task
from gateway.conversation.reply import Reply

_WANTED = {
    Task.BOOK: "Wanted to book",
    Task.MOVE: "Wanted to move an appointment",
    Task.CANCEL: "Wanted to cancel an appointment",
    Task.WHEN: "Asked when their appointment is",
    Task.CONFIRM: "Wanted to confirm an appointment",
    Task.MESSAGE: "Wanted to leave a message",
    Task.CALL_BACK: "Wants to be called back",
}


def note_of(
    reply: Reply, reason: str, about: str | None = None, *, urgent: bool = False
) -> NoteDraft:
    """A note with all that is known of the caller and of what they wanted."""
    memory = reply.memory
    return NoteDraft(
        about=about if about is not None else wanted(memory),
        reason=reason,
        name=name_of(memory),
        phone=phone_of(memory),
        for_whom=memory.for_whom,
        urgent=urgent,
    )


def clip_about(reply: Reply, what: str) -> str:
    """What a recording of a name or number belongs to."""
    return f"The recording is the caller's {what}. {wanted(reply.memory)}"


def phone_of(memory: Conversation) -> str:
    """The number to call back on, as far as known."""
    said = memory.form.phone.value if memory.form.phone else memory.identity.phone
    return said or memory.call.caller or ""


def name_of(memory: Conversation) -> str:
    """The caller's name, as far as known."""
    return memory.form.name.value if memory.form.name else memory.identity.name or ""


def wanted(memory: Conversation) -> str:
    """What the caller wanted, in plain words."""
    head = _WANTED.get(memory.task, "Did not say what it is about")
    details = [_service(memory), *_when(memory.form)]
    if memory.form.practitioner and memory.form.practitioner.value != ANYBODY:
        details.append(f"with {memory.office.practitioner(memory.form.practitioner.value).name}")
    known = [detail for detail in details if detail]
    clips = [
        what
        for what, kept in (("name", memory.form.name_clip), ("number", memory.form.phone_clip))
        if kept
    ]
    more = f" Their {' and '.join(clips)}: in a recording of this call." if clips else ""
    if memory.pending.later:
        more += f' Also said: "{memory.pending.later}"'
    return head + (": " + ", ".join(known) if known else "") + "." + more


def _service(memory: Conversation) -> str:
    key = memory.form.service.value if memory.form.service else memory.identity.service
    return memory.office.service(key).name if key else ""


def _when(form: BookingForm) -> list[str]:
    if form.slot is not None:
        return [form.slot.start.strftime("%A %Y-%m-%d %H:%M")]
    return [value.words for value in (form.day, form.time) if value is not None and value.words]
