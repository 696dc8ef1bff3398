"""Does the shopper ask for a person? By rule, before any retrieval or model: English and Polish here, ten more
languages in `wish_rules.py`.

Measured on 330 wishes and 308 sentences that only talk about persons, in the ten languages: told apart by their nearest
seeds with both encoders the AUROC is .74 to .94 (that talk is near on purpose), so the rules decide alone.

All patterns meet *plain* text: folded (lower case, no diacritics or punctuation, single spaces), with the likely typos
of the words that carry the wish mended. Every repetition in them is bounded and the input is capped, so the time is
linear in the message.
"""

from __future__ import annotations

import re

from warmline.agent.text import fold
from warmline.agent.wish_rules import wants_person_by_rule
from warmline.domain.visitor import beside_address

MOST_CHARACTERS = 2_000
_SENTENCE = re.compile(r"(?:[^.!?;\n…–—-]|[.-](?=\w))+\??")

# ---- English --------------------------------------------------------------------------------------------------------

_PERSON = (
    # "people" alone are those whom one calls with a phone, or meets in an app
    r"(?:humans?(?: beings?)?|persons?|(?:(?<=real )|(?<=actual )|(?<=human )|(?<=live )|(?<=your ))people"
    r"|agents?|operators?|assistants?|representatives?|reps?|executives?|advis[oe]rs?)"
)
_SOMEBODY = r"(?:someone|somebody|anyone|anybody|(?:one|some|any) of your \w{3,12})"
_STAFF = (
    r"(?:(?:customer|client|sales|shop|store|order|orders|returns|billing|support|service|tech|technical|live|your"
    r"|spa) ){0,3}(?:care|support|service|services|team|staff|department|desk|employees?|consultants?|specialists?|"
    r"colleagues?|managers?|supervisors?|boss|owner|restaurant|gym|reception|room service|helpdesk)"
)
# Before these, a word for staff names a thing: "redirect to the support page", "connect to the service port".
_NO_THING = r"(?! (?:page|pages|site|website|port|ports|bracket|section|form|link|article|plan)\b)"
_DEPARTMENT = (
    r"(?:\w+ (?:department|team|desk)\b|(?:sales|billing|complaints|returns|claims|accounts|refunds|warehouse"
    r"|hr|technicians?|engineers?|experts?"
    r"|salesperson|whoever)(?=$| (?:please|now|asap|about|who|that|is|can)\b))"
)
_WHICH = (
    r"(?:(?:a|an|the|na|some|any|another|one|of|your|ur|real|actual|live|living|true|proper|human|different|other|more"
    r"|customer|client|support|service|sales|care|damn|damned|bloody|goddamn|fucking|freaking|fking|virtual|or|with"
    r"|senior|qualified|competent|rasa) ){0,5}"
)
_SPEAK = (
    r"(?:speak|talk|chat|converse|communicate|get in touch|be in touch|get through|get on the phone|have a (?:chat|"
    r"word|talk|conversation))"
)
_SPEAKING = r"(?:speaking|talking|chatting|chat|getting in touch|connecting)"
_DEVICE = (
    r"(?:app|router|device|(?:smart ?)?watch|phone|headset|modem|cable|adapt[eo]r|hub|(?:baby )?monitor|walkie ?talkie"
    r"|radio|intercom|speaker|doorbell|camera|toy|game|console|microphone)s?"
)
_TO = r"(?: directly| now| just)?(?: to| with| w| wth| wiht)? "

