"""What the caller wants: rules over plain words, sure ones first."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Asked, Context, Intent, Value
from gateway.conversation.scope import FOREIGN, OFFICE

_APPT = (
    r"(?:appointments?|appts?|appoint|bookings?|visits?|slots?|check ?ups?|sessions?|"
    r"consultations?|cleaning|time)"
)
_OWN = r"(?:my|the|our|an|that|this|his|her|their|(?:my|the) \w+'?s?)"
_PRO = (
    r"(?:dentists?|doctors?|dr|physicians?|gp|hygienists?|vets?|stylists?|specialist|"
    r"practitioner|general practitioner|gyn\w+|derm\w+|ophthal\w+|ent|physio\w*|"
    r"therapist|optician|barber|hairdresser)"
)
_ANY_PRO = re.compile(rf"\b{_PRO}\b")
_CANCEL = re.compile(
    rf"\b(?:cancel\w*|call off|scrap|drop|get rid of|"
    rf"delete) (?:\w+ ){{0,3}}?(?:{_OWN} )?(?:\w+ ){{0,3}}?{_APPT}\b|"
    rf"{_APPT} (?:\w+ ){{0,5}}(?:cancel+ed|cancelled|cancel)\b|"
    r"(?:need|want|like|have|wanna|going|got) to cancel\b(?! (?:that|it|this) (?:last|"
    r"order|subscription))|^(?:please )?cancel(?: please| it| my)?(?: \w+day)?$|"
    r"calling to cancel|"
    rf"(?:can't|cannot|won't be able to|unable to|not going to|not able to|"
    rf"not gonna) (?:make|keep|come to|come in (?:to|for)|attend|"
    rf"get to) (?:{_OWN} )(?:\w+ ){{0,3}}{_APPT}|"
    r"(?:won't|will not|can't|cannot) be (?:coming|able to (?:come|make it))|(?:can't|"
    r"cannot) make it (?:on|to|tomorrow|today|this|after all|next)"
)
_MOVE = re.compile(
    rf"\b(?:reschedul\w*|re schedule|rebook|rearrang\w*|(?:move|moving|change|changing|"
    rf"push|shift|postpone|postponing|switch|bring|swap|alter|delay)(?:ing)? (?:forward |"
    rf"up |back )?(?:{_OWN} )(?:\w+ ){{0,3}}?(?:{_APPT}|check ?up|cleaning)|"
    rf"(?:{_APPT}) (?:moved|changed|rescheduled|pushed|shifted|postponed|switched|"
    rf"to another)|(?:need|want|like|have) to (?:postpone|reschedule|rearrange)|"
    r"(?:change|move) (?:the|my) (?:date|time|day)(?: of| for)? (?:my|the) \w+|"
    r"come (?:on )?(?:a different|another) (?:day|time) instead)\b"
)
_WHEN = re.compile(
    r"\b(?:when(?:'s| is| was| am i| do i| are we| should i|'m i)|what (?:time|day|"
    r"date)(?:'s| is| was| am i| do i| are we| should i)|(?:do|did) i (?:still )?have|"
    r"have i got|is there)(?: \w+){0,4}? (?:my|our|an|the|i)? ?(?:next |"
    r"upcoming )?(?:appointment|booking|booked|booked in|scheduled|check ?up|due in|"
    r"supposed to (?:come|be)|coming in)\b|"
    r"(?:check|forgot|forgotten|remind me|don't remember|can't remember|find out|know|"
    r"tell me|lost) (?:\w+ ){0,4}(?:when|what time|the time|the date|what day|"
    r"which day)(?: \w+){0,4} (?:appointment|booked|booking|coming in)|"
    r"(?:check|verify|look up|find out about|details of) (?:on )?my (?:next |"
    r"upcoming )?(?:appointment|booking)"
)
_WHEN_NOT = re.compile(r"\bdo i have to\b|\bhave you got an\b|\bis there an appointment\b")
_CONFIRM = re.compile(
    r"\b(?:confirm(?:ing)? (?:my|our|the|that i|that i'm|an|"
    r"for)(?: \w+){0,4} ?(?:appointment|booking|visit|coming|be there|come)|(?:i'll|"
    r"i will|we'll|we will|i'm going to|i can) (?:be there|definitely be (?:there|"
    r"coming)|still be (?:there|coming))|"
    r"(?:calling|ringing|phoning) to confirm|i got (?:a|your) (?:reminder|text|"
    r"message) (?:about|to confirm)|yes i(?:'ll| will) be coming)\b"
)
_PERSON = re.compile(
    r"\b(?:(?:speak|talk|chat)(?:ing)? (?:to|with) (?!you\b|me\b|us\b)(?:a |an |the |"
    r"some |my |your |any )?(?:real |actual |live |human |proper )?\w+|(?:real|actual|"
    r"live) (?:person|human)(?! life)|"
    r"(?:an? )?(?:human(?: being)?|operator|representative|receptionist|agent|live agent|"
    r"customer service|rep)\b|(?:put|connect|patch|transfer) me (?:through|to|with|over)|"
    r"(?:get|give|pass) me (?:to )?(?:a |an |the |some)?(?:person|human|operator|someone|"
    r"somebody|manager|doctor|dentist|receptionist|staff|real)|"
    r"(?:is|are) there (?:a |any)?(?:person|human|someone|somebody|anyone|"
    r"anybody)(?: \w+){0,3} (?:there|i can (?:talk|speak)|available|around)|(?:don't|"
    r"do not|not) (?:want to )?(?:talk|talking|speak|speaking) (?:to|with) (?:a |an |"
    r"this )?(?:machine|robot|computer|bot|answering)|"
    r"i hate (?:these )?(?:machines|robots|bots|computers)|no (?:machines?|robots?)|"
    r"(?:is|can i (?:have|get)) (?:the )?(?:doctor|dr|dentist|manager|receptionist|"
    r"nurse)(?: \w+)? (?:there|in|available|on the phone)|"
    r"(?:want|need|like|have|rather have) (?:a |an )?(?:real |actual |live |"
    r"human )?(?:person|human|operator|receptionist|representative|someone real)|(?:call|"
    r"ring) me back|call back|"
    r"(?:someone|somebody|doctor|dentist|nurse) (?:to )?(?:call|ring|phone|get back to) me)\b"
)
_PERSON_NOT = re.compile(
    r"\bare you (?:a |an )?(?:\w+ ){0,3}(?:person|human|operator|real|bot|robot|computer|"
    r"machine)|(?:am|was) i (?:talking|speaking|chatting) (?:to|with)|is this (?:a |"
    r"an )?(?:real )?(?:person|human|live)|"
    r"who am i (?:talking|speaking)|you (?:a )?(?:human|real person)|language|spanish|"
    r"french|german|chinese|english|italian|speaking (?:speed|voice|more|slow\w*|"
    r"fast\w*)|human (?:resources|body|race|rights)|(?:how (?:do|can|to)|teach me|learn)|"
    r"travel agent|real estate agent|(?:a|what is a|if you'?re?) (?:human|"
    r"robot)\b(?! being)|whether (?:you|i)"
)
_MESSAGE = re.compile(
    r"\b(?:(?:leave|take|give|pass on|pass along|record) (?:\w+ ){0,2}(?:a |"
    r"the )?(?:quick )?(?:message|voicemail|note)|(?:a )?message for (?:the |dr |"
    r"doctor )?\w+|"
    r"(?:can|could|would|will) (?:you|someone|somebody) (?:please )?(?:tell|let) (?!me\b|"
    r"us\b)(?:the |dr |doctor )?(?:doctor|dentist|office|team|staff|him|her|them|dr \w+|"
    r"doctor \w+) (?:know|that)|pass (?:this|that|it) (?:on|along) to|"
    r"(?:just )?(?:let|tell) (?:the |dr |doctor )?(?:doctor|dentist|office|team|staff|"
    r"him|her|them|dr \w+|doctor \w+) (?:know|that|i)|leave word)\b"
)
_GOODBYE = re.compile(
    r"\b(?:good ?bye|bye(?: bye)?|see (?:you|ya)(?: (?:then|later|soon|tomorrow|around|"
    r"next|on))?|talk (?:to you )?(?:later|soon)|(?:that's|that is|that was|that'll be|"
    r"that will be|that would be) (?:all|everything|it)(?: for (?:now|"
    r"today))?(?: i needed| i need)?$|"
    r"(?:that's|that is|that'll be|that will be|that would be|it's|that's about) (?:all|"
    r"everything|it)\b(?! (?:i|about)\b)|have a (?:good|great|nice|lovely|wonderful|"
    r"blessed) (?:one|day|night|evening|weekend|afternoon|time)|take care|"
    r"nothing else|i'm (?:done|all set|finished)|i am (?:done|all set|finished)|"
    r"(?:i )?think i'm (?:done|good|all set)|hang up|cheerio|so long|farewell|good night|"
    r"i have to go|i've got to go|gotta go|all set|"
    r"(?:no|nope) (?:that's|that is|that will be|that'll be) (?:it|all))\b"
)
_GOODBYE_NOT = re.compile(r"\b(?:don't hang up|see you (?:about|for)|before you)\b")
_BOOK = re.compile(
    rf"\b(?:(?:book|make|schedule|set(?: up)?|get|arrange|need|want|like|have|request|"
    rf"fix|reserve|looking for|find(?: me)?|take|secure|organi[sz]e|grab|requesting|"
    rf"booking|making|scheduling|need to make|fit me in for|set me up with|put me (?:in|"
    rf"down) for|sign me up for|wanting|about|for|do you have) "
    rf"(?:\w+ ){{0,5}}?(?:appointment|appt|appointments|booking|consultation|check ?up|"
    rf"slot|opening|openings)\b|(?:book|schedule|put|fit|squeeze|get|slot|pencil) (?:me|"
    rf"us|him|her|my \w+|it|them) (?:in|for|with|on|at|down)\b|"
    rf"(?:see|visit|get in to see|get in with|come in to see|come and see|consult|"
    rf"meet(?: with)?|an appointment with|go to|find|finding|locate|need|want|book|with|"
    rf"search for|look for|looking for|get|recommend|seek|"
    rf"seeking) (?:\w+ ){{0,4}}?{_PRO}\b|(?:{_PRO})(?:'s)? (?:appointment|visit)|"
    r"(?:can|could|may|should) (?:i|we) (?:just |please )?(?:come|get|pop|drop) (?:in|"
    r"over|by)|(?:do|does|have) (?:you|they|he|she|dr \w+) (?:have |got )?(?:anything|"
    r"something|an opening|(?:any |some )?(?:openings|space|room for me|availability|"
    r"free \w+|available \w+|appointments?|slots?|times?))\b|"
    r"when (?:can|could|may) (?:i|we) (?:come|be seen|get in|see)|what(?:'s|"
    r" is) (?:your |the )?(?:first|next|earliest|soonest) (?:available|appointment|"
    r"opening|slot|time|day|date|one|free|possible|you)\w*|(?:be|get) seen|"
    r"is (?:there )?any(?:thing|one)? (?:available|free|open)|are there any (?:openings|"
    r"slots|appointments|times)|"
    r"(?:book|schedule|reserve|confirm) (?:it|this|that|one|something|a visit|a time|"
    r"an? \w+)(?: \w+){0,2} (?:for|on|at|with)|i(?:'d| would) like to (?:book|schedule|"
    r"come in|be seen)|(?:want|need|like|trying|hoping|wish) to (?:book|schedule|come in|"
    r"be seen|get in|see (?:dr|doctor))|"
    r"^(?:a |an )?(?:new )?(?:appointment|booking|book|appointment please|"
    r"book an appointment)$|^(?:i'm |i am )?(?:calling|phoning|ringing) (?:to book|"
    r"about an appointment|for an appointment))\b"
)
_ASK_SHAPE = re.compile(
    r"\b(?:what|where|when|who|which|how|do|does|did|is|are|can|could|would|will|should|"
    r"tell me|i'd like to know|i want to know|wondering|may i|have you|give me|you got|"
    r"get|know|need)\b"
)
_YOU = (
    r"(?:you|your|you're|you guys|the (?:office|practice|clinic|surgery|dentist|doctor|"
    r"dentists|salon|shop|place)|they|there|their|them|he|she|it|its|his|her)"
)
_HOURS = re.compile(
    rf"\b(?:(?:opening|office|business|working|your|surgery|their) (?:hours|times)|"
    rf"hours of (?:operation|business)|what (?:are )?(?:your|the|their) hours|"
    rf"(?:what time|when|until when|how late|how early|till when|what days|"
    rf"which days)(?: do| does| are| is| will|'re| can)? {_YOU} (?:\w+ )?(?:open|close|"
    rf"shut|closed|opened|start|finish|be open|be back)|"
    rf"(?:are|is|will) {_YOU} (?:be )?(?:\w+ )?(?:open|closed|shut)\b|(?:do|"
    rf"does) {_YOU} (?:open|close)\b|(?:open|closed) (?:on|over|for|during|at|tomorrow|"
    rf"today|this|next) ?\w*)"
)
_PRICE = re.compile(
    rf"\b(?:how much (?:is|are|does|do|would|will|for|'s) (?:an? |the |it|that|you|your|"
    rf"this)?(?: ?\w+){{0,3}}|what (?:does|do|would|will|is|are) (?:\w+ ){{0,5}}(?:cost|"
    rf"costs|charge|price|fee|prices|fees|rates?)|(?:price|cost|fee|rate|charge)s? (?:of|"
    rf"for|list)|how much (?:do|does|would|will) {_YOU} charge|how expensive|"
    rf"your (?:prices|rates|fees))"
)
_SERVICES = re.compile(
    rf"\b(?:what (?:services|treatments|procedures|kind of \w+|sort of \w+) (?:do|does|"
    rf"are|can) {_YOU}|what (?:do|does|can) you (?:offer|provide|treat|do there)|(?:do|"
    rf"does|can|are|is) {_YOU} (?:also )?(?:do|offer|provide|perform|treat|specialise|"
    rf"specialize|offering|doing)\b)"
)
_PRACTITIONERS = re.compile(
    r"\b(?:(?:who|which|what|how many)(?: are| is)?(?: the| your| all the)? (?:doctors|"
    r"dentists|practitioners|hygienists|vets|stylists|staff|team)(?: \w+){0,4}|"
    r"who (?:works|practises|practices|is working|do you have) (?:there|with you|on)|"
    r"who (?:is|are) (?:the|your) (?:doctor|dentist)s?)\b"
)
_FACT = re.compile(
    rf"\b(?:{_YOU}|the|this|that|a|any|any of (?:your|"
    rf"their)) (?:\w+ ){{0,2}}?(?:(?:phone|contact|telephone|fax)(?: number)?s?|number|"
    rf"website|web site|e ?mail(?: address)?|rating|ratings|reviews?|"
    r"address|location|directions|wheelchair\w*|ramp|lift|elevator|toilets?|"
    r"wait(?:ing)? (?:list|time)|deposit|discount|payment plan|qualifications?)\b|"
    r"\bwhere(?:'s| is| are) (?:the office|the practice|it|they|he|she|that office|"
    r"you)(?: located| based)?\b(?! from)|\bhow much (?:is|was|will) (?:that|it)\b(?: be|"
    r" cost)?|\bnew patients?\b"
)
"""What callers ask about an office, whether it has a fact for it or not."""
_SHORT = 5
_RULES: tuple[tuple[Intent, re.Pattern[str], re.Pattern[str] | None, float], ...] = (
    (Intent.PERSON, _PERSON, _PERSON_NOT, 0.9),
    (Intent.MESSAGE, _MESSAGE, None, 0.9),
    (Intent.MOVE, _MOVE, None, 0.95),
    (Intent.CANCEL, _CANCEL, re.compile(r"\bcancel(?:l?ation)? (?:policy|fee)"), 0.95),
    (Intent.WHEN, _WHEN, _WHEN_NOT, 0.9),
    (Intent.CONFIRM, _CONFIRM, None, 0.85),
)
_WISH = re.compile(
    r"\b(?:need|want|like|book|get|have|can i|could i|schedule|come in|due|overdue|for a|see)\b"
)


def read_intent(
    heard: Heard, context: Context, service: Value[str] | None, practitioner: Value[str] | None
) -> Value[Intent] | None:
    """What the caller wants; None when the words do not say."""
    text = heard.plain.text
    foreign = FOREIGN.search(text)
    named = service is not None or (practitioner is not None and practitioner.value != "any")
    for intent, pattern, unless, sure in _RULES:
        found = pattern.search(text)
        if not found or (unless and unless.search(text)):
            continue
        if foreign and not named and not OFFICE.search(text):
            continue
        if intent is Intent.CONFIRM and (context.held or context.asked is Asked.YES_NO):
            continue
        if intent is Intent.PERSON and _books(found.group(), text):
            continue
        return Value(intent, heard.plain.words(*found.span()), sure=sure)
    if _HOURS.search(text) and not foreign:
        return None  # a question about hours is no wish to come
    if booked := _book(heard, text, bool(foreign), named, service, context):
        return booked
    if (found := _GOODBYE.search(text)) and not _GOODBYE_NOT.search(text):
        return Value(Intent.GOODBYE, heard.plain.words(*found.span()), sure=0.85)
    return None


def _books(words: str, text: str) -> bool:
    """Whether "to see / talk to a doctor" is a wish for an appointment."""
    return (
        bool(re.search(r"\b(?:book|schedule|appointment)\b", text))
        and "doctor" in words + text
        and "talk" not in text
        and "speak" not in text
    )


def _book(
    heard: Heard,
    text: str,
    foreign: bool,
    named: bool,
    service: Value[str] | None,
    context: Context,
) -> Value[Intent] | None:
    if _PRICE.search(text) or _SERVICES.search(text):
        return None
    found = _BOOK.search(text)
    if found and (
        not foreign
        or (named and OFFICE.search(text))
        or (re.search(r"\b(?:appointment|appt)\b", text) and not _foreign_goal(text))
    ):
        office = named or OFFICE.search(text) or _ANY_PRO.search(text)
        if (
            office
            or context.asked is not None
            or re.search(r"\b(?:come in|fit me in|book me in|be seen|openings?|available)\b", text)
        ):
            return Value(
                Intent.BOOK, heard.plain.words(*found.span()), sure=0.95 if office else 0.7
            )
    if service and not foreign and context.asked in (None, Asked.OPEN):
        if _WISH.search(text) or len(text.split()) <= 4 or service.sure <= 0.85:
            return Value(Intent.BOOK, service.words, sure=0.8)
    return None


def _foreign_goal(text: str) -> bool:
    """ "an appointment for an oil change": the appointment is with somebody else."""
    return bool(
        re.search(r"\b(?:appointment|appt)\b.*" + FOREIGN.pattern, text)
        or re.search(FOREIGN.pattern + r".*\bappointment", text)
    )


def read_question(heard: Heard) -> Value[Intent] | None:
    """A question about the office that no topic of ours answers: still a question, to be passed on."""
    text = heard.plain.text
    found = _FACT.search(text)
    if found and (_ASK_SHAPE.search(text) or len(text.split()) <= _SHORT):
        return Value(Intent.ASK, heard.plain.words(*found.span()), sure=0.7)
    return None


def read_topic(heard: Heard, context: Context, service: Value[str] | None) -> Value[str] | None:
    """The topic of a question: hours, price, services, practitioners or one of the office's facts."""
    from gateway.conversation.office_words import find_named

    text = heard.plain.text
    foreign = FOREIGN.search(text)
    if (found := _HOURS.search(text)) and not foreign:
        return Value("hours", heard.plain.words(*found.span()), sure=0.9)
    office = OFFICE.search(text) or re.search(r"\b(?:you|your|their|they|there)\b", text)
    found = _PRICE.search(text)
    if found and (service or (not foreign and context.asked and office)):
        return Value("price", heard.plain.words(*found.span()), sure=0.9)
    shaped = _ASK_SHAPE.search(text)
    short = context.asked is Asked.OPEN and len(text.split()) <= 3
    if (shaped or short) and (fact := find_named(text, context.vocabulary.facts)):
        if (not foreign or OFFICE.search(text)) and (short or office or fact[2] >= 1.0):
            return Value(fact[0], heard.plain.words(*fact[1]), sure=0.85 * fact[2] + 0.1)
    if (found := _PRACTITIONERS.search(text)) and not foreign:
        return Value("practitioners", heard.plain.words(*found.span()), sure=0.85)
    if (
        (found := _SERVICES.search(text))
        and not foreign
        and (service or OFFICE.search(text) or found)
    ):
        return Value("services", heard.plain.words(*found.span()), sure=0.8)
    return None
