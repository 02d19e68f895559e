"""Words for danger, found before anything else; unclear and medical counts as danger."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Value, Vocabulary

_BODY = r"(?:chest|heart)"
_WHO = r"(?:i|he|she|they|we|it|my \w+|his \w+|her \w+|our \w+|the \w+|someone|somebody|\w+)"
_DANGERS: tuple[tuple[str, str], ...] = (
    (
        "fire",
        r"\b(?:(?:there's|there is|we have|i see|it's|caught|is|are|house|building|kitchen|"
        r"room|car|set|something's) (?:a |an |on |got a )*(?:big |small |electrical |house |"
        r"kitchen )?fire\b"
        r"(?! (?:drill|alarm test|place|works|escape|department|extinguisher|insurance|"
        r"safety|sale|pit|stick|tv))|on fire\b(?! (?:street|road|lane|avenue|station))|"
        r"burning down|fire fire|help fire|"
        r"fire in (?:the|my|our)|smoke (?:everywhere|in the|coming|is)|explosion|exploded|"
        r"flames (?:in|behind|everywhere|coming|from|on|at)|in flames\b|(?:a |the )?burning smell|"
        r"smell(?:s|ing)?(?: of| like| some| something| the| a)* (?:burning|smoke))",
    ),
    (
        "gas",
        r"\b(?:smell(?:s|ing)?(?: of| like| some| the| a)* gas|gas (?:leak|smell|is leaking|"
        r"everywhere|escaping)|leaking gas|carbon monoxide)\b",
    ),
    (
        "chest pain",
        rf"\b(?:{_BODY}[ -]?(?:pains?|ache|hurts|is hurting|attack|(?:is|feels|is feeling)"
        rf"(?: \w+)? (?:tight|heavy|crushed)|"
        rf"tightness)|pains? (?:in|across) (?:my|his|her|the) (?:chest|left arm)|"
        rf"(?:tight|tightness|pressure|crushing|heaviness)(?: \w+)? (?:in|on|across) (?:my|"
        rf"his|her|the) chest|(?:my|his|her) heart (?:has )?stopp\w+|heart attack|"
        rf"cardiac arrest|having a coronary)\b",
    ),
    (
        "breathing",
        r"\b(?:(?:can't|cannot|can not|couldn't|could not|unable to|isn't|not|stopped|"
        r"struggling to|trouble|difficulty|hard to|barely|hardly|difficult to|"
        r"problems?)(?: \w+)? (?:breathe|breathing|get (?:any |enough )?(?:air|breath)|"
        r"catch (?:my|his|her) breath)|"
        r"not breathing|stopped breathing|short(?:ness)? of breath|choking|suffocating|"
        r"(?:turning|going|turned|gone|went) blue|lips are blue|(?:throat|tongue|airway) "
        r"(?:is |has )?(?:closing|swelling|swollen up|closed)|anaphyla\w+|gasping)\b",
    ),
    (
        "bleeding",
        r"\b(?:(?:bleeding|blood)(?: \w+){0,3} (?:heavily|badly|a lot|everywhere|out|"
        r"severely|profusely|won't stop|will not stop|doesn't stop|isn't stopping|"
        r"not stopping|and won't)|"
        r"bleeding (?:all (?:night|day|morning)|non ?stop|for (?:hours|days|\w+ hours)|"
        r"so much)|bleeding (?:hasn't|has not|doesn't|won't|isn't) stop\w*|(?:won't|can't|"
        r"cannot|"
        r"doesn't|hasn't|not|isn't|"
        r"wouldn't)(?: \w+){0,2} (?:stop(?:ped)?|stop the) bleeding|(?:heavy|severe|massive|"
        r"serious|uncontrolled|lots of|so much|a lot of) (?:bleeding|blood)|"
        r"bleeding to death|bled (?:a lot|all night)|(?:coughing|vomiting|throwing|"
        r"spitting) up blood|losing (?:a lot of|so much|too much)? ?blood|hemorrhag\w+|"
        r"haemorrhag\w+|bleeding for (?:hours|\w+ hours)|pouring (?:with )?blood|"
        r"blood (?:is|keeps|won't stop) (?:pouring|coming|flowing|gushing|running)|"
        r"mouth(?: \w+){0,3} (?:full of|filling(?: up)? with|fills with) blood|spitting blood|"
        r"(?:tooth (?:out|pulled|removed)|extraction|extracted)"
        r"(?: [\w']+){0,8} (?:it|that|this|which|mouth|gum|socket|hole)(?: just| still| really)* "
        r"(?:won't|will not|doesn't|does not|hasn't|isn't) stop(?:ped|ping)?)\b",
    ),
    (
        "overdose",
        r"\b(?:overdos\w+|od'd|(?:took|taken|swallowed|swallowing|drank|drunk|ate|"
        r"eaten)(?: \w+){0,4} (?:too many|whole bottle|bottle of|all (?:the|my|his|her)|"
        r"bleach|poison|battery|rat poison|antifreeze|detergent|mouthwash|cleaner|"
        r"nail polish|lighter fluid)(?: \w+){0,3}|"
        r"(?:took|taken|swallowed|had)(?: about| like| over| nearly)? (?:twenty|thirty|forty|"
        r"fifty|sixty|seventy|eighty|ninety|a hundred|\d\d+|dozens of|loads of|"
        r"(?:a|the) whole (?:box|pack|packet|strip) of)(?: \w+){0,2} (?:pills|tablets|capsules|"
        r"painkillers|paracetamols?|tylenols?|ibuprofens?|aspirins?|advils?|valium|xanax)|poison(?:ed|"
        r"ing)|too many (?:pills|tablets|painkillers|sleeping pills))\b",
    ),
    (
        "self-harm",
        r"\b(?:suicid\w+|kill(?:ing)? (?:myself|himself|herself|themselves)|(?:want|wants|"
        r"going|wanna|planning|wish|ready|wanted) (?:to|i could) (?:die|end (?:it all|it|"
        r"my life|things)|hurt (?:myself|himself|herself)|be dead|not be here|"
        r"disappear forever)|"
        r"(?:feel like|thinking (?:of|about)|thought (?:of|about)) ending (?:it(?: all)?$|it all|"
        r"my life|everything|things)|end (?:my|his|her|their) (?:own )?life|hurt(?:ing)? myself|"
        r"harm(?:ing)? myself|"
        r"self[ -]?harm\w*|cut(?:ting)? myself on purpose|cutting myself|take my own life|"
        r"(?:cut|cutting|slit|slitting|slashed)(?: (?:my|his|her|their|both))* wrists?|"
        r"don't want to (?:live|be alive|be here any ?more|go on living)|"
        r"(?:no|(?:don't|do not|can't|cannot) see (?:any|a|the|much)?) ?(?:point|reason|sense)"
        r"(?: in| of| to| for)* "
        r"(?:liv(?:e|ing)|being (?:here|alive)|(?:go(?:ing)?|carry(?:ing)?) on"
        r"(?: any ?more| living| like this)*$)|nothing (?:left )?to live for|not worth living|"
        r"(?:tired|sick) of (?:living|being alive|life)|no reason to live|"
        r"better off dead|can't go on(?: any ?more| like this| living)?$|"
        r"jump off (?:a|the) (?:bridge|roof|building)|(?:wish i (?:was|were) dead))\b",
    ),
    (
        "threat",
        r"\b(?:(?:i'll|i will|i'm going to|gonna|going to|i am going to|he's going to|"
        r"she's going to|threatened to|threatening to|wants to|trying to) (?:kill|shoot|stab|"
        r"murder|strangle|attack|burn (?:down|you)|blow (?:up|it up)|beat (?:you|me|him|her|"
        r"them) up|bomb|hurt (?:you|me|him|her|them))(?! (?:time|two|for))|"
        r"bomb|with a (?:gun|knife)|(?:has|have|got|pulled|pulls|pulling|waving|pointing|holding|"
        r"carrying|drew|brandishing)(?: out)? (?:a|an|his|her|the|their) "
        r"(?:big |huge |kitchen |hand)?(?:gun|knife|weapon|pistol|rifle|machete)"
        r"(?! (?:block|set|skills?|license|permit))|"
        r"(?:man|men|guy|guys|somebody|someone|people|stranger|he's|he is|they're|they are)"
        r"(?: \w+){0,8} trying to (?:break|get|force|kick) (?:in\b|(?:his|their) way in)"
        r"(?! (?:touch|contact|shape|with|for|to see))|"
        r"being attacked|attacking (?:me|us|him|her)|broke into|breaking in(?:to)?|trying to "
        r"(?:break|get) in(?:to (?:my|our|the) (?:house|home|apartment|flat))?$|intruder|"
        r"hostage|"
        r"he(?:'s| is) (?:hitting|beating|hurting) (?:me|her|him)|(?:been|was|"
        r"being) (?:stabbed|shot|raped|assaulted|attacked|mugged)|shooting at|gunshot)\b",
    ),
    (
        "stroke",
        r"\b(?:(?:having|had|has had|think it's|is it|might be|could be|it's) a stroke|"
        r"stroke symptoms|(?:face|mouth|smile|side of (?:his|her|my) face) (?:is |"
        r"has )?(?:drooping|dropped|gone numb|droops)|slurr(?:ed|ing)(?: (?:his|her|"
        r"my))? (?:speech|words)|"
        r"(?:can't|cannot) (?:move|feel) (?:my|his|her|one) (?:\w+ )?(?:arm|arms|leg|legs|"
        r"side|face)|paraly[sz]ed)\b",
    ),
    (
        "unconscious",
        r"\b(?:(?:he|she|baby|son|daughter|child|husband|wife|mom|mum|dad)(?:'s| is) (?:fitting"
        r"(?= now|$)|convulsing)|unconscious|unresponsive|not responding|"
        r"slumped (?:over|down|in|on|forward)|"
        r"(?:can't|cannot|couldn't|can not) (?:wake (?:him|her|them|my \w+)|get (?:him|her|them|my "
        r"\w+) to (?:wake|respond|breathe|come round))|(?:he|she|they|mom|mum|dad|husband|wife|"
        r"baby|son|daughter|father|mother|child)(?:'s| is| just| has)* (?:won't|will not|doesn't|"
        r"isn't|not) (?:respond\w*|wak\w+(?: up)?)|(?:isn't|won't|not|can't) (?:waking|"
        r"wake)(?: \w+)? ?up|passed out|collapsed|blacked out|fainted|(?:having|had|has|"
        r"having a|is having) (?:a )?(?:seizure|fit|convulsion|seizures)|no pulse|lifeless|"
        r"stopped moving|(?:(?:he|she|mom|mum|dad|husband|wife|baby|child|son|daughter|"
        r"father|mother|friend|brother|sister|man|woman) is|he's|she's|they're|"
        r"they are) (?:dying|dead)(?! (?:to|for))|i'm dying(?! (?:to|for|of (?:boredom|"
        r"curiosity|embarrassment|laughter|hunger|thirst)))|drowning(?! in)|drowned|"
        r"electrocuted|severe burns?|badly burn\w+)\b",
    ),
    (
        "swelling",
        r"\b(?:lips? (?:is |are |keeps? |started )(?:\w+ )?swelling|(?:swelling|swollen)"
        r"(?: \w+){0,6} (?:eye|neck|throat|tongue|swallow|"
        r"breath\w*)|(?:face|neck|jaw|cheek)(?: is| has)?(?: really| very| so)? (?:swollen|"
        r"swelling)(?: \w+){0,5} (?:fever|swallow|eye)|can't swallow(?! (?:pills|my pride|"
        r"that|the|this))|allergic (?:shock|reaction(?: \w+){0,4} (?:severe|bad|face|throat|"
        r"tongue)))\b|severe allergic reaction",
    ),
    (
        "accident",
        r"\b(?:(?:been in|had|was in|there's been|there has been|there was|just had) (?:a|"
        r"an) (?:\w+ )?(?:car |bad |terrible |serious |road )?(?:accident|crash)|"
        r"hit by a (?:car|bus|truck|lorry|train)|car (?:accident|crash)|hit (?:his|her|my|"
        r"their) head"
        r"(?: [\w']+){0,6} (?:dizzy|vomit\w*|threw up|throwing up|sick|confused|sleepy|drowsy|"
        r"bleeding|"
        r"out cold)|broken (?:neck|back|"
        r"skull)|skull|hit (?:his|her|my) head (?:hard|badly|really)|broken jaw|"
        r"jaw is broken|fell (?:off|from) (?:the|a) (?:roof|ladder))\b",
    ),
    (
        "emergency",
        r"\b(?:call (?:an ambulance|9 1 1|911|999|112|nine one one|nine nine nine|the police|"
        r"the fire)|(?:need|send|get) (?:me |us )?(?:an ambulance|the police(?! my)|"
        r"the paramedics|paramedics)|ambulance|life (?:and|or) death|life threatening|"
        r"medical emergency|"
        r"(?:in )?labou?r (?:now|started|pains)|water(?:s)? (?:has |have |just )?broke(?:n)?|"
        r"pregnant(?: \w+){0,3} bleeding|bleeding(?: \w+){0,4} pregnant|contractions|miscarr\w+|"
        r"help me help|somebody help|please help me i'm)\b",
    ),
)
_RULES = tuple((name, re.compile(pattern)) for name, pattern in _DANGERS)
_MIGHT = re.compile(
    r"flame|smell|blue|slump|point|reason|sense|worth|tired of|sick of|trying to|pistol|rifle|"
    r"machete|tooth out|extract|tooth pulled|tooth removed|wrist|\bair\b|"
    r"fire|gas|smok|explo|carbon|chest|heart|breath|chok|suffoc|throat|"
    r"tongue|airway|anaphyl|gasping|bleed|bled|blood|"
    r"h(?:a)?emorr|overdos|od'd|poison|swallow|took|taken|drank|drunk|ate|eaten|pills|"
    r"tablets|suicid|kill|die|dying|dead|end it|my life|own life|"
    r"myself|himself|herself|harm|live|alive|jump|go on|shoot|stab|murder|strangle|"
    r"attack|burn|blow|beat|bomb|hurt|gun|knife|weapon|broke|break|"
    r"intruder|hostage|shot|raped|assault|mugged|stroke|droop|slurr|can't move|"
    r"can't feel|cannot|numb|paraly|unconsc|unrespons|respond|waking|wake|passed out|"
    r"collapsed|blacked|faint|seizure|fit|convuls|pulse|lifeless|moving|drown|electroc|"
    r"swell|swollen|allergic|accident|crash|hit|skull|jaw|roof|ladder|"
    r"ambulance|police|9 1 1|911|999|112|nine|paramedic|death|threat|emergency|labou?r|"
    r"water|contraction|miscarr|help|disappear|be here|ending|pregnan|head|lips?|dizz|vomit|"
    r"mouthwash"
)
_DENIED = re.compile(
    r"\b(?:no|not|isn't|wasn't|without|don't have|do not have|haven't|never|hasn't|"
    r"doesn't have|aren't|don't|nothing like|"
    r"not (?:having|had|in)|rather than|free of|in case of|what if|if there's|"
    r"if there is|in the event of|is not|not a|neither)(?: any| a| an| the| really| have|"
    r" having| had| got| experiencing)* ?$"
)
_FIGURE = re.compile(
    r"(?:heart attack|stroke|seizure)s? (?:last|(?:a|an|some|many|\w+) (?:few |couple of )?"
    r"(?:years?|months?|weeks?) ago|years ago|back in|when i was)|(?:history of|price|bill|cost)"
    r"(?: \w+){0,4} (?:heart attacks?|strokes?)|"
    r"\b(?:i'm|i am|we're|we are|you're|you are|he's|she's|they're) on fire(?: \w+)? (?:today|"
    r"tonight|lately|now that|this (?:week|morning|year|month))|"
    r"\b(?:this|it|that|traffic|schedule|work|the (?:wait|schedule|traffic|price|bill|"
    r"heat|kids)|my (?:feet|back|schedule|boss|calendar|workload)|these \w+|prices|you|"
    r"you're|you guys|the hold music) "
    r"(?:is|are|'s|will be|was)? ?(?:absolutely |really |just |going to be |"
    r"literally )?kill(?:ing|s)? me|"
    r"kill(?:ing)? (?:some |the )?time|kill two birds|dying (?:to|for|of (?:boredom|"
    r"curiosity|laughter|embarrassment))|"
    r"die (?:of|from) (?:embarrassment|shame|boredom|laughter|laughing|hunger|thirst)|"
    r"shoot (?:you|me|him|her|them|us) (?:an?|the|over an?) |"
    r"my phone(?:'s| is) (?:dying|dead)|battery(?:'s| is)? (?:dying|dead)|(?:phone|line|"
    r"battery|car|screen|laptop|computer) (?:just |has |is |'s |went |keeps )?(?:died|"
    r"dying|dead)|dead(?:line| end| tired| tooth| nerve)|"
    r"fire (?:drill|alarm|escape|fighters?|place|works|exit|door|department|station|"
    r"safety|insurance|sale|marshal)|fireplace|fired|"
    r"gas (?:bill|station|company|mileage|prices?|card|tank|money|pump|man|engineer|"
    r"stove|oven|boiler)|laughing gas|(?:gas|bloat)(?:y|sy)|"
    r"(?:gums?|gum)(?: \w+){0,3} bleed\w*(?: a (?:bit|little|tiny))?(?! (?:heavily|badly|"
    r"a lot|and won't|won't|non ?stop))|bleeding (?:gums?|a (?:bit|little|tiny))|"
    r"blood (?:test|work|pressure|sugar|type|group|donor|sample|bank)|"
    r"(?:dog|cat|pet)s? (?:is|are) (?:poisoning)?$|heart ?burn|heart of|by heart|"
    r"sweetheart|heart to heart|heartbroken|broke(?:n)? (?:my |his |her |their )?heart|"
    r"scared to death|worried to death|bored to death|sick to death|(?:starving|tired|"
    r"freezing) to death|drop dead|over my dead|"
    r"stroke of|on the stroke|breast ?stroke|(?:different|swim\w*) strokes?|fit me in|"
    r"fit (?:us|him|her|them|in|well|my|the)|(?:a|any|good|better) fit\b(?! of)|"
    r"hit (?:the|a) (?:road|snag|button)|bath bomb|photo ?bomb|bomb(?:ed)? (?:the|my|"
    r"a) (?:test|exam|interview)|shot in the dark|flu shots?|"
    r"break(?:ing)? in (?:my|the|a|some|these) (?:new|shoes)|breaking up|"
    r"can't breathe through my nose|breathe easier|catch my breath first|"
    r"save my life|for the life of me|story of my life|not (?:the end of the world)|"
    r"swallow(?:ed)? (?:my|a|the) (?:crown|filling|temporary)|"
    r"in labou?r costs|labou?r day|water(?:s)? broke the|jaw ?dropping|killer|"
    r"(?:can't|cannot) wait"
)


def find_danger(heard: Heard, vocabulary: Vocabulary) -> Value[str] | None:
    """The first danger named that is not denied or a figure of speech; the office's words too."""
    text = heard.plain.text
    for word in vocabulary.danger_words:
        found = re.search(rf"\b{re.escape(word.lower())}\b", text)
        if found and not _DENIED.search(text[: found.start()]):
            return Value(word, heard.plain.words(*found.span()))
    if not _MIGHT.search(text):
        return None
    cleared = _FIGURE.sub(lambda match: "_" * len(match.group()), text)
    for name, pattern in _RULES:
        for match in pattern.finditer(cleared):
            if not _DENIED.search(cleared[: match.start()]):
                return Value(name, heard.plain.words(*match.span()))
    return None
