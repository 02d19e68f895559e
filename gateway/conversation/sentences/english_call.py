"""English sentences about everything else in a call; several wordings where they repeat."""

from __future__ import annotations

CALL: dict[str, tuple[str, ...]] = {
    # --- open questions
    "ask-open": ("How can I help you?", "What can I do for you?"),
    "ask-open-small": (
        "You can say: book, cancel, opening hours, or: a person.",
        "For example: book an appointment. Or say: a person.",
    ),
    "anything-else": (
        "Is there anything else?",
        "Anything else I can do?",
        "What else can I do for you?",
    ),
    "next-thing": ("Now the other thing.", "And the other thing."),
    "silent-open": (
        "I'm listening. Say what you need, or say: a person.",
        "Take your time. You can also say: a person.",
    ),
    # --- name and number
    "ask-name": ("What name shall I put it under?", "Your name, please?"),
    "ask-name-small": (
        "Just your first and last name, please.",
        "Your first and your last name, please?",
    ),
    "ask-spelling": (
        "Could you spell your name for me, letter by letter?",
        "Please spell it for me, one letter at a time.",
    ),
    "ask-client-name": (
        "And the full name of the person who is coming?",
        "First and last name of the person who is coming, please?",
    ),
    "ask-which-hour": ("Which hour, please?", "And the hour?"),
    "thanks-name": ("Thank you, {name}.", "Thanks, {name}."),
    "ask-name-check": ("Is your name {name}?", "{name}: is that right?"),
    "ask-name-spelled": ("I have {spelled}. Is that right?", "So that's {spelled}. Right?"),
    "ask-name-check-small": (
        "Is that right: yes or no?",
        "Yes if the name is right, otherwise no.",
    ),
    "ask-phone": (
        "What number can we reach you on?",
        "Your telephone number, please?",
    ),
    "ask-phone-small": (
        "Digit by digit, please, or type it on your keys.",
        "The number once more, slowly, please, or type it in.",
    ),
    "number-needed": (
        "I can't book without a number that I have read back to you.",
        "Without a number I can only take a message.",
    ),
    "more-digits": ("Yes, go on.", "And the rest?"),
    "phone-too-short": ("That's too short for a number.", "Some digits are missing, I think."),
    "ask-this-number": (
        "Is {phone} the best number for you?",
        "Shall I put down the number you're calling from, {phone}?",
    ),
    "ask-this-number-recorded": (
        "Is this number the best one for you?",
        "Shall I put down the number you're calling from?",
    ),
    "ask-phone-check": ("I have {phone}. Is that right?", "So that's {phone}. Correct?"),
    "ask-phone-slow": (
        "I'll say it slowly: {slow_phone}. Is every digit right?",
        "Slowly, then: {slow_phone}. Is that right?",
    ),
    "ask-phone-check-small": (
        "Yes, or press one, if the number is right. No, or press two, if it isn't.",
        "Is the number right: yes or no?",
    ),
    "type-phone": (
        "Please type the number on your keys, then press {hash}.",
        "Type the number, please, and end with the {hash} key.",
    ),
    "say-phone-recorded": (
        "After the tone, please say your number slowly, then press {hash}.",
        "Say your number after the tone, please, then press {hash}.",
    ),
    "say-name-recorded": (
        "After the tone, please say your name and spell it, then press {hash}.",
        "Say your name after the tone, please, then press {hash}.",
    ),
    # --- facts
    "fact": ("{fact}",),
    "hours-day": ("{On_day} we are open {hours}.", "Our hours {on_day} are {hours}."),
    "hours-week": ("We are open {week}.", "Our hours are: {week}."),
    "services": ("We do {services}.", "People come to us for {services}."),
    "practitioners": ("Here you can see {practitioners}.", "There is {practitioners}."),
    "who-are-you": (
        "I'm the automated assistant of {office}, not a person. For a person, say: a person.",
        "This is {office}. I'm an automated assistant. For a person, say: a person.",
    ),
    "private": (
        "I can't say who comes here.",
        "Other people's appointments are private.",
    ),
    "no-fact": ("I can't answer that here.", "I'm afraid I don't know that."),
    "no-advice": ("I can't give advice.", "That's for the office to say, not me."),
    # --- people and messages
    "putting-through": ("One moment, I'll put you through.",),
    "nobody-there": ("I'm sorry, nobody can take the call now.",),
    "can-call-back": ("Nobody is in now, but they can call you back.",),
    "nobody-in": (
        "Nobody is in now. You can leave them a message.",
        "There is nobody here now, but you can leave a message.",
    ),
    "leave-message": (
        "Please speak after the tone, and press {hash} when you're done.",
        "After the tone, say your name, your number and what it is about. Press {hash} to end.",
    ),
    "ask-message": ("Would you like to leave a message?", "Shall I take a message?"),
    "ask-message-small": (
        "Yes, or press one, to leave a message. Otherwise say no.",
        "A message: yes or no? Press one for yes, two for no.",
    ),
    "no-message": ("I didn't hear a message.", "Nothing was recorded."),
    "message-left": ("Thank you.",),
    # --- repair
    "pardon": ("Sorry?", "Sorry, I missed that.", "I beg your pardon?"),
    "pardon-small": ("I'm sorry, I still don't have it.", "Sorry, once more."),
    "of-course": ("Of course.", "Certainly.", "Sure."),
    "i-hear-you": ("Yes, I can hear you.", "I'm here, and I hear you."),
    "take-your-time": ("Take your time.", "No hurry."),
    "still-there": ("Are you still there?", "Hello, are you there?"),
    "cannot-understand": ("I'm sorry, I don't understand. Please leave a message instead.",),
    "use-keys": ("Let's use the keys.", "The keys will be easier."),
    "lost-hearing": ("I'm sorry, I can't hear you well now. Please use the keys.",),
    "hearing-back": ("I can hear you again.",),
    "time-up": ("I'm sorry, I have to end here. Please leave a message for the office.",),
    "store-down": ("I'm sorry, I can't reach the book just now. Please leave a message.",),
    # --- not for us
    "wrong-number": ("This is {office}. No harm done. Goodbye.",),
    "no-sales": ("Thank you, but no sales calls on this line. Goodbye.",),
    "goodbye-machine": ("Goodbye.",),
    "stay-calm": (
        "I can help with appointments and messages.",
        "I'm here for appointments and messages only.",
    ),
    "end-calm": ("I'll end the call here. Goodbye.",),
    "grown-up": ("Is there a grown-up who can talk to me?", "Please get a grown-up to the phone."),
    "out-of-scope": (
        "I'm afraid I can't help with that. I can book appointments and take messages.",
        "That's not something I can do. Appointments and messages, yes.",
    ),
    # --- goodbye
    "goodbye": ("Thank you for calling. Goodbye.", "Thanks for calling. Goodbye."),
    "goodbye-silent": ("I can't hear anything, so I'll hang up. Goodbye.",),
    # --- danger
    "danger": (
        "If anybody is in danger, hang up now and dial {emergency}.",
        "Please hang up now and dial {emergency}.",
    ),
    "danger-no": (
        "All right. If it gets worse, dial {emergency}. Please leave a message for the office.",
    ),
    "danger-stay": (
        "Please dial {emergency} now. I can't do more here. Goodbye.",
        "The emergency number is {emergency}. Please dial it now. Goodbye.",
    ),
    # --- other languages: the recorded lines
    "language-es": ("Lo siento, aquí solo hablamos inglés. Por favor, deje un mensaje.",),
    "language-fr": (
        "Désolé, nous ne parlons qu'anglais ici. Laissez un message, s'il vous plaît.",
    ),
    "language-de": (
        "Hier wird leider nur Englisch gesprochen. Bitte hinterlassen Sie eine Nachricht.",
    ),
    "language-other": ("I'm sorry, only English here. Please leave a message.",),
}

