"""Words that belong to names, and words that never are one."""

from __future__ import annotations

from gateway.conversation.heard import word_set

PARTICLES = word_set(
    "van von der den de la le du da di del della dos das ter ten bin ibn al el st saint mac mc o"
)
"""Small words inside surnames."""
TITLES = word_set("mr mrs ms miss mister missus sir doctor dr prof professor")
NOT_NAMES = word_set(
    "a able about above absolutely actually afraid after afternoon again ah all allergic "
    "almost already alright also always am an and another any anybody anyone anything anyway "
    "appointment are around as ask asking at available away back bad be because been before "
    "being better bit bleeding book booked booking both busy but by bye call called caller "
    "calling can can't cancel cancelled cancelling capital change check checking cleaning "
    "client come coming confirm confirming correct could crown customer day definitely dental "
    "dentist did different do doctor does doing don't done down due dying early either "
    "emergency evening everything existing fall feeling fell filling fine first for free "
    "friday from get getting give go going gonna good got great guess guessing had half happy "
    "has have having he he'd hello help her here hey hi him his hm hmm hold hoping how human "
    "hurt hurting hurts i i'd i'll i'm i've if in interested is isn't it it's its just keep "
    "kind know last late later let letter like little long looking lost lovely machine make "
    "making man may maybe me mean message mine minute monday month more morning moving much "
    "my name named need needing never new next nice night no nobody none nope not nothing now "
    "number of off office oh ok okay on one only open or other our out over pain pardon "
    "patient perfect person phone planning please practice pregnant probably problem quick "
    "quite ready real really regarding reschedule rescheduling returning right ringing robot "
    "running same saturday say saying second see seeing serious she should sick since so some "
    "somebody someone something soon sorry sort speaking spelled spelling spelt still stuck "
    "sunday supposed sure taking talk talking thank thanks that that's the their them then "
    "there these they thing think thinking this thursday time to today tomorrow tonight too "
    "tooth toothache trouble trying tuesday two uh um under until up urgent us very visit "
    "visiting wait waiting wanna want wanted wanting wants was we wednesday week well went "
    "were what what's whatever when where which who whoever why will wish with woman "
    "wonderful wondering work working would wrong yeah year yep yes yesterday yet you you'd "
    "your zero three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty o'clock quarter anytime asap "
    "use using mobile cell put same call joking kidding test forget forgot skip"
)
"""A word of these ends a name or keeps it from beginning."""
ENDS = word_set(
    "a about again an and are at born but calling can could date do for from here hoping i "
    "i'd i'll i'm i've if in is it it's its just looking my need needing no not number on or "
    "phone phoning please ringing so speaking spelled spelling spelt thank thanks that the "
    "there this to today trying want wanting was we who with would yes you "
)
"""After these nothing belongs to the name any more."""
ALSO_NAMES = word_set(
    "april august best bill chance dawn day drew early frank friday good grace hope joy "
    "june little "
    "long mark may monday pat price read rich rose sue summer sunday will winter young"
)
"""Words that are names too, when they are written with a capital."""
