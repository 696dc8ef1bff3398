"""The merchant's escalation rules, and the safety signals that nobody can switch off.

A rule is triggered by its phrases, by likeness to its examples (the agent measures that), or by what it is about, in
the merchant's words (a language model says whether). All of it is looked at before any reply. A wish for a person in so
many words is stronger than every rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from warmline.errors import Invalid

MOST_RULES = 100
MOST_TEXTS = 200
LONGEST_TEXT = 200
LONGEST_ABOUT = 300
_READ = 8_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")
_LANG = re.compile(r"[a-z]{2,3}")
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


class Action(StrEnum):
    """What a rule does."""

    HAND_OFF = "hand_off"
    """No answer: a person is offered at once."""
    SUPPRESS = "suppress"
    """The agent answers what it can, and offers nobody."""
    ROUTE = "route"
    """A handoff of this conversation goes to this helpdesk, or carries this tag."""


class Safety(StrEnum):
    """Built in: a person is offered at once, with words of its own where they are needed."""

    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    LEGAL_THREAT = "legal_threat"
    PAYMENT_DATA = "payment_data"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `phrases` are found as whole words; `examples` by meaning; `about` says in words when it applies, for a
    language model; empty `languages` means all.

    `helpdesk` and `tag` belong to `route`.
    """

    name: str
    action: Action
    phrases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    helpdesk: str | None = None
    tag: str | None = None
    about: str | None = None

    def speaks(self, lang: str) -> bool:
        """Does it count in this language (ISO 639-1)?"""
        return not self.languages or lang.split("-")[0] in self.languages


@dataclass(frozen=True, slots=True)
class Fired:
    """Which rules apply to a turn, in the order they are written; the first of each action counts."""

    rules: tuple[Rule, ...] = ()
    safety: Safety | None = None

    def first(self, action: Action) -> Rule | None:
        return next((rule for rule in self.rules if rule.action is action), None)

    def joined(self, more: Iterable[Rule], order: Sequence[Rule]) -> Fired:
        """These rules apply too. `order` is that of the workspace."""
        found = {rule.name: rule for rule in (*self.rules, *more)}
        places = {rule.name: place for place, rule in enumerate(order)}
        return Fired(tuple(sorted(found.values(), key=lambda rule: places.get(rule.name, -1))), self.safety)

    @property
    def names(self) -> list[str]:
        """For the trace."""
        return [*(f"rule:{rule.name}" for rule in self.rules), *([f"safety:{self.safety}"] if self.safety else [])]


def by_words(text: str, lang: str, rules: Iterable[Rule]) -> list[Rule]:
    """The rules whose phrases are in the text, as whole words; case, diacritics and punctuation do not count."""
    return [rule for rule in rules if rule.speaks(lang) and phrase_in(text, rule)]


def phrase_in(text: str, rule: Rule) -> str | None:
    """The first of the rule's phrases that is in the text."""
    words = f" {folded(text)} "
    return next((each for each in rule.phrases if f" {folded(each)} " in words), None)


def parse_rules(tables: Any) -> tuple[Rule, ...]:
    """The tables `[rules.NAME]`. Raises Invalid naming the field."""
    if not isinstance(tables, Mapping):
        raise Invalid('rules holds tables such as [rules.lawyers] with action = "hand_off".', "rules")
    if len(tables) > MOST_RULES:
        raise Invalid(f"At most {MOST_RULES} rules fit.", "rules")
    return tuple(_rule(name, table) for name, table in tables.items())


def _rule(name: str, table: Any) -> Rule:
    field = f"rules.{name}"
    if not _NAME.fullmatch(name):
        raise Invalid("A rule's name takes up to 48 letters, digits, - and _.", field)
    if not isinstance(table, Mapping):
        raise Invalid(f"{field} must be a table.", field)
    known = {"action", "phrases", "examples", "about", "languages", "helpdesk", "tag"}
    unknown = sorted(set(table) - known)
    if unknown:
        raise Invalid(
            f"{field}.{unknown[0]} is not known here. Known: {', '.join(sorted(known))}.", f"{field}.{unknown[0]}"
        )
    try:
        action = Action(str(table.get("action")))
    except ValueError:
        raise Invalid(f"{field}.action is hand_off, suppress or route.", f"{field}.action") from None
    rule = Rule(
        name=name,
        action=action,
        phrases=_texts(table, "phrases", field),
        examples=_texts(table, "examples", field),
        languages=_texts(table, "languages", field),
        helpdesk=_text(table, "helpdesk", field, re.compile(r"[a-z][a-z0-9_-]{0,47}")),
        tag=_text(table, "tag", field, _TAG),
        about=_about(table, field),
    )
    _check(rule, field)
    return rule