KEYS: dict[str, tuple[str, ...]] = {
    "keys-open": (
        "To book an appointment, press one. To leave a message, press two. "
        "For a person, press zero.",
        "Press one to book, two to leave a message, or zero for a person.",
    ),
    "keys-service": ("For {a_service}, press {digit}.",),
    "keys-offer": ("For {offers}, press {digit}.",),
    "keys-other-times": ("For other times, press nine.", "Press nine to hear other times."),
    "keys-appointment": ("For {appointments}, press {digit}.",),
    "keys-this-number": (
        "If we can reach you on the number you're calling from, press one. "
        "If not, type your number, then press {hash}.",
        "Press one to use the number you're calling from, or type another, then {hash}.",
    ),
    "keys-phone-check": ("If that's right, press one. If not, press two.",
                         "One if it's right, two if it isn't."),
    "keys-book": ("To book it, press one. To change it, press two.",
                  "Press one to book it, two to change it."),
    "keys-move": ("To move it, press one. To leave it, press two.",
                  "Press one to move it, two to leave it."),
    "keys-cancel": ("To cancel it, press one. To keep it, press two.",
                    "Press one to cancel it, two to keep it."),
    "keys-change": ("For another time, press one. For another number, press two. "
                    "To leave it, press three.",
                    "One for another time, two for another number, three to leave it."),
    "keys-yes-no": ("For yes, press one. For no, press two.", "One is yes, two is no."),
    "keys-which-time": ("For the morning, press one. For the afternoon, press two.",
                        "One for the morning, two for the afternoon."),
    "keys-which-day": ("For {day1}, press one. For {day2}, press two.",),
    "keys-message": ("To leave a message, press one. To end the call, press two.",
                     "Press one to leave a message, or two to end the call."),
    "keys-anything-else": (
        "For anything else, press one. Or just hang up. Goodbye.",
        "Press one for anything else. Otherwise, goodbye.",
    ),
    "phone-digits": ("Your number is {phone}.", "I have {phone}."),
}  # fmt: skip
"""What is said when the caller can only answer by keys."""

CLAIMS: dict[str, tuple[str, ...]] = {
    "booked": (
        "That's booked: {a_service}, {on_day} {at_time}, {with_practitioner}.",
        "You're booked: {a_service}, {on_day} {at_time}, {with_practitioner}.",
    ),
    "requested": (
        "I have put you down for {day} {at_time}, {with_practitioner}. "
        "The office confirms {confirms_by}.",
    ),
    "moved": ("It's moved to {day} {at_time}, {with_practitioner}.",),
    "move-requested": (
        "I have put you down for {day} {at_time} instead. The office confirms {confirms_by}.",
    ),
    "cancelled": ("It's cancelled: {a_service}, {on_day}.",),
    "cancelled-late": ("It's cancelled: {a_service}, {on_day}. The office knows it was late.",),
    "confirmed": ("Thank you, it's confirmed: {on_day} {at_time}.",),
    "message-noted": (
        "Thank you. Your message is on the office's list.",
        "Thank you. The office has your message.",
    ),
    "clip-kept": ("Thank you. I have recorded it for the office.",),
    "question-noted": (
        "I have passed your question on; the office answers {confirms_by}.",
        "Your question is on the office's list now.",
    ),
    "call-back-noted": ("I have put it on the list: the office calls you back {confirms_by}.",),
    "alerted": (
        "I have left an urgent note for {on_call}. Don't wait for a call: dial {emergency}.",
    ),
}
"""Sentences that claim a fact; each can be built only from the receipt of its committed row."""
