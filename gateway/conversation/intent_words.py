"""Words of the things that callers want, as patterns over the plain words of a turn."""

from __future__ import annotations

import re

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

ANY_PRO = re.compile(rf"\b{_PRO}\b")

CANCEL = re.compile(
    rf"\b(?:cancel\w*|call off|scrap|drop|get rid of|"
    rf"delete) (?:\w+ ){{0,3}}?(?:{_OWN} )?(?:\w+ ){{0,3}}?{_APPT}\b|"
    rf"{_APPT} (?:\w+ ){{0,5}}(?:cancel+ed|cancelled|cancel)\b|"
    r"(?:(?:need|want|like|have|going|got) to|wanna|gotta|gonna) cancel\b"
    r"(?! (?:that|it|this) (?:last|order|subscription))|"
    r"^(?:please )?cancel(?: please| it| my)?(?: \w+day)?$|"
    r"^(?:no |ok |okay |then |just |please |actually |so |well )*cancel (?:it|that|this|that one)"
    r"(?: then| instead| please| altogether| for me| completely)*$|"
    r"calling to cancel|cancel (?:[\w']+ ){0,3}[\w']+'s (?:\w+ )?(?:appointment|booking|visit)|"
    r"^(?:(?:please|i want to|i need to|i'd like to|can you|could you|hi|hello|yes|so) )*cancel "
    r"(?:for |on |the one )*(?:today|tomorrow|(?:this |next )?\w+day)"
    r"(?: please| morning| afternoon)*$|"
    r"^(?:please |just |i said |i want to |i need to |no )*cancel (?:everything|"
    r"(?:it |them )?all(?: of (?:it|them))?|them|both)(?: please)?$|"
    r"^(?:no |please |just |i said |i want |to )+cancel(?: please)?$|"
    rf"(?:can't|cannot|won't be able to|unable to|not going to|not able to|"
    rf"not gonna) (?:make|keep|come to|come in (?:to|for)|attend|"
    rf"get to) (?:{_OWN} )(?:\w+ ){{0,3}}{_APPT}|"
    rf"{_APPT} (?:\w+ ){{0,10}}(?:can't|cannot|won't|can not|am not able to) (?:make|"
    rf"keep|come to) it|"
    r"(?:won't|will not|can't|cannot) be (?:coming|able to (?:come|make it))|(?:can't|"
    r"cannot) make it (?:on|to|tomorrow|today|this|after all|next)"
)

MOVE = re.compile(
    rf"\b(?:(?:move|push|shift|postpone|reschedule|switch|change|swap) mine\b|"
    rf"(?:move|push|shift|postpone|reschedule|switch|change) (?:it|that|this)(?: one)? "
    rf"(?:to|until|till|back|forward|for)|(?:have|need|want|like) to (?:move|change|reschedule|"
    rf"postpone) (?:it|that|mine)|reschedul\w*|re schedule|rebook|rearrang\w*|(?:move|"
    rf"moving|change|changing|"
    rf"push|shift|postpone|postponing|switch|bring|swap|alter|delay)(?:ing)? (?:forward |"
    rf"up |back )?(?:{_OWN} )(?:\w+ ){{0,3}}?(?:{_APPT}|check ?up|cleaning)|"
    rf"(?:{_APPT}) (?:moved|changed|rescheduled|pushed|shifted|postponed|switched|"
    rf"to another)|(?:need|want|like|have) to (?:postpone|reschedule|rearrange)|"
    r"(?:change|move) (?:the|my) (?:date|time|day)(?: of| for)? (?:my|the) \w+|"
    r"come (?:on )?(?:a different|another) (?:day|time) instead)\b"
)

WHEN = re.compile(
    r"\b(?:when(?:'s| is| was| am i| do i| are we| should i|'m i)|what (?:time|day|"
    r"date)(?:'s| is| was| am i| do i| are we| should i)|(?:do|did) i (?:still )?have|"
    r"have i got|is there)(?: \w+){0,4}? (?:my|our|an|the|i)? ?(?:next |"
    r"upcoming )?(?:appointment|booking|booked|booked in|scheduled|check ?up|due in|"
    r"supposed to (?:come|be)|coming in)\b|"
    r"did (?:i|we) (?:book|say|make it|schedule|have)(?: it)? (?:for|on) (?:the )?\w+|"
    r"(?:check|forgot|forgotten|remind me|don't remember|can't remember|find out|know|"
    r"tell me|lost) (?:\w+ ){0,4}(?:when|what time|the time|the date|what day|"
    r"which day)(?: \w+){0,4} (?:appointment|booked|booking|coming in)|"
    r"(?:check|verify|look up|find out about|details of) (?:on )?my (?:next |"
    r"upcoming )?(?:appointment|booking)"
)

