"""English sentences about booking, moving and cancelling; several wordings where they repeat."""

from __future__ import annotations

BOOKING: dict[str, tuple[str, ...]] = {
    # --- what for, and when
    "ask-service": ("Sure. What is it for?", "What would you like to come in for?"),
    "ask-service-small": (
        "For example: {services}. Which is it?",
        "Which of these is it: {services}?",
    ),
    "one-then-other": (
        "First {a_service}, then {a_service2}.",
        "One after the other: {a_service}, then {a_service2}.",
    ),
    "one-by-one": ("I book them one at a time. The first one now.", "One at a time, then."),
    "ask-day": ("When would you like to come?", "Which day would suit you?"),
    "ask-day-small": (
        "Just the day, please. For example: Tuesday.",
        "Which day of the week, please?",
    ),
    "ask-same-time": (
        "I can't see from here which time that was. Which day and time shall it be?",
        "Which day and what time shall that be?",
    ),
    "ask-which-day": (
        "Do you mean {day1}, or {day2}?",
        "Sorry, which one: {day1}, or {day2}?",
    ),
    "ask-which-time": (
        "In the morning, or in the afternoon?",
        "Is that morning, or afternoon?",
    ),
    "no-such-day": ("I don't think that day exists.", "That day isn't in the calendar."),
    "day-gone": ("That day has passed.", "That is in the past already."),
    "too-far-ahead": ("I can't book that far ahead.", "The book isn't open that far ahead yet."),
    "one-moment": ("One moment.", "Let me look.", "Just a second."),
    # --- offers
    "offer-one": (
        "I have {offers}. Would that suit you?",
        "There is {offers}. Is that all right?",
    ),
    "offer": ("I have {offers}. Which suits you?", "There is {offers}. Which would you like?"),
    "offer-small": (
        "Shall I read them again? Or say: another day.",
        "Which one: the first, the second or the third? Or say: another day.",
    ),
    "offer-one-small": ("Please say yes, or name another day.", "Is that a yes, or another day?"),
    "closed-day": ("We are closed {on_day}.", "The office is closed {on_day}."),
    "closed-holiday": (
        "We are closed {on_day}, {holiday}.",
        "The office is closed {on_day}, {holiday}.",
    ),
    "open-then": ("Our hours {on_day} are {hours}.", "That day we are here {hours}."),
    "day-full": ("There's nothing free {on_day}.", "It's all taken {on_day}."),
    "time-taken": ("That time isn't free.", "I'm afraid that time is taken."),
    "time-gone": ("That time has passed already.", "It's later than that now."),
    "as-it-stands": ("That is when it is now.", "It stands at that time already."),
    "wish-missed": ("There's nothing quite like that.", "I don't have just that."),
    "other-practitioner": ("That would be with {practitioner}.",),
    "nobody-of-that-name": (
        "There is nobody of that name here. You can see {practitioners}.",
        "I have nobody of that name. There is {practitioners}.",
    ),
    "does-not-do": ("{practitioner} doesn't do that here.",),
    "no-more-times": ("That's all I can find.", "I don't see anything else."),
    "nothing-free": ("I can't find a free time at all just now.",),
    "just-gone": ("I'm sorry, that time has just gone.", "Oh, somebody has just taken that one."),
    "slot-free": ("{on_day} {at_time} is free.",),
    # --- read-back and commit
    "read-back": (
        "So that's {a_service} {with_practitioner}, {on_day} {at_time}, for {name}.",
        "That's {a_service} {with_practitioner}, {on_day} {at_time}, for {name}.",
    ),
    "read-back-no-name": (
        "So that's {a_service} {with_practitioner}, {on_day} {at_time}.",
        "That's {a_service} {with_practitioner}, {on_day} {at_time}.",
    ),
    "ask-book": ("Shall I book it?", "Shall I book that for you?"),
    "ask-book-small": (
        "To book it, please say yes, or press one. Otherwise say no, or press two.",
        "A clear yes, please, or press one. Say no, or press two, to change it.",
    ),
    "ask-request": (
        "Shall I put you down for that? The office then confirms {confirms_by}.",
        "Shall I put that down? The office confirms it {confirms_by}.",
    ),
    "ask-change": (
        "What shall I change: the day, the time, the name or the number?",
        "All right. What should be different?",
    ),
    "ask-change-small": (
        "Say the day, the time, the name or the number. Or say: forget it.",
        "For example: another day. Or say: forget it.",
    ),
    "not-yet": ("Not yet.", "No, not yet."),
    "this-not-yet": ("But not this one yet.", "This one isn't, not yet."),
    "dropped": ("All right, I'll leave it.", "Fine, we'll leave that."),
    # --- an appointment that stands
    "ask-identify": (
        "Sure. To find it: your name, please, and the day of the appointment?",
        "To find it, I need your name and the day.",
    ),
    "ask-identify-name": ("What name is it under?", "And the name, please?"),
    "ask-identify-day": ("Which day is the appointment?", "And the day of the appointment?"),
    "ask-identify-phone": (
        "And the telephone number it was booked with?",
        "Which number was it booked with?",
    ),
    "ask-identify-small": (
        "Just your name and the day, please.",
        "The name first, please, then the day.",
    ),
    "not-found": (
        "I can't find one like that.",
        "No, I can't find that.",
        "Sorry, that doesn't fit anything here.",
    ),
    "not-found-message": ("I'm sorry, I can't find it. Please leave a message for the office.",),
    "your-appointment": (
        "That's {a_service} {with_practitioner}, {on_day} {at_time}.",
        "Here it is: {a_service} {with_practitioner}, {on_day} {at_time}.",
    ),
    "your-request": (
        "That's {a_service} {with_practitioner}, {on_day} {at_time}; "
        "the office still has to confirm it.",
    ),
    "several-appointments": (
        "I see {appointments}. Which one?",
        "Which of these: {appointments}?",
    ),
    "ask-which-small": (
        "Say the day, please, or the first, or the second.",
        "Which day is it?",
    ),
    "ask-new-day": ("When would you like to come instead?", "Which day would suit you better?"),
    "read-back-move": (
        "So I move it to {day} {at_time}, {with_practitioner}.",
        "The new time is {day} {at_time}, {with_practitioner}.",
    ),
    "ask-move": ("Shall I do that?", "Shall I move it?"),
    "ask-move-small": (
        "To move it, please say yes, or press one. Otherwise say no, or press two.",
        "A clear yes, please, or press one. Say no, or press two, to leave it.",
    ),
    "ask-cancel": ("Shall I cancel it?", "Do you want me to cancel it?"),
    "ask-cancel-late": (
        "That's at short notice. Shall I still cancel it?",
        "It's rather late for that. Shall I cancel it?",
    ),
    "ask-cancel-small": (
        "To cancel it, please say yes, or press one. To keep it, say no, or press two.",
        "A clear yes, please, or press one. To keep it, say no, or press two.",
    ),
    "kept": ("All right, it stays as it is.", "Fine, everything stays as it was."),
    "too-many-bookings": (
        "I can't book any more for this number; the office can.",
        "That's as many as I may book for this number; the office can do more.",
    ),
    "too-many-calls": ("I can only take a message for this number just now.",),
    "resume": (
        "We were cut off before. Shall we go on with your booking?",
        "Shall we go on with the booking from before?",
    ),
    "resume-change": (
        "We were cut off before. Shall we go on with your appointment?",
        "Shall we go on with the appointment from before?",
    ),
    "resume-small": ("Yes to go on, or no to start again.", "Shall we go on: yes or no?"),
}
