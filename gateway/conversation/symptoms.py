"""What things are for: words of callers -> words of services, for common kinds of offices."""

from __future__ import annotations

import re

_TABLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"(?:crown|cap|veneer|bridge)(?: \w+){0,4} (?:off|out|loose|broke\w*)|(?:lost|"
        r"broke|ate|eaten|swallowed|lose) (?:a|my|the|his|her) (?:crown|cap|veneer)",
        ("crown", "emergency"),
    ),
    (
        r"(?:filling)(?: \w+){0,3} (?:off|out|loose|broke\w*)|(?:lost|broke|need) (?:a|my|"
        r"the) filling|cavit(?:y|ies)|"
        r"hole in (?:my|a|the) tooth|tooth decay",
        ("filling", "emergency"),
    ),
    (
        r"tooth ?aches?|teeth (?:hurt|ache)\w*|(?:tooth|gums?|jaw|molar|"
        r"teeth)(?: [\w']+){0,5} (?:bother\w*|wobbl\w*|playing up|acting up|hurt\w*|ach\w+|"
        r"kill\w*|throb\w*|sore|sensitive|pain\w*)|"
        r"(?:pain|ache|aching|throbbing|abscess)(?: \w+){0,4} (?:tooth|teeth|gums?|molar|jaw|"
        r"mouth)|abscess|"
        r"(?:chip|crack|broke|broken|knock|snap)\w*(?: \w+){0,3} (?:tooth|teeth|molar)|"
        r"tooth(?: \w+){0,2} (?:broke\w*|chipped|cracked|fell out|loose|gone|missing)|wisdom tooth|"
        r"(?:bit|piece|part|chunk|corner|half) of (?:my|a|the|his|her) (?:\w+ )?(?:tooth|molar)|"
        r"gums?(?: \w+){0,3} (?:puffy|swollen|swelling|bleed\w*|red|infected)|"
        r"(?:swollen|puffy|bleeding) gums?|(?:cheek|jaw|face)(?: \w+){0,3} (?:swollen|puffy)|"
        r"jaw (?:clicks|clicking|locks|locked)|mouth ulcers?",
        ("toothache", "emergency", "pain", "urgent", "check"),
    ),
    (
        r"clean\w*(?: \w+){0,2} (?:tooth|teeth)|(?:tooth|teeth)(?: \w+){0,2} clean\w*|"
        r"hygien\w+|plaque|tartar|polish(?:ed|ing)?|deep clean",
        ("cleaning", "hygien", "scale", "check"),
    ),
    (
        r"check ?ups?|routine|regular (?:visit|appointment)|exam(?:ination)?s?|(?:six|"
        r"6) month(?:ly)? (?:check|visit|exam|appointment)\w*|a physical|"
        r"look at my teeth|(?:annual|yearly) (?:check|exam|visit|physical)\w*|(?:see|"
        r"have a look at|look at) (?:my|the) (?:teeth|tooth|mouth)|once over",
        ("checkup", "exam", "physical", "consult"),
    ),
    (r"root canals?", ("rootcanal", "toothache")),
    (
        r"(?:pull|extract|remov|take out|taken out)\w*(?: \w+){0,3} (?:tooth|teeth)|"
        r"extraction|tooth (?:out|pulled|removed)",
        ("extraction", "surgery"),
    ),
    (r"whiten\w*|bleach\w* my teeth", ("whitening", "bleach")),
    (r"(?:grind|clench)\w*(?: \w+){0,2} (?:teeth|jaw)|night ?guard", ("guard", "check")),
    (r"dentures?|false teeth", ("denture",)),
    (
        r"braces|bracket|retainer|aligners?|invisalign|straighten\w*",
        ("orthodont", "brace", "aligner"),
    ),
    (
        r"(?:flu |covid |tetanus )?(?:jabs?|shots?|vaccin\w+|boosters?|immuni[sz]\w+)",
        ("vaccin", "jab", "immunis", "immuniz", "shot"),
    ),
    (r"blood (?:test|work|drawn|taken|sample)s?", ("blood", "lab")),
    (
        r"(?:repeat )?prescriptions?|refills?|medication review",
        ("prescription", "medication", "refill"),
    ),
    (
        r"cough|fever|rash|sore throat|headaches?|stomach ?aches?|ear ?ache|infection|"
        r"flu symptoms|back pain|dizzy|not feeling well|feel(?:ing)? (?:sick|ill|unwell)",
        ("consult", "sick", "gp", "doctor", "visit"),
    ),
    (r"(?:spay|neuter|castrat)\w*", ("neuter", "spay", "castrat")),
    (r"(?:nails?|claws?)(?: \w+){0,2} (?:trim\w*|clip\w*|cut)|nail trim", ("nail", "groom")),
    (
        r"hair ?cuts?|(?:trim|cut)(?: \w+){0,2} hair|hair(?: \w+){0,2} (?:cut|trim\w*)|a trim",
        ("cut", "trim"),
    ),
    (
        r"(?:dye|colou?r|highlights?|roots|balayage)\w*(?: \w+){0,2} hair|"
        r"hair(?: \w+){0,2} (?:dyed|colou?red)|highlights|balayage",
        ("colour", "color", "highlight"),
    ),
    (r"blow ?dry|blow ?out", ("blow",)),
    (r"beard|shave", ("beard", "shave")),
    (r"massages?", ("massage",)),
    (
        r"(?:eyes?|vision|sight) (?:test|exam|check)\w*|new glasses|contact lens\w*",
        ("eye", "sight", "vision", "lens"),
    ),
)
SYMPTOMS = tuple((re.compile(rf"\b(?:{pattern})\b"), wanted) for pattern, wanted in _TABLE)
"""Pattern over the plain words, and words by which a fitting service may go, best first."""