WHEN_NOT = re.compile(r"\bdo i have to\b|\bhave you got an\b|\bis there an appointment\b")

CONFIRM = re.compile(
    r"\b(?:confirm(?:ing)? (?:my|our|the|that i|that i'm|an|"
    r"for)(?: \w+){0,4} ?(?:appointment|booking|visit|coming|be there|come)|(?:i'll|"
    r"i will|we'll|we will|i'm going to|i can) (?:be there|definitely be (?:there|"
    r"coming)|still be (?:there|coming))|"
    r"(?:calling|ringing|phoning) to confirm|i got (?:a|your) (?:reminder|text|"
    r"message) (?:about|to confirm)|yes i(?:'ll| will) be coming)\b"
)

PERSON = re.compile(
    r"\b(?:(?:speak|talk|chat)(?:ing)? (?:to|with) (?!you\b|me\b|us\b)(?:a |an |the |"
    r"some |my |your |any )?(?:real |actual |live |human |proper )?\w+|(?:real|actual|"
    r"live) (?:person|human)(?! life)|"
    r"(?:an? )?(?:human(?: being)?|operator|representative|receptionist|agent|live agent|"
    r"customer service|rep)\b|(?:put|connect|patch|transfer) me (?:through|to|with|over)|"
    r"(?:(?:get|give|pass|find|let) me|gimme)(?: to| on)? (?:a |an |the |some ?|your )*(?:person|"
    r"human|operator|someone|somebody|manager|supervisor|boss|receptionist|staff|real|doctor|"
    r"dentist)(?! (?:appointment|visit|for|on|at|next|this|tomorrow)\b)|"
    r"(?:is|are) (?:there )?(?:any|some)(?:one|body) (?:real|human|alive|actually there)|"
    r"(?:is|are) there (?:a |any)?(?:person|human|someone|somebody|anyone|"
    r"anybody)(?: \w+){0,3} (?:there|i can (?:talk|speak)|available|around)|(?:don't|"
    r"do not|not) (?:want to )?(?:talk|talking|speak|speaking) (?:to|with) (?:a |an |"
    r"this )?(?:machine|robot|computer|bot|answering)|"
    r"i hate (?:these )?(?:machines|robots|bots|computers)|no (?:machines?|robots?)|"
    r"(?:is|can i (?:have|get)) (?:the )?(?:doctor|dr|dentist|manager|receptionist|"
    r"nurse)(?: \w+)? (?:there|in|available|on the phone)(?! (?:on|tomorrow|this|next|at|the)\b)|"
    r"(?:want|need|like|have|rather have) (?:a |an )?(?:real |actual |live |"
    r"human )?(?:person|human|operator|receptionist|representative|someone real)|(?:call|"
    r"ring) me back|call back|"
    r"(?:someone|somebody|doctor|dentist|nurse) (?:to )?(?:call|ring|phone|get back to) me)\b"
)

PERSON_ALONE = re.compile(
    r"^(?:(?:no|oh|well|just|only|yes|yeah|hi|hello|please|sorry|look|i (?:want|need|said|"
    r"would like)|i'd like|can i (?:have|get)|(?:give|get|find|pass) me|gimme|let me have|"
    r"to|a|an|the|"
    r"another|real|actual|live|human|proper) )*"
    r"(?:person|human(?: being)?|people|operator|(?:some(?:one|body)|any(?:one|body)) (?:real|"
    r"human))(?: (?:please|now|thanks|thank you|instead|here|there))*$"
)
"""Nothing but the word for it: "a person, please"."""

PERSON_NOT = re.compile(
    r"\b(?:was|were|been|just|have|had|i) (?:talking|speaking|chatting|talked|spoke|spoken|"
    r"chatted) (?:to|with) (?:my|our|his|her|a friend|the other)\b|"
    r"\bi(?:'ll| will| can| could| might)(?: just)? (?:call|ring|phone) (?:you )?back|"
    r"\bare you (?:a |an )?(?:\w+ ){0,3}(?:person|human|operator|real|bot|robot|computer|"
    r"machine)|(?:am|was) i (?:talking|speaking|chatting) (?:to|with)|is this (?:a |"
    r"an )?(?:real )?(?:person|human|live)|"
    r"who am i (?:talking|speaking)|you (?:a )?(?:human|real person)|language|spanish|"
    r"french|german|chinese|english|italian|speaking (?:speed|voice|more|slow\w*|"
    r"fast\w*)|human (?:resources|body|race|rights)|(?:how (?:do|can|to)|teach me|learn)|"
    r"travel agent|real estate agent|(?:a|what is a|if you'?re?) (?:human|"
    r"robot)\b(?! being)|whether (?:you|i)"
)

