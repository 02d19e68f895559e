"""Yes, no and vague: what answers a closed question, and what only sounds like an answer."""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.conversation.acceptance_words import ACCEPTS, ALL_DONE, BOOKS_ANEW, NEGATED, TURNS_DOWN
from gateway.conversation.answer_words import (
    A_QUESTION,
    ADVERBS,
    BUT,
    CHANGE,
    DOUBLE_EDGED,
    HARMLESS_NO,
    LAST_WORD,
    MILD,
    NO,
    NO_BUT_FINE,
    NO_TROUBLE,
    NOTHING_MORE,
    REPLACES,
    THANKS,
    UNSURE,
    YES,
)
from gateway.conversation.commit_words import plain_of_reasons, weigh
from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Answer, Asked, Context, Intent, Value
from gateway.conversation.reaction_words import (
    ASKS_WHEN,
    BOOKS,
    INVERTED,
    NOT_TAKEN,
    SOMEBODY_ELSE,
    TAKEN,
    WHAT_IF,
)

_VALUES_ASKED = (Asked.SERVICE, Asked.DAY, Asked.TIME, Asked.PHONE, Asked.NAME)
_SHORT = 4
"""Words up to which "okay" and "right" are an answer and not the beginning of a sentence."""


def _value(heard: Heard, answer: Answer, match: re.Match[str], sure: float) -> Value[Answer]:
    return Value(answer, heard.plain.words(*match.span()), sure=sure)


def read_answer(
    heard: Heard, context: Context, changes: bool, picked: bool = False
) -> Value[Answer] | None:
    """Yes, no, vague or None.

    `changes`: a day or time was named, so "make it three" means no; unless it was `picked`, that is
    one of the offered times.
    """
    if not context.held:
        return _free(heard, context, changes, picked)
    plain = heard.plain
    without = replace(plain, text=plain_of_reasons(plain.text, context.act))
    found = _general(replace(heard, plain=without), context, changes)
    value = weigh(plain.text, context.act, found.value if found else None)
    if value is None or (found and value is found.value):
        return found
    return Value(value, heard.said, sure=0.85 if value is Answer.YES else 0.7)


def _free(heard: Heard, context: Context, changes: bool, picked: bool) -> Value[Answer] | None:
    """The answer where nothing would be committed: a day that was offered and named takes it."""
    text = heard.plain.text
    if picked and context.asked is Asked.YES_NO and not CHANGE.search(text):
        found = _general(heard, context, changes=False)
        return found or _value(heard, Answer.YES, _first_word(text), 0.6)
    found = _general(heard, context, changes)
    if found is not None or context.asked is not Asked.CHOICE or changes or picked:
        return found
    if WHAT_IF.match(text):
        return None
    refused = TURNS_DOWN.search(text) or NOT_TAKEN.search(text)
    return _value(heard, Answer.NO, refused, 0.7) if refused else None


def _first_word(text: str) -> re.Match[str]:
    found = re.match(r"\S+", text)
    assert found  # the text has words
    return found


def _general(heard: Heard, context: Context, changes: bool) -> Value[Answer] | None:
    """The answer, whatever it is that would be committed."""
    text = heard.plain.text
    if context.asked is Asked.NAME and not re.match(r"(?:yes|no|yeah|nope|okay|sure)\b", text):
        return None
    if WHAT_IF.match(text):
        return None
    done = NOTHING_MORE.search(text)
    if context.asked is Asked.OPEN and not changes and (over := ALL_DONE.search(text)):
        return _value(heard, Answer.NO, over, 0.7)
    closed = context.held or context.asked is Asked.YES_NO
    if done and not closed and not changes:
        yes = YES.search(HARMLESS_NO.sub("", NOTHING_MORE.sub("", text)))
        if not yes or context.asked is Asked.OPEN or NO.match(text):
            return _value(heard, Answer.NO, done, 0.8)
    if fine := NO_BUT_FINE.match(text) or NO_TROUBLE.match(text):
        return _no_but(heard, context, fine)
    # The same length, so that places in it are places in the text.
    without = HARMLESS_NO.sub(lambda match: "_" * len(match.group()), text)
    unsure = UNSURE.sub(lambda match: "_" * len(match.group()), text)
    yes, no = YES.search(unsure), NO.search(without)
    if yes and A_QUESTION.search(text[: yes.start()]):
        yes = YES.search(unsure, yes.end())
    if yes and not no and (denied := _denied(heard, without, yes)):
        return _value(heard, Answer.NO, denied, 0.8)
    if yes and no and not (no.start() <= yes.start() and yes.end() <= no.end()):
        return _both(heard, context, text, yes, no)
    if no:
        return _value(heard, Answer.NO, no, 0.95 if no.start() == 0 else 0.85)
    if yes:
        return _yes(heard, context, text, yes, changes)
    if done:
        return _value(heard, Answer.NO, done, 0.6)
    return _mild(heard, context, text, changes)


def _denied(heard: Heard, text: str, yes: re.Match[str]) -> re.Match[str] | None:
    """ "Can't do that", "don't confirm it": the "not" right before words of a yes."""
    denied = NEGATED.search(text[: yes.start()])
    first = heard.plain.number_at(yes.start())
    return None if denied is None or first in heard.plain.breaks else denied