_EN_ASKS = (
    # speak to a person; chat with one of your team; talk to somebody else; speak to the manager
    rf"\b{_SPEAK}{_TO}{_WHICH}(?:{_PERSON}|{_SOMEBODY}|{_STAFF})\b",
    rf"\b{_SPEAKING}{_TO}{_WHICH}(?:{_PERSON}|{_SOMEBODY})\b",
    # contact, reach, call: only for a person, as "how do I contact customer service" asks for an address
    (
        rf"\b(?:contact|contacting|reach|reaching|call|get hold of|get ahold of) {_WHICH}(?:{_PERSON}|{_SOMEBODY})\b"
        r"(?! (?:with|from|on|in) (?:this|it|emergenc\w+)\b)"
    ),
    # transfer me to a person or a department (never to a plan, a network or a page); put me through
    (
        r"\b(?:transfer|connect|put|pass|patch|switch|hand) me (?:over |through |on |now |back |directly |in touch "
        rf"){{0,2}}(?:to|with) {_WHICH}(?:(?:my|account|case) ){{0,2}}"
        rf"(?:(?:{_PERSON}|{_SOMEBODY}|{_STAFF})\b{_NO_THING}|{_DEPARTMENT})"
    ),
    (
        r"\b(?:transfer|connect|forward|direct|redirect|route|escalate|refer)(?: me| this| it| us| u| through| "
        rf"over){{0,2}}"
        rf" to {_WHICH}(?:{_PERSON}|{_SOMEBODY}|{_STAFF})\b{_NO_THING}"
    ),
    (
        r"\bput me through(?: please| now| directly){0,2}(?=$| asap$| immediately$| to (?!(?:(?:the|a"
        r"|my) )?(?:checkout|page|next|site|form|cart|basket)\b))"
    ),
    (
        r"(?:\bto|\bplease|\byou|\bjust|^) escalate (?:this|it|that|the matter"
        r"|my (?:\w+ )?(?:case|issue|request|complaint|problem|claim|ticket))\b"
    ),
    # I want a human; get me a real person; can I have an agent please. What follows must not make it another noun.
    (
        r"\b(?:want|wanna|need|give me(?: to)?|gimme|get me|bring me|prefer|rather have|like|can i (?:get|have)|"
        r"could i (?:get|have)|may i have"
        rf"|looking for|demand|require|find me|get|request|requesting) {_WHICH}(?:{_PERSON}|manager|"
        r"supervisor)(?=$| (?:please|pls|plz|now|asap|instead"
        r"|not|to (?:help|assist|talk|speak|chat|answer|call|contact|look|take|solve|fix|sort|confirm)|who can|"
        r"that can|on the|on here|here|for this|right|immediately|and not|because|cos|cause|support|help|but|i|you"
        r"|this|thanks|thank)\b)"
    ),
    (
        r"\b(?:help|support|assistance|answer|reply|response|refund|assist(?:ed)?) (?:from|by|of) "
        rf"{_WHICH}{_PERSON}(?=$| (?!manual|guide))"
    ),
    (
        r"\bget me (?:someone|somebody)(?=$| (?:please|now|asap|else|real|human|who|that|i can|on the|from|to (?:talk"
        r"|speak))\b)"
    ),
    # whoever carries a sofa helps, too: help is meant for "me" or for what went wrong
    (
        r"(?<!do you )\b(?:get|have|find|send) (?:me )?(?:someone|somebody) (?:(?:else|real)(?=$| (?:please|now|here"
        r"|instead|who|on the|to (?:help|talk|speak|chat|look|answer|take over))\b)|on the (?:line|phone)"
        r"|(?:else )?to (?:(?:help|assist|call|contact|phone|answer) me\b|(?:help|assist)(?=$| (?:us )?with (?:my|our"
        r"|this) (?:\w+ )?(?:order|problem|issue|complaint|return|refund|question|request|parcel|account|claim"
        r"|case)\b)|talk(?=$| to| with)|speak(?=$| to| with)|answer (?:my|this)))"
    ),
    (
        r"\b(?:want|need|like|have|get|ask|let) (?:someone|somebody|a person|a human|an agent)(?: from your team| "
        r"else)? (?:to )?(?:call|contact|phone|ring|text) me\b"
    ),
    (
        r"\b(?:can|could|may|will|would) (?:you )?(?:please )?(?:(?:a human|a real person|an agent)(?=$| (?:please "
        r"|just |actually |at least )?(?:help|assist|answer|look|check|call|contact|talk|speak|reply|respond|deal|sort"
        r"|review|handle|step|get|fix|solve|resolve|read|message|email|chat|come|join|take (?:a look|over|this|care)"
        r"|be|do|explain|confirm|tell)\b)|(?:someone|somebody) (?:(?:real|human)(?! (?:quick|quickly|fast|soon|hair))"
        r"|from your (?:team|staff)|from (?:customer|support)|else (?:please )?(?:help|assist|answer|look|take a look"
        r"|check|sort|deal)))\b"
    ),
    # is there a human I can talk to; do you have live support; who can I speak to
    (
        rf"\b(?:is there|are there|do you have|have you got|got|any) {_WHICH}(?:human|live|real) (?:agent|person|"
        r"operator|support|help)s?(?=$| (?:please|pls|here|there|available|now|online|around|i can|we can|i could"
        r"|that|who|to (?:talk|speak|chat|help)|for (?:this|me|my|refunds?|returns?|orders?|complaints?)|today"
        r"|right|at (?:all|your)|or|instead|chat(?=$"
        r"| (?:please|available|here|i can))|on (?:here|this|the (?:line|chat|site))|in (?:this|the) chat|with)\b)"
    ),
    (
        rf"\b(?:is|are) there {_WHICH}(?:human|person|real person|agent|operator)s? (?:here|there|available|around|"
        r"i can|to (?:talk|speak|help))\b"
    ),
    (
        rf"\b(?:{_PERSON}|{_SOMEBODY}) (?:else )?(?:that |who |whom |there )?(?:i|we) (?:can|could|may|might) "
        r"(?:talk|speak|chat|reach|contact)\b"
    ),
    r"\bwho (?:can|could|should|do|may) i (?:talk|speak|chat) (?:to|with)\b(?! using| through| via)",
    # not a bot
    (
        r"\b(?:dont|don t|do not|not|stop|hate|sick of|tired of|fed up with|refuse to|wont|no longer|instead of|"
        r"rather than|done|waste \w+|wasting \w+|enough of) (?:to )?(?:want to |wanna |like to |like |wish to "
        r"|going to |want |keep |time )?(?:be )?(?:speak|talk|chat|speaking|talking|chatting|deal|dealing"
        r"|with|discuss|to) ?(?:to |with )?(?:a |an |the |this |these |your |some |stupid |dumb |fucking |bloody |"
        r"damn ){0,4}(?:bots?|robots?|machines?|chat ?bots?"
        r"|computers?|ai|automat\w{0,6}|virtual agents?)\b"
    ),
    r"\b(?:dont|don t|do not) (?:want to|wanna) (?:talk|speak|chat) (?:to|with) (?:you|u|this thing)\b",
    (
        r"\b(?:talking|speaking|chatting) (?:to|with) (?:a |an |the |this )?(?:bots?|robots?|machines?|ai) (?:is|"
        r"sucks|feels)\b"
    ),
    r"\bcomfortable (?:\w+ ){0,6}with (?:a |an |the )?(?:bot|robot|machine|ai|computer)\b",
    (
        rf"\b(?:{_PERSON}|{_SOMEBODY}) (?:and )?not (?:a |an |the |this |another )?(?:stupid )?(?:bot|robot|"
        r"machine|chat ?bot|computer|ai)\b"
    ),
    r"^(?:no|no more|not another|enough|stop) (?:bots?|robots?|chat ?bots?)\b",
)

