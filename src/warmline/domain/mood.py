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


# Folded: lower case, no diacritics, single spaces, and no sign of where a sentence ends. Only words said *to* somebody
# who does not help. What a calm shopper says of a product in the same words ("does it not help against moths?", "how
# many times do I have to wash it?", "das ist nicht meine Größe") decides how much must stand around a word.
_END = r"(?=$| (?:i|you|and|so|because|please|can|where|what|why|how|when|at all|my|we|is|are|not|or|sorry|right)\b)"
_ANGER_IN = {
    "en": (
        r"(?:you are|youre|you re|this is|that is|thats|that s|what a) (?:(?!not |never )\w+ )?(?:useless(?! without| "
        r"unless| if| for)|ridiculous|unacceptable|outrageous|pathetic|absurd|bullshit|nonsense|disgrace\w*|scam"
        rf"|waste of (?:my )?time|frustrating|annoying|terrible service|infuriating|(?:a joke|joke|rubbish){_END})"
        r"|(?:^|(?<! is)(?<! are)(?<! be) )(?:so|totally|completely|absolutely) (?:useless|ridiculous|unacceptable"
        r"|absurd|outrageous|pathetic|frustrating|annoying|infuriating)(?=$| (?:you|and|i)\b)"
        r"|(?:useless|stupid) (?:bot|answers?|reply|replies|service|machine|chat ?bot)"
        r"|(?:^|(?:this|that|it|chat|bot) (?:is|was) (?:just |such )?a |its a |such a |complete |total |utter )waste "
        r"of time"
        r"|wast\w+ (?:of )?my time|fed up(?=$| (?:i|and|now|with (?:you|your|waiting|asking|the bot|this (?:bot|chat"
        r"|service|shop|company|nonsense)|this$|it$)))|sick of (?:this(?=$| (?:bot|chat|service|shop|company"
        r"|nonsense))|you\b|your|waiting|asking)"
        r"|(?<!if )(?:that|this|it) (?:is not|isnt|isn t|does not|doesnt|doesn t|did not|didnt|didn t) (?:\w+ "
        r")?(?:what i asked|answer(?:ing)? my question|(?:help|helping|helpful)(?: me| us| much| either| "
        rf"anymore)?{_END})"
        r"|(?:^|you are |youre |this is |that is |its |thats |still |(?:bot|chat|answer) (?:is|was) |very )not (?:\w+ "
        r")?helpful"
        r"|(?<!if )(?<!case )(?<!when )(?<!do )you (?:dont|don t|do not) (?:understand|listen|get it$|even read)"
        r"|(?<!can )(?<!do )you keep (?:saying|repeating|telling|asking)"
        r"|stop repeating(?=$| (?:yourself|what|the same|that$|this$|it$))|same answer again|wtf"
        r"|worst (?:\w+ )?(?:service|support|shop|store)"
        r"|how many (?:more )?times (?:do|have|must|did|should) i (?:have to |need to |got to |already )?(?:ask|asked"
        r"|tell|told|say|said|explain|write|written|contact|call|complain|repeat myself)"
        r"|i (?:have |ve )?(?:already|just) (?:told (?:you|u)|asked(?=$| (?:you|u|this|that|twice|the same))|said(?=$"
        r"| (?:that|it|this|so|no|my|i|you)\b)|explained)"
        r"|(?:will|ll|ill|am|im|i m) never (?:ever )?(?:buy|order|shop)\w* (?:(?:anything|something) )?(?:here|from "
        r"you|with you|again)|never (?:buy|order|shop)(?:ing)? (?:(?:here|from you|with you) )?again|never (?:buying"
        r"|ordering|shopping) (?:here|from you|with you)"
        r"|(?:^|you are |youre |this is |thats |that is |its |it is )(?:\w+ )?hopeless(?! (?:at|with|romantic))"
        r"|hopeless$"
        r"|hopeless (?:bot|service|shop|support)"
        r"|(?:third|fourth|fifth|umpteenth) time (?:i|im|ive|i m|i ve) (?:\w+ )?(?:ask|writ|tell|explain|say"
        r"|contact(?! l))\w*"
    ),
    "pl": (
        r"(?<!czy )(?<!jesli )to (?:jest )?(?:jakis |jakas |zupelnie |kompletnie |po prostu )?(?:bez sensu|skandal"
        r"|kpin[ay]|absurd|niedopuszczalne|porazka|masakra|dramat(?! czy)|nie pomog?l?[ao]\w?(?! (?:na|przy|dla)\b| w "
        r"(?!ogole))|nie na temat|nie odpowiedz|(?:smieszne|zalosne)(?=$| (?:ze|i|ale|bo|zeby|czekam)\b))"
        r"|to (?:jest )?(?:jakis |chyba )?zart(?:y)?(?=$| (?:z waszej|ile|kiedy|ja|bo|nie)\b)|nie pomagasz|nie "
        r"pomagacie"
        r"|nie rozumiesz|nie o to pyta\w+|powtarzasz sie|nic nie rozumie(?:sz|cie|ja)\b|glupi\w* bot\w*"
        r"|(?:^|jestes(?:cie)? |(?<!czy )to (?:jest )?|(?:bot|czat|pomoc|obsluga|odpowiedz) jest )(?:\w+ "
        r")?(?:bezuzyteczn|beznadziejn)\w+"
        r"|(?:bezuzyteczn|beznadziejn)\w+ (?:bot|czat|obslug|odpowied|pomoc|serwis|sklep|firm|kontakt|infolini)\w*"
        r"|(?<!czy to )(?<!czy to jest )strata czasu|mam (?:juz )?(?:tego|was|ciebie) (?:juz )?dosc"
        r"|mam (?:juz |serdecznie )?dosc(?=$| (?:juz(?=$| (?:tego|was|czekania))|was\b|ciebie\b|waszych|waszego"
        r"|czekania|proszenia|pytania|pisania|tych odpowiedzi|tego(?=$| (?:bota|czatu|sklepu|czekania|wszystkiego|i"
        r"|ze)\b)|ile\b|gdzie\b|prosze\b|i\b|to\b))"
        r"|ile razy (?:jeszcze |juz )?(?:mam|musze|trzeba|bede) (?:\w+ )?(?:pisac|pytac|tlumaczyc|mowic|dzwonic|prosic"
        r"|wam|ci|to powtarzac|sie powtarzac|powtarzac$)|ile razy (?:juz )?(?:wam )?(?:pisalem|pisalam|pytalem"
        r"|pytalam)"
        r"|(?:^|pisz\w+ |powtarza\w+ |odpowiada\w+ |mowi\w+ )(?:ciagle|w kolko|wciaz) to samo"
        r"|(?:ciagle|w kolko|wciaz) to samo(?= (?:pisz|powtarza|odpowiada|mowi|pyta))"
        r"|kurw\w+|wkurw\w+|kurew\w*|kurde|wkurza(?:cie|sz)"
        r"|juz (?:o to |was |panstwa )?pytal(?:em|am|ismy)(?=$| (?:o\b|was\b|dwa|trzy|kilka|wczoraj|dwukrotnie))"
        r"|nigdy wiecej(?=$| (?:tu|tutaj|u was|nie|zakupow|nic|was)\b)"
        r"|(?:trzeci|czwarty|piaty|ktorys) raz (?:pytam|pisze(?=$| (?:do was|i|w tej|o|w sprawie|ze|to|bo)\b)|prosze"
        r"|tlumacze|to samo)"
    ),
    "de": (
        r"das ist (?:(?!nicht )\w+ )?(?:nutzlos(?! ohne)|lacherlich|unverschamt|frechheit|inakzeptabel|witz"
        r"|schwachsinn|keine antwort|keine hilfe)"
        r"|das ist nicht (?:hilfreich|meine frage|was ich|das was ich|akzeptabel|ihr ernst|euer ernst|zu fassen)"
        r"|das hilft (?:\w+ )?(?:\w+ )?nicht(?: weiter)?(?! (?:gegen|bei|beim|fur|zu|zum|zur)\b)|hilft mir nicht "
        r"weiter"
        r"|(?:^|(?:du bist|sie sind|ihr seid|(?:bot|chat) ist) )(?:\w+ )?nutzlos|nutzlose\w* (?:bot|antwort\w*|chat\w*"
        r"|service|hilfe)"
        r"|(?:^|das ist (?:\w+ ){0,2}|reine |totale |fur eine )zeitverschwendung|unmoglich(?:er)? service|dumm\w* bot"
        r"|(?:sie verstehen|du verstehst|ihr versteht) (?:mich |meine frage |das |gar |es )?nicht"
        r"|zum (?:dritten|vierten|funften|x ten) mal (?:frage|schreibe|schreib|frag|erklare|melde)"
        r"|wie oft (?:denn )?noch(?=$| (?:muss|soll|fragen|schreiben)\b)|wie oft (?:muss|soll) ich (?:das |es |noch "
        r"|euch |ihnen )*(?:noch |denn )?(?:sagen|schreiben|fragen|erklaren|anrufen|nachfragen)"
        r"|(?:^|schreib\w* |sag\w* |antwort\w* |bekomme )(?:\w+ )?immer (?:nur )?(?:das gleiche|dasselbe)"
        r"|immer (?:nur )?(?:das gleiche|dasselbe) (?:mit (?:euch|ihnen|dir)|hier)|immer (?:die gleiche|dieselbe) "
        r"antwort"
        r"|^nie wieder$|(?:euch|ihnen|hier|und) nie wieder$|nie wieder (?:hier|bei (?:euch|ihnen|diesem)|dieser "
        r"(?:laden|shop)|(?:bestelle|kaufe) ich|werde ich (?:hier|bei|etwas))|(?:bestelle|kaufe|werde) (?:ich "
        r")?(?:hier |bei (?:euch|ihnen) )?nie wieder (?:hier|bei (?:euch|ihnen)|etwas|was)"
    ),
    "fr": (
        r"(?<!est ce que )c est (?:(?!pas )\w+ )?(?:inutile(?! (?:de|d|sans|si|pour)\b)|ridicule(?! de)|scandaleux"
        r"|inacceptable|nul(?! part)|n importe quoi|une (?:mauvaise )?blague(?! (?:a|pour|de)\b)|honteux)"
        r"|ca ne m aide (?:pas|en rien)(?! (?:a|pour)\b)|vous ne m aidez pas|tu ne m aides pas"
        r"|(?:^|quelle |(?<!est ce que )c est une (?:vraie )?|pure |grosse )perte de temps"
        r"|(?<!si )(?:vous ne comprenez|tu ne comprends) (?:pas|rien)"
        r"|combien de fois (?:encore )?(?:dois je|faut il|vais je devoir)(?: que je)?(?: vous| le| encore| la)* "
        r"(?:demand|dire|redire|dise|ecri|expliqu|appel|relanc|repeter que|le repeter|vous repeter)\w*|combien de "
        r"fois encore$"
        r"|(?:^|c est )toujours pareil(?=$| (?:avec vous|ici))|toujours la meme reponse"
        r"|(?:troisieme|quatrieme|cinquieme|enieme) fois que (?:je |j |on |nous )(?:vous |le |la |ai |avons |te "
        r")*(?:demand|ecri|repet|expliqu|contact|appel|relanc|dis|signal|reclam|pose (?:la|cette|ma) question)\w*"
        r"|(?:j en ai (?:marre|assez)|ras le bol|marre)(?=$| (?:de (?:vous|vos|toi|repeter|parler|demander|relancer"
        r"|ecrire|ca|ce (?:bot|service|chat|site|robot))\b|d attendre|maintenant|je|j|et|ou est|cela fait|ca fait)\b)"
        r"|^plus jamais$|plus jamais (?:chez vous|ici|je (?:ne )?(?:commande|achete)|rien (?:chez|de))|(?:commanderai"
        r"|acheterai|reviendrai) (?:plus )?(?:jamais|chez vous)|plus jamais (?:\w+ )?(?:commander|acheter) (?:chez "
        r"vous|ici)"
    ),
    "es": (
        r"(?:esto|eso) es (?:(?!muy )\w+ |muy )?(?:inutil(?! (?:sin|si|para)\b)|ridiculo|inaceptable|verguenza|una "
        r"verguenza|una broma(?=$| (?:o|no|llevo|y|donde|de mal gusto)\b))"
        r"|(?:(?:esto|eso) |asi )?no me (?:ayudas|estas ayudando|esta ayudando|ayudan)|no ayudas|no ayudan|(?:esto"
        r"|eso) no (?:me )?ayuda(?! (?:a|con|para|en|contra)\b)|^no me ayuda(?=$| (?:nada|en nada|tu|su)\b)"
        r"|^no me sirve(?=$| (?:de nada|esa respuesta|tu|su|quiero|necesito)\b)|no me sirve(?:n)? (?:de nada|(?:tu|su"
        r"|la|esa|esta) respuesta|(?:el|este) (?:bot|chat))|(?:respuesta|eso) no (?:me )?sirve(?=$| (?:de nada|quiero"
        r"|necesito)\b)"
        r"|no me entiend(?:es|en|e)|no entiendes|no entienden (?:nada|mi|lo que)"
        r"|(?:^|(?:esto|eso) es (?:\w+ )?|que |menuda |vaya |pura )(?:una )?perdida de tiempo"
        r"|cuantas veces (?:mas )?(?:tengo que|debo|tendre que|hay que|he de) (?:pregunt|decir|explic|escrib|llamar"
        r"|reclam|repetir(?:lo|les|os|te|me)|pedir(?:lo|les))\w*|cuantas veces mas$"
        r"|^(?:es )?siempre lo mismo(?! precio)|(?:dic|respond|repit|contest)\w+ siempre lo mismo|siempre (?:me "
        r")?(?:dic|respond|repit|contest)\w+ lo mismo|siempre lo mismo con (?:vosotros|ustedes)"
        r"|estoy hart\w(?=$| (?:ya|y|quiero|de (?:esto|vosotros|ustedes|esperar|hablar|repetir|preguntar|llamar"
        r"|escribir|vuestr\w+|sus|tus|este (?:bot|chat|servicio)|esta (?:tienda|situacion)|que (?:no|nadie) (?:me "
        r")?(?:respond|contest|ayud|atiend|hag)\w+))\b)"
        r"|^nunca mas$|nunca mas (?:compr[oe]\w*|vuelv[oe]\w*|volvere|pid[oe]\w*|pedire|con vosotros|con ustedes)\b"
        r"|(?:compro|comprare|vuelvo|volvere|pido|pedire) (?:\w+ ){0,3}nunca mas"
        r"|(?:tercera|cuarta|quinta|enesima) vez que (?:lo |les |os |se |te |me )*(?:pregunt|escrib|dig|explic|repit"
        r"|contact|llam|reclam|pido (?:ayuda|lo mismo|que))\w*"
    ),
    "it": (
        r"(?:questo e|questa e|tutto questo e|sei|siete|servizio e) (?:\w+ )?inutil[ei](?! (?:senza|se|per)\b)"
        r"|^e (?:\w+ )?inutile$|(?:^|questo |questa |cosi )e (?:\w+ )?(?:ridicol|inaccettabil|vergognos|assurd)\w"
        r"|non mi (?:aiuti\b|aiutate|(?:stai|state|sta) aiutando)|(?:questo|cio|cosi) non (?:mi )?(?:aiuta|serve)(?=$"
        r"| (?:a niente|a nulla|per niente|affatto)\b)"
        r"|(?<!se )non (?:mi )?(?:capisci|capite)\b|non mi capisce|non capisce (?:niente|nulla|la mia)"
        r"|(?:terza|quarta|quinta|ennesima) volta che (?:lo |vi |ve |ve lo |te |te lo |glielo |mi )*(?:chied|scriv|dic"
        r"|ripet|spieg|contatt|chiam|sollecit)\w*"
        r"|(?:^|(?:questa|questo) e (?:\w+ )?|che |solo |pura )(?:una )?perdita di tempo"
        r"|quante volte (?:ancora )?(?:devo|dovro|bisogna) (?:ancora )?(?:chied|dir|spieg|scriv|chiam|sollecit"
        r"|ripeter(?:lo|ve|te|glie|mi))\w*|quante volte ancora$"
        r"|sempre (?:la stessa (?:risposta|storia|cosa|solfa)|lo stesso (?:messaggio|discorso))"
        r"|sono stuf\w(?=$| (?:e|ora|di (?:voi|aspettare|ripetere|chiedere|scrivere|chiamare|parlare|tutto questo"
        r"|queste risposte|questo (?:bot|servizio|sito)))\b)"
        r"|^mai piu$|mai piu (?:da voi|con voi|qui|un ordine|un acquisto|compro|ordino)|(?:comprero|ordinero"
        r"|acquistero|tornero) (?:\w+ ){0,2}mai piu|mai piu (?:comprero|ordinero|acquistero)"
    ),
    "pt": (
        r"(?:isso|isto) e (?:\w+ )?(?:inutil(?! (?:sem|se|para)\b)|ridiculo|inaceitavel|vergonha|absurdo|palhacada)"
        r"|(?:isso|isto|voces?|tu|bot) nao (?:\w+ )?ajud\w+(?! (?:na|no|nas|nos|a|com|contra|em(?! nada)|para)\b)|nao "
        r"(?:me )?(?:ajudas|estas? (?:a |me )?ajuda\w+|estao (?:a |me )?ajuda\w+)(?! a\b)|^nao (?:me )?ajud(?:a"
        r"|ou)(?=$| (?:nada|em nada)\b)"
        r"|nao me entend(?:e|es|em|eu|eram)\b|(?:voces?|tu) nao entend\w+|nao entendes|nao entendeu (?:a minha|minha"
        r"|nada|o que)"
        r"|(?:^|(?:isso|isto) e (?:uma )?|que |pura |so )perda de tempo"
        r"|quantas vezes (?:mais |ainda )?(?:tenho (?:de|que)|preciso(?: de)?|vou ter (?:de|que)|devo) (?:pergunt"
        r"|dizer|explic|escrev|ligar|reclam|pedir (?:ajuda|isso|o reembolso)|repetir (?:isso|isto|a mesma))\w*"
        r"|quantas vezes mais$"
        r"|sempre a mesma (?:resposta|historia|conversa|desculpa|coisa)"
        r"|estou (?:fart|cansad)\w(?=$| (?:e|ja|quero|de (?:voces|esperar|repetir|perguntar|ligar|escrever|falar|disto"
        r"|disso|tudo isto|explicar|est[ea] (?:bot|chat|servico|loja)|vos))\b)"
        r"|^nunca mais$|nunca mais (?:compro|comprarei|encomendo|volto|voltarei|peco|vou comprar)|(?:compro|comprarei"
        r"|volto|encomendo) (?:\w+ ){0,3}nunca mais"
        r"|(?:terceira|quarta|quinta|enesima) vez que (?:vos |lhes |te |ja |eu )*(?:pergunt|escrev|dig|explic|repit"
        r"|contact|contat|lig|reclam|peco (?:ajuda|isso|isto|uma resposta|o reembolso))\w*"
    ),
    "cs": (
        r"to (?:je|mi) (?:(?!bez )\w+ )?(?:k nicemu(?! bez)|smesne|neprijatelne|absurdni|ostuda|(?:nepomaha"
        r"|nepomohlo)(?! (?:na|proti|pri|s|v)\b))|nepomahas|nepomahate"
        r"|(?<!pokud )(?<!jestli )(?<!kdyz )(?:nerozumite|nerozumis)|(?:^|to je (?:\w+ )?|cira |naprosta )ztrata casu"
        r"|kolikrat (?:vam |ti |to |jeste )*(?:mam|musim|budu muset) (?:vam |ti |to |jeste |se |o )*(?:psat|napsat"
        r"|ptat|rikat|vysvetlovat|volat|zadat|prosit|to opakovat|opakovat (?:ze|to))|kolikrat jeste$"
        r"|(?:^|pis\w+ |rika\w+ |odpovid\w+ |opakuj\w+ )(?:mi )?porad (?:dokola )?to same|porad stejna odpoved"
        r"|^uz nikdy$|uz nikdy (?:vic |vice )?(?:u vas|od vas|tady|tu|neobjedn\w+|nekoup\w+)|uz (?:u vas|od vas|tady"
        r"|tu) (?:\w+ )?nikdy"
        r"|(?:po ?treti|po ?ctvrte) (?:se )?(?:vas )?(?:ptam|pisu|zadam)"
    ),
    "uk": (
        r"(?<!чи )це (?:\w+ )?(?:марно|смішно|жахливо|неприпустимо|безглуздо|ганьба)"
        r"|(?:^|(?<!чи )це |бот |чат )(?:мені |ніяк |взагалі |зовсім )?не допомагає(?! (?:від|при|для|проти|на)\b)"
        r"|не допомагаєш|не допомагаєте|(?<!якщо )не розуміє(?:ш|те)\b"
        r"|(?:^|(?<!чи )це |просто |марна |лише )втрата часу"
        r"|скільки (?:ще )?разів (?:я |мені |ще |вам |маю |треба |можна |повинен |повинна )*(?:писати|питати"
        r"|повторювати вам|пояснювати|казати|дзвонити|просити|писав|писала|питав|питала|це повторювати)"
        r"|постіино одне (?:и|і|та) те|набридло(?=$| (?:чекати|писати|повторювати|питати|пояснювати|це$|ваше|з "
        r"вами)\b)"
        r"|^більше ніколи$|більше ніколи (?:\w+ )?(?:не (?:замовлю|куплю|буду)|у вас|нічого)"
        r"|(?:втретє|вчетверте|третіи раз) (?:вас |вам |вже )?(?:питаю|пишу|прошу|запитую)"
    ),
    "nl": (
        r"(?:dit|dat) is (?:(?!niet )\w+ )?(?:nutteloos(?! zonder)|belachelijk|onacceptabel|schandalig|onzin)\b"
        r"|(?:dit|dat) is niet (?:wat ik vroeg|mijn vraag|behulpzaam|acceptabel|normaal|te geloven)"
        r"|(?:dit|dat) helpt (?:\w+ )?(?:\w+ )?niet(?! (?:tegen|bij|voor|om)\b)|je helpt me niet|u helpt me niet"
        r"|stomme bot"
        r"|(?:^|wat een |(?:dit|dat) is (?:\w+ )?|pure )tijdverspilling"
        r"|(?:je|u|jij) begrijpt (?:me |mij |het |mijn vraag |er )?niet"
        r"|hoe vaak nog(?=$| (?:moet|ga)\b)|hoe vaak moet ik (?:dit |het |nog |jullie |u |je |dat )*(?:vragen|zeggen"
        r"|uitleggen|schrijven|bellen|mailen)|hoe vaak moet ik (?:dit|mezelf|nog) (?:nog )?herhalen"
        r"|(?:^|antwoord\w* |zegt |zeg |krijg |geeft |schrijft )(?:\w+ )?steeds hetzelfde|steeds hetzelfde (?:antwoord"
        r"|verhaal|bericht)"
        r"|^nooit meer$|nooit meer (?:bij jullie|hier|iets (?:bij|van) jullie)|(?:bestel|koop) (?:ik )?(?:hier |bij "
        r"jullie )?(?:iets )?nooit meer"
        r"|(?:derde|vierde|vijfde|zoveelste) keer dat ik (?:dit |het |jullie |u |je |dat |hetzelfde )*(?:schrijf|vraag"
        r"|bel|mail|zeg|uitleg|contact|klaag|moet (?:vragen|bellen|schrijven))"
    ),
    "sv": (
        r"det (?:har )?ar (?:(?!inte )\w+ )?(?:vardelost|lojligt|oacceptabelt|skandal|en skandal|absurt)"
        r"|det (?:har )?(?:hjalper|hjalpte) (?:\w+ )?inte(?! (?:mot|for|vid|med|pa)\b)|du hjalper (?:mig )?inte"
        r"|det (?:har )?ar inte (?:till nagon hjalp|hjalpsamt|svar pa|det jag fragade|vad jag fragade|okej"
        r"|acceptabelt)"
        r"|slosar (?:\w+ )?min tid|(?:du|ni) forstar (?:mig |inte min )?inte"
        r"|hur manga ganger (?:till )?(?:maste|ska|behover) jag (?:behova )?(?:fraga|saga|skriva|forklara|ringa"
        r"|beratta|tjata|upprepa mig)|hur manga ganger till$"
        r"|samma svar (?:igen|hela tiden|om och om)|(?:alltid|bara) samma svar|^samma svar$"
        r"|^aldrig mer$|aldrig mer (?:handla\w*|har|hos er|kop\w+ (?:nagot )?(?:har|av er|hos er))|(?:handlar"
        r"|bestaller|koper) (?:\w+ ){0,2}aldrig mer"
        r"|(?:tredje|fjarde|femte) gangen (?:som )?jag (?:fragar|skriver|ringer|sager|forklarar|kontaktar|ber|hor av "
        r"mig)"
    ),
    "tr": (
        r"bu (?:(?:cok|tamamen|gercekten|resmen|tam) )?(?:bir )?(?:sacma(?:lik)?(?=$| (?:bir (?:cevap|sey)|ama cevap))"
        r"|rezalet|kabul edilemez|komik$)|cok sacma$|tam bir rezalet"
        r"|(?:^|bu |hic |hicbir |(?:cevap|yanit)\w* |bot |soyledik\w+ )ise yaramiyor(?! m[iu]\b)"
        r"|anlamiyorsun\w*|yardimci olmuyorsun\w*|zaman kaybi(?! mi)|bot\w* ise yaramaz"
        r"|kac (?:kere|kez|defa) (?:daha )?(?:soyle(?:dim|mem|meliyim|yecegim)|sor(?:dum|mam|maliyim|acagim)|yaz(?:dim"
        r"|mam|maliyim|acagim)|anlat(?:tim|mam|acagim)|dedim)"
        r"|^hep ayni$|hep ayni (?:cevap|sey|yanit|mesaj)\w*(?! m[iu]\b)"
        r"|^bir daha asla$|bir daha asla (?:\w+ )?(?:sizden|buradan|alisveris|siparis|almam|almayacagim)|(?:sizden"
        r"|buradan) bir daha asla"
        r"|(?:^|artik |sizden |(?:beklemek|sormak|yazmak|anlatmak|botlar|cevaplarinizdan)\w* |bu (?:bot|sohbet"
        r"|durum)\w* )biktim"
        r"|(?:ucuncu|dorduncu|besinci) (?:kez|kere|defa) (?:soruyorum|yaziyorum|ariyorum)"
    ),
}
_ANGER = re.compile(rf"\b(?:{'|'.join(_ANGER_IN.values())})\b")
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