def _check(rule: Rule, field: str) -> None:
    if not rule.phrases and not rule.examples and not rule.about:
        raise Invalid(
            f"{field} needs phrases, examples or about: without them it is never triggered.", f"{field}.phrases"
        )
    if bad := next((lang for lang in rule.languages if not _LANG.fullmatch(lang)), None):
        raise Invalid(f'"{bad}" is no language. Use a code such as en or pl.', f"{field}.languages")
    if empty := next((each for each in rule.phrases if not folded(each)), None):
        raise Invalid(f'The phrase "{empty}" holds no letter or digit.', f"{field}.phrases")
    target = rule.helpdesk or rule.tag
    if rule.action is Action.ROUTE and not target:
        raise Invalid(f"{field} routes: name a helpdesk or a tag.", f"{field}.helpdesk")
    if rule.action is not Action.ROUTE and target:
        raise Invalid(f'{field}.helpdesk and {field}.tag belong to action = "route".', f"{field}.action")


def _about(table: Mapping[str, Any], field: str) -> str | None:
    value = table.get("about")
    if value is not None and not (isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_ABOUT):
        raise Invalid(f"{field}.about is a text of at most {LONGEST_ABOUT} characters.", f"{field}.about")
    return value.strip() if value else None


def _texts(table: Mapping[str, Any], key: str, field: str) -> tuple[str, ...]:
    value = table.get(key, [])
    good = isinstance(value, Sequence) and not isinstance(value, str) and len(value) <= MOST_TEXTS
    if not good or not all(isinstance(each, str) and 0 < len(each.strip()) <= LONGEST_TEXT for each in value):
        raise Invalid(
            f"{field}.{key} is a list of up to {MOST_TEXTS} texts of at most {LONGEST_TEXT} characters.",
            f"{field}.{key}",
        )
    return tuple(each.strip() for each in value)


def _text(table: Mapping[str, Any], key: str, field: str, form: re.Pattern[str]) -> str | None:
    value = table.get(key)
    if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
        raise Invalid(f"{field}.{key} takes lower-case letters, digits, - and _.", f"{field}.{key}")
    return value


def folded(text: str) -> str:
    """Lower case, no diacritics, words divided by single spaces."""
    lowered = text[:_READ].lower().replace("ł", "l").replace("\u0131", "i")
    plain = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain))


# Safety: words that a shopper uses of themselves or to us. Nobody can switch these signals off, so products ("killer
# deal", "how do I kill spider mites?", "mon avocat est trop mûr") must not set them off: an intent is said ("I will",
# never "will I?") and aims at persons; a lawyer is made to do something. Hyperbole with a condition ("I will die if it
# is late") is none, but whoever says that they want to die is heard.