_POLITE = (
    r"(?:please|pls|plz|hi|hello|hey|no|yes|ok|okay|now|just|sorry|good morning|good evening|but|i said|again"
    r"|prosze|poprosze|czesc|hej|dzien dobry|nie|tak|witam|dobry wieczor|jednak|ale)"
)
_EN_ALONE = (
    (
        rf"(?:{_POLITE} ){{0,3}}(?:(?:a|an|the|real|live|actual|human) ){{0,3}}"
        r"(?:human(?: being)?s?|real person|live person|person|agent|operator|representative|live (?:agent|support|"
        r"human)|human (?:agent|support|help|operator|assistant|assistance|handoff|contact)|real (?:agent|human)"
        r"|handoff|customer service agent|(?:someone|somebody) (?:real|human|else))"
        rf"(?: (?:{_POLITE}|only|asap|needed|instead|required|immediately|thanks|thank you)){{0,3}}"
    ),
    (
        rf"(?:{_POLITE} ){{0,3}}(?:customer (?:service|care|support)|support|manager|supervisor|assistant|advisor|"
        r"a colleague) (?:please|pls|plz|now|asap)"
    ),
    r"(?:someone|somebody) from (?:customer (?:care|service|support)|your team|support|the team)(?: please)?",
)

# What only looks like a wish: talk about persons, or about having talked to one.
_EN_NOT = (
    (
        r"\b(?:am i|are you|r u|was|were|been|after|before|while|when|whilst|by|kept|without|hours|ve|have|had|of|"
        r"avoid|for|about|just finished|yesterday)"
        rf" (?:speaking|talking|chatting|connecting|contacting|reaching){_TO}{_WHICH}\w+"
    ),
    (
        r"\b(?:do i have to|do i need to|must i|will i have to|will i need to|did i|i had to|why should i) "
        rf"(?:{_SPEAK}|contact|call)"
        rf"{_TO}{_WHICH}\w+"
    ),
    (
        r"\b(?:dont|don t|do not|didnt|didn t|did not|never|no need to|not|cannot stand) (?:want to |wanna |need "
        r"to |have to |like to |wish to |to |want |need |like )+"
        rf"(?:{_SPEAK}|contact|call)?(?: to| with)? ?{_WHICH}(?:{_PERSON}|{_SOMEBODY}|{_STAFF})\b"
    ),
    rf"\b(?:to|who|they|he|she|that|should|can) (?:{_SPEAK}|contact|call){_TO}(?:my|his|her|their)\b",
    # what a device does: does the watch call someone? will the app connect me with others?
    (
        rf"\b(?:does|will|can|would|do) (?:the|this|these|that|your) (?:\w+ )?{_DEVICE} (?:\w+ )?(?:connect|reach"
        rf"|call"
        r"|contact|talk|speak|chat|get|put)(?: \w+){0,6}"
    ),
    (
        rf"\b(?:{_SPEAK}|contact|call|reach){_TO}{_WHICH}\w+ (?:with|using|through|via|over|on) (?:this|the|these"
        rf"|that|a) "
        rf"(?:\w+ )?(?!phone\b){_DEVICE}\b"
    ),
)

