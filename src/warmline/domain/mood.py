"""Signs that the agent is not helping, without anybody asking for a person: anger, the same question again, and turn
after turn without help.

They make the agent *offer* a person; they never force one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from warmline.domain.knowledge import Citation, Exchange
from warmline.domain.matter import READ, asks, same_matter, same_question, words_of
from warmline.domain.message import AuthorKind, Event, EventKind, Verdict

MOST_UNHELPFUL = 3
"""After so many turns in a row that did not help, a person is offered with the next one. Two are often a shopper who
compares: "… to Norway?" and "… to Iceland?" share most of their words, and so does one question put in three ways."""


@dataclass(frozen=True, slots=True)
class Mood:
    """What the conversation so far tells about this turn.

    `clarified`: the last thing the agent said was "did you mean …?", small talk aside; it asks that once, then it
    offers. `unhelpful` turns in a row came before this one: asked back, or an answer that was called unhelpful or was
    followed by anger or by a question on the same matter.
    """

    frustrated: bool = False
    repeated: bool = False
    clarified: bool = False
    unhelpful: int = 0

    @property
    def in_vain(self) -> bool:
        """Has the agent tried often enough?"""
        return self.unhelpful >= MOST_UNHELPFUL

    @property
    def signs(self) -> dict[str, bool | int]:
        """For the trace: what was noticed."""
        return {name: value for name, value in asdict(self).items() if value}


# Folded: lower case, no diacritics, single spaces. Only words said *to* somebody who does not help.
_ANGER = re.compile(
    r"\b(?:"
    # English
    r"(?:you are|youre|you re|this is|that is|thats|that s|so|totally|completely|absolutely|what a) (?:\w+ )?"
    r"(?:useless|ridiculous|unacceptable|outrageous|pathetic|a joke|absurd|rubbish|bullshit|nonsense|disgrace\w*|scam"
    r"|waste of (?:my )?time|frustrating|annoying|terrible service|infuriating)"
    r"|useless (?:bot|answer|reply|service)|stupid (?:bot|answer|machine)|waste of (?:my )?time|fed up|sick of this"
    r"|(?:that|this|it) (?:is not|isnt|isn t|does not|doesnt|doesn t|did not|didnt|didn t) (?:\w+ )?(?:help|helping"
    r"|helpful|what i asked|answer my question)|not helpful|you (?:dont|don t|do not) (?:understand|listen|get it)"
    r"|you keep (?:saying|repeating)|stop repeating|same answer again|worst (?:service|support|shop|store)|wtf"
    r"|how many times (?:do|have|must|did) i|i (?:already|just) (?:told|asked|said)|never (?:buy|order"
    r"|shop)\w* (?:here|from you|again)|hopeless"
    r"|(?:third|fourth|fifth|umpteenth) time (?:i|im|ive|i m|i ve) (?:\w+ )?(?:ask|writ|tell|explain|say|contact)\w*"
    # Polish
    r"|to (?:jest )?(?:jakis |jakas |zupelnie |kompletnie )?(?:bez sensu|skandal|kpina|absurd|niedopuszczalne|zart\w*"
    r"|porazka|masakra|dramat|nie pomaga|nie pomoglo|nie na temat|nie odpowiedz|smieszne|zalosne)|nie pomagasz"
    r"|nie rozumiesz|nie o to pyta\w+|bezuzyteczn\w+|glupi\w* bot\w*|strata czasu|mam dosc|ile razy (?:mam"
    r"|jeszcze|musze|pisa\w+)|ciagle to samo"
    r"|w kolko to samo|powtarzasz sie|nic nie rozumie\w*|kur\w*a|beznadziejn\w+|juz pyta\w+|nigdy wiecej"
    r"|(?:trzeci|czwarty|piaty|ktorys) raz (?:pytam|pisze|prosze|tlumacze|to samo)"
    # German, French, Spanish, Italian, Portuguese
    r"|das (?:ist|hilft) (?:\w+ )?(?:nutzlos|lacherlich|unverschamt|frechheit|inakzeptabel|nicht|witz|schwachsinn)"
    r"|nutzlos|zeitverschwendung|sie verstehen (?:mich )?nicht|du verstehst (?:mich )?nicht|unmoglich(?:er)? service"
    r"|zum (?:dritten|vierten|funften|x ten) mal (?:frage|schreibe|schreib|frag|erklare|melde)"
    r"|wie oft noch|immer das gleiche|nie wieder|dumm\w* bot"
    r"|c est (?:\w+ )?(?:inutile|ridicule|scandaleux|inacceptable|nul|n importe quoi|une blague|honteux)"
    r"|ca ne m aide pas"
    r"|perte de temps|vous ne comprenez (?:pas|rien)|tu ne comprends (?:pas|rien)|combien de fois (?:dois|faut"
    r"|encore)|toujours pareil"
    r"|(?:troisieme|quatrieme|enieme) fois que (?:je|j|on)"
    r"|j en ai (?:marre|assez)|plus jamais|ras le bol"
    r"|(?:esto|eso) (?:es|no) (?:\w+ )?(?:inutil|ridiculo|inaceptable|una verguenza|me ayuda|sirve|una broma)"
    r"|no me sirve|(?:tercera|cuarta|enesima) vez que (?:pregunto|escribo|lo|les|os|se)"
    r"|no (?:me )?ayudas?|no (?:me )?entiend\w+|perdida de tiempo|cuantas veces (?:tengo|debo|mas)"
    r"|siempre lo mismo|estoy hart\w|nunca mas"
    r"|(?:e|questo e|questa e) (?:\w+ )?(?:inutile|ridicolo|inaccettabile|vergognoso|assurdo)|non mi aiut\w+"
    r"|non capisc\w+|(?:terza|quarta|ennesima) volta che (?:chiedo|scrivo|lo|vi|ve)"
    r"|perdita di tempo|quante volte (?:devo|ancora)|sempre (?:la stessa|lo stesso)|sono stuf\w|mai piu"
    r"|(?:isso|isto) (?:e|nao) (?:\w+ )?(?:inutil|ridiculo|inaceitavel|vergonha|absurdo|ajuda)|nao (?:me )?ajud\w+"
    r"|nao (?:me )?entend\w+|perda de tempo|quantas vezes (?:tenho|preciso|mais)|sempre a mesma|estou fart\w"
    r"|nunca mais|(?:terceira|quarta|enesima) vez que (?:pergunto|escrevo|peco|vos|lhes)"
    # Czech, Ukrainian, Dutch, Swedish, Turkish
    r"|to (?:je|mi) (?:\w+ )?(?:k nicemu|smesne|nepomaha|neprijatelne|absurdni|ostuda|nepomohlo)|nerozumite|nerozumis"
    r"|nepomahas|nepomahate|ztrata casu|kolikrat (?:mam|jeste|musim)|porad to same|uz nikdy"
    r"|(?:po ?treti|po ?ctvrte) (?:se )?(?:ptam|pisu|zadam)"
    r"|це (?:\w+ )?(?:марно|смішно|жахливо|неприпустимо|безглуздо|не допомагає|ганьба)|не допомагає\w*|не розумієш"
    r"|не розумієте|втрата часу|скільки разів (?:я|мені|ще)|постіино одне|набридло|більше ніколи"
    r"|(?:втретє|вчетверте|третій раз|третіи раз) (?:питаю|пишу|прошу|запитую)"
    r"|(?:dit|dat) (?:is|helpt) (?:\w+ )?(?:nutteloos|belachelijk|onacceptabel|niet|schandalig|onzin)|tijdverspilling"
    r"|je begrijpt (?:me |mij |het )?niet|hoe vaak nog|steeds hetzelfde|nooit meer|stomme bot"
    r"|(?:derde|vierde|zoveelste) keer dat ik"
    r"|det (?:ar|har|hjalper) (?:\w+ )?(?:vardelost|lojligt|oacceptabelt|skandal|inte|hjalper inte)|slosar min tid"
    r"|du forstar (?:mig )?inte|ni forstar (?:mig )?inte|hur manga ganger (?:maste|ska|till)|samma svar|aldrig mer"
    r"|(?:tredje|fjarde|femte) gangen (?:som )?jag"
    r"|(?:bu|cok) (?:\w+ )?(?:ise yaramiyor|sacma|rezalet|kabul edilemez|komik)|ise yaramiyor|anlamiyorsun\w*"
    r"|yardimci olmuyorsun\w*|zaman kaybi|kac kere (?:soyle|sor|yaz|dedi)\w*|hep ayni|bir daha asla|biktim"
    r"|(?:ucuncu|dorduncu) (?:kez|kere|defa) (?:soruyorum|yaziyorum)"
    r")\b"
)
_SHOUTED_WORDS = 4


def mood_of(earlier: Sequence[Event], question: str) -> Mood:
    """How the episode goes, from what came before this turn, oldest first: messages, ratings of answers, beginnings of
    episodes."""
    begun = [place for place, event in enumerate(earlier) if event.kind is EventKind.EPISODE]
    events = earlier[begun[-1] :] if begun else earlier
    said = [event for event in events if event.kind is EventKind.MESSAGE]
    judged = [event for event in said if event.data.get("verdict") not in {None, Verdict.SMALL_TALK}]
    last = judged[-1] if judged else None
    verdict = last.data["verdict"] if last else None
    asked = [event for event in said if last and event.seq < last.seq and _is_question(event)]
    ratings = {event.data["seq"]: event.data["helped"] for event in events if event.kind is EventKind.HELPED}
    return Mood(
        frustrated=frustrated(question),
        repeated=verdict == Verdict.ANSWER and bool(asked) and same_question(asked[-1].data["text"], question),
        clarified=verdict == Verdict.ASK,
        unhelpful=_unhelpful(_tried(said, ratings), question),
    )


@dataclass(frozen=True, slots=True)
class _Try:
    """A turn that the agent answered or asked back, and what the shopper called it."""

    question: str
    verdict: str
    helped: bool | None

    def failed(self, after: str) -> bool:
        """Did it not help, as far as its rating and the shopper's next words tell?"""
        if self.helped is not None:
            return not self.helped
        again = asks(after) and same_matter(self.question, after)
        return self.verdict == Verdict.ASK or frustrated(after) or again