def _no_but(heard: Heard, context: Context, fine: re.Match[str]) -> Value[Answer]:
    """ "No, that's fine", "no problem": neither yes nor no where something would be committed."""
    if context.asked is Asked.OPEN:
        return _value(heard, Answer.NO, fine, 0.8)
    if NO_TROUBLE.match(heard.plain.text) and not context.held:
        return _value(heard, Answer.YES, fine, 0.7)
    return _value(heard, Answer.VAGUE, fine, 0.6)


def _yes(
    heard: Heard, context: Context, text: str, yes: re.Match[str], changes: bool
) -> Value[Answer]:
    but = BUT.search(text, yes.end())
    change = CHANGE.search(text) if changes else None
    if context.held and (but or change or UNSURE.search(text) or DOUBLE_EDGED.match(text)):
        return _value(heard, Answer.VAGUE, yes, 0.5)
    if change and context.asked is Asked.YES_NO and yes.start() > 0:
        return _value(heard, Answer.NO, change, 0.6)
    sure = 0.95 if yes.start() == 0 else 0.85
    return _value(heard, Answer.YES, yes, 0.6 if but or UNSURE.search(text) else sure)


def _both(
    heard: Heard, context: Context, text: str, yes: re.Match[str], no: re.Match[str]
) -> Value[Answer]:
    """ "Yeah no", "no wait, yes": the last word wins, but nothing is committed on it."""
    if no.start() == yes.end() + 1 and yes.group() in ADVERBS:
        return _value(heard, Answer.NO, no, 0.85)  # "totally wrong"
    last_word = LAST_WORD.match(text)
    if context.held:
        clear = no.start() == 0 and not last_word
        return _value(heard, Answer.NO if clear else Answer.VAGUE, no, 0.7)
    if last_word:
        said_yes = last_word.group().split()[-1] in ("yes", "yeah")
        return _value(heard, Answer.YES if said_yes else Answer.NO, last_word, 0.7)
    if no.start() < yes.start():
        return _value(heard, Answer.NO, no, 0.85)
    return _value(heard, Answer.YES, yes, 0.7)


def _taken_or_not(heard: Heard, context: Context, changes: bool) -> Value[Answer] | None:
    """Acceptance or refusal without a yes or no; nothing is committed on it."""
    text = heard.plain.text
    if re.match(r"(?:what|when|where|how|who|which|why|if)\b(?! a| an| you| i (?:may|can))", text):
        return None
    if refused := TURNS_DOWN.search(text):
        return _value(heard, Answer.NO, refused, 0.7)
    if context.act in (None, Intent.BOOK, Intent.MOVE) and (bad := NOT_TAKEN.search(text)):
        # "That's too far": a reason for cancelling, where that is the question.
        return _value(heard, Answer.NO, bad, 0.65)
    if changes and CHANGE.search(text):
        return None
    if changes and not context.held and (anew := BOOKS_ANEW.search(text)):
        return _value(heard, Answer.YES, anew, 0.55)
    told = context.asked is None and not context.held and not SOMEBODY_ELSE.search(text)
    if told and (with_them := BOOKS.search(text)):
        return _value(heard, Answer.YES, with_them, 0.55)
    if taken := ACCEPTS.search(text) or (None if changes else TAKEN.search(text)):
        if _denied(heard, text, taken):
            return _value(heard, Answer.NO, taken, 0.7)
        return _value(heard, Answer.VAGUE if context.held else Answer.YES, taken, 0.65)
    return None


def _mild(heard: Heard, context: Context, text: str, changes: bool) -> Value[Answer] | None:
    """ "Okay", "mm", "maybe", or only another day: no clear word at all."""
    closed = context.held or context.asked is Asked.YES_NO
    if context.asked in (None, Asked.YES_NO) and (thin := _taken_or_not(heard, context, changes)):
        return thin
    if unsure := UNSURE.search(text):
        if closed or context.asked is None:
            return _value(heard, Answer.VAGUE, unsure, 0.7)
        return None
    change = CHANGE.search(text)
    if closed and (changes or re.search(r"\binstead\b(?! of)", text)):
        if not context.held and ASKS_WHEN.match(text):
            return None
        found = change or _first_word(text)
        return _value(heard, Answer.NO, found, 0.75 if change else 0.6)
    if context.asked is None and changes and (replaced := REPLACES.search(text)):
        return _value(heard, Answer.NO, replaced, 0.6)
    if context.asked is Asked.YES_NO and (thanks := THANKS.match(text)):
        # Thanks for what was put forward take it; nothing is committed on them.
        return _value(heard, Answer.VAGUE if context.held else Answer.YES, thanks, 0.6)
    mild = MILD.search(text)
    if mild is None:
        return None
    if context.held:
        return _value(heard, Answer.VAGUE, mild, 0.9)
    if context.asked in _VALUES_ASKED or re.match(r"(?:well|hm)", mild.group()):
        return None
    if mild.start() > 0 and (len(text.split()) > _SHORT or INVERTED.match(text)):
        return None
    return _value(heard, Answer.YES, mild, 0.6)