# ---- Polish ---------------------------------------------------------------------------------------------------------

_PL_STRONG = (
    r"(?:czlowiek\w{0,4}|ludzmi|konsultan\w{1,5}|operator\w{0,5}|doradc\w{1,3}|pracowni[kc]\w{0,5}|"
    r"agent\w{0,4}|przedstawiciel\w{0,5}|specjalist\w{1,3}|kierowni[kc]\w{0,5}|menedzer\w{0,4}"
    r"|zyw\w{1,3} (?:osob\w{1,2}|istot\w{1,2})|prawdziw\w{1,3} (?:osob\w{1,2}|czlowiek\w{0,4})|szef\w{0,4})"
)
_PL_SOMEONE = r"(?:kims|ktos|kogos|osoba|osobe|obsluga|biurem|zespolem|dzialem|centrala|infolinia|bok)"
_PL_WHICH = (
    r"(?:(?:jakims|jakas|jakiegos|jakas|jakim|prawdziwym|prawdziwa|prawdziwego|zywym|zywa|zywego|panstwa|"
    r"waszym|wasza|waszego|kims|kogos|innym|inna|innego|jakimkolwiek|normalnym|normalna|normalnego|z|ze|twoim) ){0,4}"
)
_PL_STAFF = (
    r"(?:dzial\w{0,4}|obslug\w{1,2}|biur\w{1,3}|zespol\w{1,3}|infolini\w{1,2}|central\w{1,2}|bok|sklepem"
    r"|wsparci\w{1,2}|reklamacj\w{1,3}|sekretari\w{1,4}|recepcj\w{1,2}|serwisem|support\w{0,3}|helpdesk\w{0,3}|wami"
    r"|kims|kogos|osob\w{1,2}|panem|pania)"
)
_PL_SPEAK = (
    r"(?:po)?(?:rozmawia[ct]\w?|rozmow\w{1,3}|gada[ct]\w?|pisac|czatowac)|pomowic|mowic|skontaktowac|"
    r"kontakt\w{0,2}|polaczyc|polaczenie|polaczenia"
)
_PL_ASKS = (
    rf"\b(?:{_PL_SPEAK}) (?:sie |teraz |bezposrednio |prosze ){{0,2}}(?:z|ze|do) {_PL_WHICH}{_PL_STRONG}\b",
    (
        r"\b(?:(?:po)?rozmawiac|rozmowe|pogadac|gadac|pomowic|polaczyc|porozmawiam|polaczenie) (?:sie |teraz |"
        rf"bezposrednio ){{0,2}}(?:z|ze) {_PL_WHICH}{_PL_SOMEONE}\b(?! przez (?:te|ten|to|niani|krotkofal|interkom"
        rf"|zegarek))"
    ),
    (
        r"\b(?:polacz|polaczcie|przelacz|przelaczcie|przekieruj|przekierujcie|skontaktuj|skontaktujcie|polaczyc|"
        r"przelaczyc|skontaktowac) (?:mnie|nas) (?:prosze |teraz )?"
        rf"(?:z|ze|do|na) {_PL_WHICH}(?:{_PL_STRONG}|{_PL_STAFF})\b"
    ),
    (
        r"\b(?:chce|chcialbym|chcialabym|potrzebuje|poprosze|prosze o|daj mi|dajcie mi|dawaj|wole|zadam|wolalbym|"
        r"wolalabym|poprosic|prosze) (?:rozmowe z |kontakt z |rozmowy z |kontaktu z )?"
        rf"{_PL_WHICH}{_PL_STRONG}(?=$| (?:prosze|teraz|natychmiast|a nie|nie|do pomocy|zamiast|pilnie|dziekuje|bo|"
        r"ktory mi|zeby|i)\b)"
    ),
    (
        r"\b(?:polacz|polaczcie|przelacz|przelaczcie|zawolaj|wezwij|dawac|dawaj)(?: prosze)? (?:(?:z|ze|do|na) "
        rf")?{_PL_WHICH}{_PL_STRONG}\b"
    ),
    (
        r"\b(?:czy )?(?:jest|mozna) (?:tu|tam|moze)? ?(?:jakis |jakas )?(?:zywy |zywa |prawdziwy )?(?:ktos zywy|"
        r"czlowiek|konsultant|zywa osoba)(?=$| (?:dostepny|z ktorym|do rozmowy|na czacie))"
    ),
    (
        r"\b(?:nie chce|nie bede|nie mam ochoty|nie zamierzam|dosc) (?:juz |wiecej )?(?:rozmawiac|gadac|pisac|"
        r"rozmow\w{0,2}|rozmowy|gadania|mowic) z (?:\w+ )?(?:bot\w{0,4}|robot\w{0,4}|chatbot\w{0,4}"
        r"|czatbot\w{0,4}|maszyn\w{1,2}|automat\w{0,4}|ai|komputer\w{0,3}|toba)\b"
    ),
    (
        rf"\b{_PL_STRONG} (?:a )?nie (?:z )?(?:bot\w{{0,4}}|robot\w{{0,4}}|maszyn\w{{1,2}}|automat\w{{0,4}}|"
        rf"chatbot\w{{0,4}})\b"
    ),
    (
        r"\bniech (?:ktos|konsultant|czlowiek)(?: od was| z obslugi)? (?:do mnie )?(?:zadzwoni|oddzwoni|sie ze mna "
        r"skontaktuje|napisze|mi pomoze)"
    ),
    (
        r"\b(?:prosze o|poprosze o) (?:kontakt|rozmowe|polaczenie) (?:z|ze) "
        rf"{_PL_WHICH}(?:{_PL_STRONG}|{_PL_STAFF})\b"
    ),
)
_PL_ALONE = (
    (
        rf"(?:{_POLITE} |chce |daj |dajcie ){{0,3}}(?:(?:zywy|zywego|prawdziwy|prawdziwego|z|jakis) "
        rf"){{0,2}}(?:czlowiek\w{{0,3}}|konsultan\w{{1,4}}|doradca|doradce"
        rf"|pracownik\w{{0,3}}|operator\w?|zywa osoba|zywa osobe|obsluga klienta prosze|agent\w?)(?: (?:{_POLITE}|"
        rf"teraz|natychmiast|pilnie|dziekuje)){{0,3}}"
    ),
)
_PL_NOT = (
    (
        r"\b(?:czy musze|musze|nie chce|nie musze|bez|nie trzeba|po|podczas|wczoraj) (?:sie )?(?:rozmawiac|rozmowy|"
        r"rozmowie|kontaktowac|kontaktu|dzwonic|mowic|gadac) (?:sie )?(?:z|ze|do) (?!bot|robot|maszyn|automat|chatbot"
        r"|toba)\w+"
    ),
)