_SELF_HARM = r"""
(?:i|im|i m|i am) (?:(?!dont|not|never)\w+ )?(?:want to|wanna|wish to) (?:\w+ )?die(?! laughing| of laughter|(?: my|
the| this| these| a)(?: \w+)? (?:hair|beard|eyebrows?|lashes|shirts?|dress|jeans|shoes|clothes|fabric|wool|yarn
|curtains?|eggs?)) | (?:i will|i ll|i am going to|im going to|i m going to) die (?:tonight|today)(?! if| unless)
| (?:i|im|i m|i am) (?:(?!dont|not|never)\w+ )?(?:want to|wanna|going to|gonna|will|wish to|about to) (?:\w+ )?(?:kill
myself|end my life|end it all|hurt myself|harm myself|commit suicide) | i wish i (?:was|were) dead
| kill(?:ing)? myself | end(?:ing)? my (?:own )?life | suicidal
| i (?:dont|don t|do not) want to live(?! (?:in|at|near|next|abroad|without (?:it|this|that|your|the))\b)
| no reason to live | better off dead | cut(?:ting)? myself on purpose
| chce (?:sie zabic|umrzec(?! ze (?:smiechu|szczescia)| z (?:zachwytu|radosci|przejedzenia))|ze soba skonczyc|skonczyc
ze soba|odebrac sobie zycie) | zabije sie | nie chce (?:juz )?zyc(?! bez (?:tej|tego|tych|waszej|waszego))
| odbiore sobie zycie | nie chce mi sie (?:juz )?zyc | popelni\w* samobojstw\w+ | mysli samobojcz\w+
| ich will (?:nicht mehr leben(?! ohne (?:diesen|dieses|diese|euren|eure|ihren|ihre))|sterben(?! vor lachen)|mich
umbringen) | ich mochte (?:nicht mehr leben|sterben)(?! ohne| vor lachen) | bringe mich um | mir das leben nehmen
| selbstmord begehen | nehme mir das leben
| je (?:veux|voudrais) (?:mourir(?! de (?:rire|plaisir|faim))|me tuer|me suicider|en finir(?! avec (?!la vie|ma vie
|tout))) | je ne veux plus vivre(?! sans (?:ce|cette|votre)\b) | me suicider
| quiero (?:morir\w*(?! de (?:risa|gusto|hambre|amor|placer))|matarme|suicidarme)
| no quiero (?:seguir viviendo|vivir mas) | quitarme la vida
| voglio (?:morire(?! d(?:i|al|alle) (?:ridere|risate|dolcezza|fame|gusto))|uccidermi|farla finita(?! con (?!la vita
|la mia vita|tutto))) | non voglio piu vivere(?! senza (?:questo|questa|il|la|vostr\w)\b) | togliermi la vita
| quero (?:morrer(?! de (?:rir|fome|amor|prazer))|me matar|matar me) | nao quero (?:mais viver|viver mais)
| tirar a minha vida | acabar com a minha vida | chci (?:umrit(?! smichy)|se zabit)
| nechci (?:uz )?zit(?! bez (?:teto|tohoto|vasi|vaseho)\b) | spacham sebevrazdu
| хочу (?:померти(?! від сміху)|вбити себе) | не хочу (?:більше )?жити(?! без (?:цієі|цього|вашоі))
| вкоротити собі віку
| ik wil (?:dood(?=$| (?:zijn|gaan|nu|want|en|omdat)\b)|sterven|niet meer leven(?! zonder (?:deze|dit|jullie))|mezelf
iets aandoen) | zelfmoord plegen
| jag vill (?:do(?! av skratt)|inte leva(?! utan (?:det har|den har|er|ert))|ta mitt liv) | bega sjalvmord
| begar sjalvmord | (?:(?<!gulmekten )(?<!zevkten )olmek|kendimi oldurmek) istiyorum | intihar ed\w+
| yasamak istemiyorum
"""
_VIOLENCE = r"""
(?:i will|i ll|ill|i shall|(?<!am )i (?:\w+ )?gonna|(?:i am|im|i m) (?:\w+ )?(?:going to|gonna)|i (?:really )?(?:want
to|wanna)|i swear i will) (?:(?!not|never)\w+ )?(?:(?:kill|stab|hurt|beat up|murder) (?:you|u|him|her|everyone
|everybody|your (?:staff|people|family|colleagues?|boss|driver|courier)|(?:(?<!want to kill )(?<!want to hurt )them
|someone|somebody)(?=$| (?:and|today|tonight|tomorrow|there|at your|in your|for this|i)\b))|shoot (?:you(?! (?:an?
|over|my|the|some)\b)|u\b(?! an?\b)|up your|your (?:staff|people|family)|everyone (?:in|at) your)|(?:burn down|blow
up) (?:you|u|your|everyone|everybody)|burn your (?:shop|store|office|house|place) down) | i kill you
| (?:put|plant|planted|placed|place|left|leave|hid|hide|set|there is|theres|there s) a bomb (?:in|at|under|inside)
(?:your|the (?:shop|store|office|building)) | i know where you (?:live|work) | zabije (?:was|cie|kogos|wszystkich)
| spale (?:wam |wasz\w* )(?:sklep|dom|firm|biur|magazyn)\w* | spale ten sklep | podloze (?:\w+ )?bombe
| pobije (?:was|cie) | wiem gdzie mieszka\w+ | zastrzele (?:was|cie)
| ich (?:bringe (?:euch|dich) um(?! \d| den| die| das)|bringe sie alle um|werde (?:euch|dich|sie alle) \w*(?: \w+)?
?umbringen|zunde euch|zunde euren) | ich wei(?:ss|ß) wo (?:du wohnst|sie wohnen|ihr wohnt)
| je vais (?:vous|te|tous les|tous vous) (?:tuer|frapper(?! a )|bruler(?! (?:un|une|des)\b)|buter)
| je vais bruler votre (?:magasin|boutique|bureau) | je sais ou (?:vous habitez|tu habites) | (?:os|te) voy a matar
| voy a matar(?:os|te|los a todos) | los voy a matar a todos | voy a quemar (?:vuestra|su|tu|la) (?:tienda|oficina)
| se donde (?:vives|vivis|viven) | vi (?:ammazzo|uccido|brucio(?=$| (?:tutti|vivi|il negozio|la sede)\b))
| ti (?:ammazzo|uccido) | so dove (?:abitate|abiti)
| vou (?:matar|queimar) (?:voces(?! de rir)|vos|te|a vossa loja|a sua loja) | vou (?:te|vos) matar
| vou matar (?:te|vos) | sei onde (?:voces moram|voce mora|moras|moram) | zabiju (?:vas|te)
| vim kde (?:bydlite|bydlis) | podpalim (?:vam|vas) obchod | (?<!якщо )вб ю (?:вас|тебе)
| я знаю де (?:ви живете|ти живеш) | спалю ваш\w*
| ik (?:vermoord|maak) (?:jullie|je)(?: allemaal)?(?: (?:dood|kapot|af))?(?=$| (?:als|want|en)\b)
| ik (?:steek|brand) (?:jullie|je) (?:winkel|kantoor)|ik weet waar (?:je|jullie|u) (?:woont|wonen)
| jag (?:ska|kommer att) (?:doda|skada|morda) (?:er|dig|alla) | jag vet var (?:du|ni) bor | sizi oldurece\w+
| seni oldurece\w+ | sizi oldururum | nerede (?:yasadiginizi|oturdugunuzu) biliyorum
"""
_LEGAL = r"""
(?:i|we) (?:will|ll|shall|am going to|are going to|m going to|re going to|want to|have to) (?:\w+ )?(?:sue|take legal
action|press charges|file a lawsuit|take (?:you|this|it|the matter) to court|go to court(?! on| as| next| for|
tomorrow| to))
| (?:ill|im going to|i m gonna|im gonna) (?:\w+ )?(?:sue|take legal action|take (?:you|this|it) to court|press charges
|file a lawsuit|report you)
| (?:am|im|i m|we are|are) (?:\w+ )?(?:suing|taking legal action|contacting my (?:lawyer|attorney|solicitor)|taking
you to court)
| (?:i|we) (?:sue|take legal action|press charges|file a lawsuit) (?:against )?(?:you|your|the (?:shop|store|company)
|this (?:shop|store|company))
| (?:i|we|ill|i ll|im|i m) (?:\w+ ){0,3}?report(?:ing)? you to (?:the )?(?:police|authorities|consumer|trading)
| (?:i|we|ill|i ll) (?:\w+ ){0,2}?(?:contact|call|consult|involve|inform|see|speak to|talk to) my (?:lawyer|attorney
|solicitor) | hear(?:ing)? from my (?:lawyer|attorney|solicitor)
| my (?:lawyer|attorney|solicitor) (?:will (?:(?:be )?(?:contact|in touch|writ|send|sue|call you|handl|deal|take
|get)\w*)|is (?:already )?(?:involved|informed|contacting|preparing|writing|handling|on it|going to (?:sue|contact
|write))) | see you in court | legal action against | chargeback with my bank | lawsuit against
| (?:pozwe|pozywam|zaskarze)(?: (?:was|panstwa|do sadu|firme))? | podam (?:was|to|sprawe|firme) do sadu
| (?:ide|pojde|kieruje|skieruje|oddaje|oddam) (?:sprawe|z tym|z wami|z ta sprawa|was|to) do sadu
| spotkamy sie w sadzie | spotykamy sie w sadzie | spotkanie w sadzie
| (?:moj|moja) (?:prawnik|prawniczka|adwokat|mecenas) (?:juz )?(?:sie )?(?:z wami |z panstwem |do was )?(?:skontaktuje
|odezwie|zajmie|zajmuje|przygotow\w+|wysle|napisze|zalatwi|pozwie|wysyla|pisze pozew)
| (?:skontaktuje sie|konsultuje sie|konsultuje to|porozmawiam|rozmawiam|ide|pojde|rozmawialem|rozmawialam) (?:z tym
)?(?:z|do) (?:moim |mojego |swoim )?(?:prawnik|adwokat)\w*
| (?:przekaze|przekazuje|oddaje|oddam) (?:to|sprawe) (?:mojemu )?(?:prawnik|adwokat)\w*
| zglosze (?:was |to |sprawe )?(?:na|do) (?:policj\w+|uokik\w*|prokuratur\w+|rzecznik\w+)
| ich (?:verklage (?:sie|euch|den|die)|zeige (?:sie|euch|das)(?: \w+){0,3} an(?=$| (?:und|wenn|wegen)\b))
| ^mein anwalt$
| mein anwalt (?:wird|meldet sich|setzt|schreibt|kummert|hort|ist (?:schon |bereits )?(?:informiert|eingeschaltet
|beauftragt)|kontaktiert|ubernimmt)
| (?:gehe|gehen|wende mich|ubergebe (?:das|es|die sache)) (?:zu|zum|an) (?:einem |einen |meinem |meinen )?anwalt
| (?:schalte|nehme|kontaktiere|beauftrage|informiere) (?:ich )?(?:jetzt )?(?:einen|meinen) anwalt
| meinen anwalt (?:ein\w*|informier\w*|kontaktier\w*|beauftrag\w*) | von meinem anwalt horen
| rechtliche schritte(?=$| (?:ein\w*|gegen|vor\w*|pruf\w*|unternehm\w*|wenn)\b) | vor gericht (?:ziehen|gehen)
| je vais (?:porter plainte|vous poursuivre(?=$| (?:en justice|devant|pour|au)\b)|saisir (?:la justice|le tribunal))
| je porte plainte | porter plainte contre
| (?:contact|sais|consult|previen|prevenir|appel|alert|inform|voir|mandat)\w* (?:\w+ )?mon avocat
| parler\w* a mon avocat
| mon avocat (?:(?:va )?vous (?:contact|ecri|poursui|appel|repond|fera|enver|assign)\w*|va (?:prendre|se charger
|saisir|s occuper)|prendra|se chargera|s en (?:occupe|charge)|saisira|est (?:prevenu|informe|saisi|au courant))
| voy a (?:demandar|denunciar)(?!me)\w* | (?:os|los|les|te) voy a (?:demandar|denunciar)
| mi abogado (?:se (?:pondra|pone|encargara)|os|los|les|va a (?:contact|demand|denunci|escrib|llam|poners|tom)\w*)
| (?:contact|habl|consult|llam|avis)\w* (?:a |con )?mi abogado | nos vemos en (?:los tribunales|el juzgado)
| vi (?:denuncio|faccio causa|cito in giudizio|porto in tribunale)
| il mio avvocato (?:vi|si (?:mett|far|occup)\w+|prender\w+|contatter\w+|scriver\w+|e (?:gia )?(?:informato|stato))
| (?:contatt|sent|chiam|consult|inform)\w* (?:il )?mio avvocato | (?:parl\w+ con|rivolg\w+ a)l? (?:il )?mio avvocato
| ci vediamo in tribunale | adir\w* (?:le )?vie legali
| vou (?:vos |te )?(?:denunciar|processar)(?=$| (?:vos|voces|te|os|a (?:loja|empresa)|esta|essa|judicialmente|por)\b)
| vou (?:processa|denuncia) l[oa]s?
| meu advogado (?:vai (?:vos |entrar|contact|contat|processar|tratar)\w*|entrara|contactara|contatara|vos|ja (?:foi
|esta|sabe)) | (?:contact|contat|consult|acion|fal)\w* (?:com )?(?:o )?meu advogado | vemo nos em tribunal
| nos vemos no tribunal | podam (?:na vas )?zalobu | uvidime se u soudu | (?:dam|predam) (?:vas|to|vec) k soudu
| muj (?:pravnik|advokat) (?:se (?:vam|ozve|spoji)|vas|vam|kontakt\w+|to (?:prevezme|resi))
| (?:kontaktuji|kontaktovat|obratim se na|predam to|predavam to) (?:sveho |svemu |moj\w+ )?(?:pravnik|advokat)\w*
| подам (?:на вас )?(?:позов )?(?:до|в|у) суд[уі]? | зустрінемося в суді
| міи адвокат (?:зв яжеться|звернеться|займ\w+|підготує|надішле|напише)
| (?:звернуся|зверн\w+ся) до (?:суду|(?:свого |мого )?адвоката)
| (?:поговорю|проконсультуюся) з (?:моім |своім )?адвокатом
| ik (?:klaag (?:jullie|u|je) aan|stap naar de rechter|ga naar de rechter|doe aangifte) | aangifte doen tegen
| mijn advocaat (?:zal|neemt contact|wordt ingeschakeld|gaat (?:contact|jullie|u|je|dit)|stuurt|is (?:ingeschakeld|op
de hoogte)|inschakel\w+|contacteren|bellen|raadplegen) | schakel (?:ik )?(?:mijn|een) advocaat
| (?:naar|met) mijn advocaat | een advocaat inschakel\w+
| jag (?:stammer er|anmaler er(?=$| (?:till (?:polisen|konsument\w*|arn|allmanna)|om|for)\b)|polisanmaler)
| min advokat (?:kommer att|kontaktar|tar (?:over|kontakt)|hor av|skickar|ar (?:informerad|inkopplad))
| (?:kontaktar|kopplar in|ringer|pratar med|kontakta|prata med) min advokat | vi ses i (?:ratten|domstol\w*)
| dava ac(?:acag\w+|arim|ariz|tim|tik|iyorum|iyoruz|mayi|mak) | mahkemede gorusuruz | sizi mahkemeye
| avukatim (?:sizinle|sizi|size|ilgilenecek|iletisime|arayacak|devreye)
| avukatim(?:la|a) (?:gorus|konus|basvur|danis|ver)\w+
"""
_CARD = re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])")
_CODE = re.compile(
    r"\b(?:cvv2?|cvc2?|card security code|kod cvv|kod cvc)\b\D{0,12}\d{3,4}\b"
    # "PIN 2024" is on enamel badges and "4 pin 2700 K" on bulbs: a code is somebody's, or called one
    r"|\b(?:my|moj|mein|meine|mon|mi|mio|meu|muj|міи|mijn|min) (?:\w+ )?pin (?:code |number |kod )?(?:is|to|ist|lautet"
    r"|est|es|e|je|це|ar) \d{4}\b|\b(?:make|set|change) my pin (?:to )?\d{4}\b"
    r"|\b(?:pin ?code|pin number|pin ?kod\w*|kod pin|code pin|codigo pin|codice pin|пін код|pin код|pinim|pin kodum)"
    r" (?:is |to |ist |est |es |e |je |ar )?\d{4}\b"
)


