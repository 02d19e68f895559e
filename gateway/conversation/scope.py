"""What an office's receptionist does not deal with: other businesses, the wide world, small talk."""

from __future__ import annotations

import re

FOREIGN = re.compile(
    r"\b(?:restaurants?|dinner|brunch|steakhouse|bistro|diner|cafe|pizz\w+|tables?|hotels?|motel|hostel|airbnb|rooms?|flights?|fly|flying|airlines?|airport|plane|tickets?|"
    r"cars?|vehicle|truck|oil|tires?|tyres?|mechanic|brakes?|engine|mpg|mileage|gasoline|gas (?:tank|station|bill|prices?)|jump ?start|dipstick|wipers?|uber|taxi|cab|lyft|ride|bus|train|traffic|"
    r"meetings?|conference|zoom|calendar|remind(?:er|ers|ed)?|alarms?|timer|to ?do|lists?|pto|vacations?|days? off|time off|payday|paycheck|salary|income|w ?2|w ?4|tax(?:es)?|401 ?k|rollover|direct deposit|"
    r"bank|banking|accounts?|balance|credit|debit|loan|mortgage|interest|apr|transactions?|transfer(?:red)? (?:\$|money|funds|\d)|routing|pin|fraud|checks?(?! ?up)|checkbook|statement|overdraft|spend(?:ing)?|spent|rewards?|points|visa|mastercard|"
    r"passport|travel(?:ing|ling)?|trip|luggage|carry on|plug|exchange rate|currency|dollars to|weather|rain(?:ing)?|snow|temperature|forecast|"
    r"recipe|cook(?:ing)?|bake|ingredients?|calories|nutrition|food|meal|groceries|grocery|shopping|order(?:ed)? (?:more|some|a|an|me)|package|delivery|amazon|"
    r"songs?|music|playlist|movies?|film|tv|channel|volume|whisper|accent|language|translate|spell(?:ing)? (?:of|the word)|define|definition|synonym|dictionary|"
    r"lights?|thermostat|lamp|sync|device|bluetooth|reset|settings|phone(?: is)? lost|find my phone|text(?:ed|ing)? (?!message|me\b|you\b)\w+|(?:a|send) text|pets?|cuisine|soup|dishes|holiday, please|"
    r"jokes?|fun fact|trivia|dice|coin|meaning of life|capital of|president|population|convert|square root|multiply|divided|plus \d|percent of|how (?:tall|far|old|deep|big|fast) (?:is|are|was)|"
    r"stocks?|shares?|lottery|election|football|baseball|basketball|soccer|game|score|planets?|moon|dinosaurs?|"
    r"insurance (?:plan|policy|benefits|company|provider) (?:cover|through)|my (?:current |health )?insurance|insurance (?:do|plan|payment|card)|new insurance|gps|vaccines?|malawi|visit(?:ing)? (?:paris|london|hawaii|new york|florida)|hobbies|"
    r"reservations?|party of|museum|concert|gym|library|school district|dmv|post office|real estate|apartment|rent(?:al)?|bill(?:s)? (?:due|for)|electric(?:ity)? bill|water bill|phone bill|cable|internet|wifi|subscription)\b"
)
"""Things of other businesses. A word here keeps a task from starting unless the office names it."""
OFFICE = re.compile(
    r"\b(?:appointments?|appts?|dentists?|doctors?|dr|hygienists?|vets?|stylists?|physio\w*|therapists?|practice|surgery|clinic|office|receptionist|reception|opening hours|"
    r"tooth|teeth|gums?|filling|crown|check ?ups?|booked|booking|consultation|see (?:you|someone))\b"
)
"""Things of an office such as ours."""
