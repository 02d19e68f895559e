"""Every exception of ours on one page, one sentence each, grouped by layer; imports nothing."""


class NightporterError(Exception):
    """Anything that Nightporter itself finds wrong; the message names the thing and the mend."""


# --- settings and files ---------------------------------------------------------------


class SettingsError(NightporterError):
    """A settings file is wrong; the message lists every fault with line, field and mend."""


# --- links between programs -----------------------------------------------------------


class LinkError(NightporterError):
    """A message between two of our programs cannot be read or sent."""


class LinkClosed(LinkError):
    """The other program closed the connection or died."""


class LinkTimeout(LinkError):
    """The other program did not answer within the deadline."""


# --- telephony ------------------------------------------------------------------------


class TelephonyError(NightporterError):
    """The SIP stack refused something."""


class RecordingError(TelephonyError):
    """A recording cannot be written, finished or repaired."""


# --- models ---------------------------------------------------------------------------


class ModelError(NightporterError):
    """A model or engine cannot do what was asked."""


class ModelMissing(ModelError):
    """A model that the settings name is not installed."""


class CatalogError(ModelError):
    """models/catalog.toml is wrong."""


class FetchError(ModelError):
    """A model cannot be fetched: no source answers, the hash is wrong, or the disk is full."""


# --- conversation ---------------------------------------------------------------------


class ConversationError(NightporterError):
    """The conversation was used wrongly by the program around it."""


class NoSuchTransition(ConversationError):
    """The event has no row in the table for this state; nothing was changed."""


class NoReceipt(ConversationError):
    """A sentence that claims a fact was built without the receipt of its committed row."""


# --- store ----------------------------------------------------------------------------


class StoreError(NightporterError):
    """The database refused or cannot be reached."""


class SlotTaken(StoreError):
    """Somebody else has the slot."""


class RowRefused(StoreError):
    """A row breaks one of the database's own rules."""


class StaleRevision(StoreError):
    """The appointment was changed by somebody else in the meantime."""


class NotFound(StoreError):
    """There is no such row."""


class JournalBroken(StoreError):
    """The hash chain of the journal does not verify."""


# --- sync and fleet -------------------------------------------------------------------


class SyncError(NightporterError):
    """The MQTT side cannot do what was asked."""


class MessageRefused(SyncError):
    """A message from outside is malformed, foreign, expired, replayed or of an unknown version."""


class CommandRefused(MessageRefused):
    """An operator's command is not obeyed; `refusal` is the code that the result names."""

    def __init__(self, refusal: str, reason: str) -> None:
        super().__init__(f"{refusal}: {reason}")
        self.refusal = refusal


class FleetDatabaseError(SyncError):
    """The fleet console's database cannot be opened, read or written."""


class CommandFailed(SyncError):
    """The console cannot send a command: no key, no such box, or a wrong argument."""


# --- calendar bridge ------------------------------------------------------------------


class CalendarError(SyncError):
    """The office's calendar cannot do what was asked."""


class CalendarAway(CalendarError):
    """The calendar's server does not answer, or not as one; the bridge tries again."""


class CalendarChanged(CalendarError):
    """Something else stands in the calendar than the bridge knew; nothing was written."""


class CalendarGone(CalendarError):
    """The event or the calendar is not there."""


class CalendarRefused(CalendarError):
    """The calendar's server does not accept an event."""


class EntryRefused(CalendarError):
    """An event of the calendar cannot be understood or expanded; what was known of it is kept."""


# --- provisioning ---------------------------------------------------------------------


class ProvisioningError(NightporterError):
    """A stick, bundle or package cannot be applied; nothing was changed."""


class BundleRefused(ProvisioningError):
    """The bundle is unsigned, foreign, replayed, expired, oversized or malformed."""


# --- programs -------------------------------------------------------------------------


class StartRefused(NightporterError):
    """A program cannot start; the message names what is missing and the mend."""