def safety_of(text: str) -> Safety | None:
    """The safety signal in a message, the gravest first; None in nearly every one."""
    words = folded(text)
    for safety, pattern in _patterns():
        if pattern.search(words):
            return safety
    if any(_is_card(match.group()) for match in _CARD.finditer(text[:_READ])) or _CODE.search(words):
        return Safety.PAYMENT_DATA
    return None


@cache
def _patterns() -> tuple[tuple[Safety, re.Pattern[str]], ...]:
    sources = ((Safety.SELF_HARM, _SELF_HARM), (Safety.VIOLENCE, _VIOLENCE), (Safety.LEGAL_THREAT, _LEGAL))
    return tuple((safety, _compiled(source)) for safety, source in sources)


def _compiled(source: str) -> re.Pattern[str]:
    """Alternatives stand apart by " | "; a line that begins with "|" and no space goes on with the line before."""
    joined = re.sub(r"\n\|(?=\S)", "|", source.strip())
    ways = [" ".join(way.split()) for way in re.split(r"\s\|\s", joined)]
    return re.compile("|".join(rf"\b(?:{way})(?!\w)" for way in ways if way))


def _is_card(text: str) -> bool:
    """A number that an issuer gives out: its prefix and length, with the check digit right (ISO/IEC 7812, Luhn).

    One in ten of all EANs and parcel numbers has Luhn's digit right by chance, so that alone proves nothing.
    """
    digits = "".join(digit for digit in text if digit.isdigit())
    if not _ISSUED.fullmatch(digits) or (len(digits) == _EAN and _checks(digits, 3)):
        return False
    return _checks(digits, 2)


_EAN = 13
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12}"  # Discover
    r"|3(?:[68]\d|0[0-5])\d{11}"  # Diners Club
)


def _checks(digits: str, weight: int) -> bool:
    """Is the check digit right, when every other digit counts `weight` times? 2 is Luhn's, 3 that of an EAN."""
    numbers = [int(digit) for digit in reversed(digits)]
    others = (weight * digit for digit in numbers[1::2])
    weighed = sum(sum(divmod(each, 10)) for each in others) if weight == 2 else sum(others)
    return (sum(numbers[::2]) + weighed) % 10 == 0