MESSAGE = re.compile(
    r"\b(?:(?:leave|take|give|pass on|pass along|record) (?:\w+ ){0,2}(?:a |"
    r"the )?(?:quick )?(?:message|voicemail|note)|(?:a )?message for (?:the |dr |"
    r"doctor )?\w+|"
    r"(?:can|could|would|will) (?:you|someone|somebody) (?:please )?(?:tell|let) (?!me\b|"
    r"us\b)(?:the |dr |doctor )?(?:doctor|dentist|office|team|staff|him|her|them|dr \w+|"
    r"doctor \w+) (?:know|that)|pass (?:this|that|it) (?:on|along) to|"
    r"(?:just )?(?:let|tell) (?:the |dr |doctor )?(?:doctor|dentist|office|team|staff|"
    r"him|her|them|dr \w+|doctor \w+) (?:know|that|i)|leave word|"
    r"(?:another|one more|a second) message|running (?:\w+ ){0,3}late\b|"
    r"(?:i'll|i will|i'm going to|i'm gonna|we'll|we will|might|may) be (?:\w+ ){0,4}late "
    r"(?:for|to) (?:my|our|the|it)\b|"
    r"(?:make|file|have|got|with) (?:a |an official )?complaints?(?! form)|(?:to|i) complain\b|"
    r"you(?:'ve| have| guys)? (?:over ?charged|double ?charged|double ?billed|billed|"
    r"charged) (?:me|"
    r"us|my)|(?:want|need|like|get) (?:my |our )(?:money back|refund)|(?:going to|gonna|will|i'll) "
    r"sue you|(?:i'm |i am )?(?:returning|calling back about|responding to) (?:your|a|the|my|"
    r"somebody's|someone's)?(?: missed)? ?calls?|(?:had|have|got|saw|see) a missed call|"
    r"(?:some(?:one|body)|you|they) (?:just )?(?:called|rang|phoned) (?:me )?from this number)\b"
)

GOODBYE = re.compile(
    r"\b(?:good ?bye|bye(?: bye)?|(?<!to )(?<!could )(?<!can )see (?:you|ya)(?: (?:then|later|"
    r"soon|tomorrow|around|"
    r"next|on))?|talk (?:to you )?(?:later|soon)|(?:that's|that is|that was|that'll be|"
    r"that will be|that would be) (?:all|everything|it)(?: for (?:now|"
    r"today))?(?: i needed| i need)?$|"
    r"(?:that's|that is|that'll be|that will be|that would be|it's|that's about) (?:all|"
    r"everything|it)\b(?! (?:i|about|good|fine|right|correct|okay|ok|perfect|great|true)\b)|"
    r"have a (?:good|great|nice|lovely|wonderful|"
    r"blessed) (?:one|day|night|evening|weekend|afternoon|time)|take care|"
    r"nothing else|i'm (?:done|all set|finished)|i am (?:done|all set|finished)|"
    r"(?:i )?think i'm (?:done|good|all set)|hang up|cheerio|so long|farewell|good night|"
    r"i have to go|i've got to go|gotta go|all set|"
    r"(?:no|nope) (?:that's|that is|that will be|that'll be) (?:it|all))\b"
)

GOODBYE_NOT = re.compile(r"\b(?:don't hang up|see you (?:about|for)|before you)\b")

BOOK = re.compile(
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
    r"see (?:someone|somebody|anyone) about|"
    r"^(?:and |can i have |i need |i want )*the same (?:thing |again )?for (?:my|our) \w+|"
    r"is there (?:an?|any) (?:\w+ )?(?:appointment|slot|opening)s?\b|"
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

WISH = re.compile(
    r"\b(?:needs?|wants?|like|book|get|have|can i|could i|schedule|come in|due|overdue|for a|see|"
    r"got|hurts?|\w*aches?|pain|broke|broken|fell|lost|chipped|cracked|loose)\b"
)