_ASKS = re.compile("|".join((*_EN_ASKS, *_PL_ASKS)))
_ALONE = re.compile("|".join(f"(?:{pattern})" for pattern in (*_EN_ALONE, *_PL_ALONE)))
_NOT = re.compile("|".join((*_EN_NOT, *_PL_NOT)))

# The words whose typos are worth mending: long enough that one wrong letter cannot make them another common word.
_MENDED = (
    *"human person agent operator assistant representative someone somebody speak talk live speaking talking".split(),
    *"contact connect transfer please konsultant konsultantem konsultanta konsultantka pracownikiem".split(),
    *"czlowiek czlowiekiem czlowieka porozmawiac rozmawiac polacz".split(),
)
_KEPT = frozenset(
    "humans persons agents operators assistants contract contacts contacted talked speaks transfers persona".split()
)


def wants_person(text: str) -> bool:
    """Whether the shopper asks, in so many words, for a human: with all that they write, or in one sentence of it.

    An address that stands in it is not read: it is what follows a wish, and no part of it.
    """
    said = beside_address(text[:MOST_CHARACTERS])
    sentences = [each for each in _SENTENCE.findall(said) if each.strip() != said]
    return _asks(said) or any(_asks(each, alone=not each.endswith("?")) for each in sentences)


def _asks(text: str, alone: bool = True) -> bool:
    """`alone`: whether a bare "human please" may be the wish; behind a question it may be the rest of that."""
    plain = " ".join(map(_mended, fold(text).split()))
    if alone and _ALONE.fullmatch(plain):
        return True
    return _ASKS.search(_NOT.sub(" ", plain)) is not None or wants_person_by_rule(text)


def _mended(word: str) -> str:
    if len(word) < 5 or word in _KEPT or word in _MENDED:
        return word
    return next((meant for meant in _MENDED if _one_slip(word, meant)), word)


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter is missing, doubled, wrong, or swapped with its neighbour."""
    if typed == meant or abs(len(typed) - len(meant)) > 1 or typed[0] != meant[0]:
        return typed == meant
    at = next((n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    rest, should = typed[at:], meant[at:]
    swapped = rest[1:2] + rest[:1] + rest[2:] == should
    return swapped or rest[1:] == should[1:] or rest[1:] == should or rest == should[1:]