def last_answered(earlier: Sequence[Event]) -> Exchange | None:
    """The last question that was answered before this turn, with its answer; None when none was. Oldest first."""
    found, asked = None, list[str]()
    for event in earlier:
        if event.kind is not EventKind.MESSAGE:
            continue
        if event.data["author"]["kind"] == AuthorKind.VISITOR:
            asked += [] if event.data.get("aside") else [event.data["text"]]
            continue
        if asked and event.data.get("verdict") == Verdict.ANSWER:
            sources = (Citation(each["title"], each.get("url")) for each in event.data.get("sources", ()))
            found = Exchange("\n".join(asked), event.data["text"], tuple(sources))
        asked = []
    return found


def last_asked(events: Sequence[Event]) -> str | None:
    """What the visitor asked last, answered or not, oldest first; thanks, a no and a wish for a person ask nothing."""
    found, asked = None, list[str]()
    for event in events:
        if event.kind is not EventKind.MESSAGE:
            continue
        if event.data["author"]["kind"] == AuthorKind.VISITOR:
            asked += [] if event.data.get("aside") else [event.data["text"]]
            continue
        found = "\n".join(asked) if asked and event.data.get("verdict") in _LOOKED_UP else found
        asked = []
    return "\n".join(asked) or found


def _tried(said: Sequence[Event], ratings: Mapping[int, bool]) -> list[_Try]:
    """The last turns in a row that were answered or asked back.

    Whatever else is said ends the row: a failed turn was met by an offer or by the reason for none, a refused offer
    stays refused, a person helps, and small talk is thanks most of the time.
    """
    row: list[_Try] = []
    asked: list[str] = []
    for event in said:
        verdict = event.data.get("verdict")
        if event.data["author"]["kind"] == AuthorKind.VISITOR:
            asked += [] if event.data.get("aside") else [event.data["text"]]
            continue
        tried = [_Try("\n".join(asked), verdict, ratings.get(event.seq))] if verdict in _TRIES else []
        row, asked = [*row, *tried] if tried else [], []
    return row


def _unhelpful(row: Sequence[_Try], question: str) -> int:
    """How many of the last turns in a row did not help. `question` is what the shopper says to the last one."""
    found, after = 0, question
    for turn in reversed(row):
        if not turn.failed(after):
            break
        found, after = found + 1, turn.question
    return found


_TRIES = frozenset({Verdict.ANSWER, Verdict.ASK})
_LOOKED_UP = _TRIES | {Verdict.CANNOT_ANSWER, Verdict.FAILURE}


def _is_question(event: Event) -> bool:
    return bool(event.data["author"]["kind"] == AuthorKind.VISITOR and not event.data.get("aside"))


def frustrated(text: str) -> bool:
    """Is the shopper angry with the service? Words of anger at us, or a shouted sentence (four words in capitals)."""
    read = text[:READ]
    words = [word for word in re.findall(r"[^\W\d_]{2,}", read) if word.upper() != word.lower()]
    shouted = len(words) >= _SHOUTED_WORDS and all(word.isupper() for word in words) and "!" in read
    return shouted or _ANGER.search(" ".join(words_of(read))) is not None
