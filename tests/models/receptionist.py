"""What callers say to a receptionist, and the instruction that reads it best."""

from __future__ import annotations

from gateway.contract.model_link import prompt_example

CHOICES = (
    "book",
    "move",
    "cancel",
    "hours",
    "person",
    "message",
    "urgent",
    "sales",
    "wrong",
    "other",
)
"""One plain word each: no two begin with the same token, so one evaluation scores them all."""

EXAMPLES = (
    ("Hello?", "other"),
    ("Is this the bakery?", "wrong"),
    ("How late are you open?", "hours"),
    ("Please let them know I rang.", "message"),
    ("I have to call off my visit.", "cancel"),
    ("I'd like to present our new product.", "sales"),
    ("Let me talk to someone.", "person"),
    ("My jaw is broken, it hurts badly.", "urgent"),
    ("Can I come at a different time?", "move"),
    ("I want to make an appointment.", "book"),
    ("I don't know.", "other"),
    ("I wanted another number.", "wrong"),
    ("Are you open on Sundays?", "hours"),
    ("Have him ring me back.", "message"),
    ("I can't come, please delete it.", "cancel"),
    ("I am calling from a company about your contract.", "sales"),
    ("I want a human.", "person"),
    ("I am bleeding and in pain.", "urgent"),
    ("I can't come at three, is four possible?", "move"),
    ("Are you free on Monday morning?", "book"),
    ("How are you?", "other"),
    ("Tell her that the letter is here.", "message"),
    ("Cancel my appointment.", "cancel"),
    ("I have to put off my appointment.", "move"),
    ("My daughter needs an appointment for a filling.", "book"),
)
"""Two or three of each kind, mixed: a model prefers what it has just seen. Definitions of the words
made it worse, and so did letters in their place."""

INSTRUCTION = "One word for what the caller of a dental practice wants.\n" + "".join(
    prompt_example(said, choice) for said, choice in EXAMPLES
)

SAID: tuple[tuple[str, str], ...] = (
    ("Hello, I would like to book an appointment for a check up on Tuesday.", "book"),
    ("I need to see the dentist next week.", "book"),
    ("Do you have anything free on Thursday afternoon?", "book"),
    ("I'd like to come in for a cleaning please.", "book"),
    ("My son needs a check up, when could we come?", "book"),
    ("can I get an appointment with doctor Lee", "book"),
    ("Can we move my appointment to Wednesday?", "move"),
    ("I have an appointment on Monday but I need a later time.", "move"),
    ("I can't make it at ten, could we do eleven instead?", "move"),
    ("I'd like to reschedule.", "move"),
    ("could you put my visit off until next week", "move"),
    ("I want to cancel my appointment on Friday.", "cancel"),
    ("I won't be coming tomorrow, please take me off the list.", "cancel"),
    ("Please cancel it.", "cancel"),
    ("I don't need the appointment any more.", "cancel"),
    ("What time do you open tomorrow?", "hours"),
    ("Are you open on Saturdays?", "hours"),
    ("When do you close today?", "hours"),
    ("are you there over lunch", "hours"),
    ("Can I speak to a real person please?", "person"),
    ("Put me through to the receptionist.", "person"),
    ("I don't want to talk to a machine.", "person"),
    ("Is there somebody I can talk to?", "person"),
    ("Could you ask doctor Lee to call me back?", "message"),
    ("I'd like to leave a message.", "message"),
    ("Please tell the doctor that I called.", "message"),
    ("Can you pass on that the lab results have arrived?", "message"),
    ("I have terrible pain and my face is swollen.", "urgent"),
    ("My tooth was knocked out and it is bleeding a lot.", "urgent"),
    ("This is an emergency.", "urgent"),
    ("it hurts so much I can't sleep I need help right now", "urgent"),
    ("I'm calling from Bright Media about your online advertising.", "sales"),
    ("Would you be interested in a better price for electricity?", "sales"),
    ("We offer websites for dentists, who decides about that?", "sales"),
    ("Sorry, I think I dialled the wrong number.", "wrong"),
    ("Is this the pizza place?", "wrong"),
    ("Oh, I wanted to call somebody else.", "wrong"),
    ("What a lovely day it is.", "other"),
    ("Hello? Can you hear me?", "other"),
    ("Um, I am not sure.", "other"),
)
"""Forty openings and what each caller wants."""
