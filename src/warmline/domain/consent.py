"""Yes and no in so many words, while an offer stands, in twelve languages.

A message of nothing else counts, and a yes or no with a remark behind it; "yes, but how long does it take?" is a
question, and the offer stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from warmline.domain.handoff import Declined, HandoffStep, NeedsEmail, Offered
from warmline.domain.matter import asks
from warmline.domain.message import Verdict
from warmline.domain.visitor import EmailAddress, around_address, beside_address, find_in


class Consent(StrEnum):
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class _Words:
    """`yes` and `no` decide (phrases with `_`); `do` asks for what was offered and is a yes; `around` says nothing."""

    yes: str
    no: str
    do: str
    around: str


_LANGUAGES = {
    "en": _Words(
        yes="yes y yeah go_for_it that_works let_us_do_it let_s_do_it that_d_be_great that_d_be_good"
        " that_d_be_nice i_d_appreciate_that i_d_appreciate_it i_would_appreciate_that i_would_appreciate_it"
        " yep yup ya sure ok okay absolutely definitely of_course certainly alright all_right fine"
        " go_ahead why_not sounds_good that_would_be_great great perfect i_would i_do"
        " go_on go_on_then i_guess_so i_think_so that_would_be_helpful"
        " that_would_be_nice that_would_be_good let_s_do_that lets_do_that",
        no="no n nope don_t_bother no_need_to i_m_ok i_m_okay no_that_s_alright no_that_s_all_right no_worries"
        " i_m_fine im_fine no_that_s_ok no_that_s_okay no_that_s_fine no_it_s_fine no_it_s_ok no_it_s_okay"
        " not_necessary i_ll_pass not_right_now won_t_be_necessary i_don_t_think_so i_dont_think_so nah"
        " no_thanks no_thank_you not_now not_yet never_mind nevermind no_need dont don_t"
        " do_not leave_it"
        " forget_it cancel i_am_good im_good i_m_good maybe_later not_really i_d_rather_not id_rather_not rather_not"
        " i_don_t_want_that i_dont_want_that i_don_t_want_to all_good",
        do="do do_it do_that do_so connect connect_me put_me_through pass_it_on pass_it pass_on pass_me transfer_me"
        " send_it forward_it get_someone i_want_that i_want_it id_like_that i_d_like_that i_would_like_that",
        around="well actually but very_much so_much someone to_someone to_somebody i_guess i_suppose please pls plz"
        " thanks thank_you thx then it me to_them"
        " to_your_team to_the_team with_someone now for_me"
        " lets can_you could_you you that to_a_person a_human with_your_team their_team my_question the_question",
    ),
    "pl": _Words(
        yes="tak jasne dawaj dawajcie niech_ktos_sie_odezwie niech_napisza zgadzam_sie chetnie_skorzystam"
        " pewnie_ze_tak pewnie dobrze dobra ok okej oki oczywiscie"
        " chetnie zgoda moze_byc super swietnie"
        " no_pewnie tak_tak"
        " prosze poprosze niech_bedzie",
        no="nie nie_dziekuje nie_musisz nie_musicie nie_tym_razem odpuszcze zrezygnuje nic_z_tego nie_ma_sprawy"
        " poradze_sobie na_razie_nie daj_spokoj podziekuje nie_chce_rozmawiac nie_ma_potrzeby"
        " nie_ma_takiej_potrzeby nie_potrzebuje nie_lacz nie_laczcie"
        " obejdzie_sie dam_rade nie_dzieki nie_trzeba nie_teraz niewazne zostaw nie_potrzeba rezygnuje dziekuje_nie"
        " moze_pozniej wole_nie nie_chce raczej_nie nie_chce_tego",
        do="polacz polacz_mnie polaczcie przekaz przekaz_to przekaz_pytanie przekazcie polaczyc przekazac chce_tego",
        around="w_sumie ale a o_kontakt o_polaczenie wielkie mozesz mozecie prosze_mnie sie chyba jednak wlasciwie"
        " prosze poprosze dziekuje dzieki"
        " no to mnie teraz z_czlowiekiem"
        " z_zespolem z_konsultantem"
        " zespolowi dalej"
        " bardzo moje pytanie z_kims juz",
    ),
    "de": _Words(
        yes="ja jap jo na_klar jawohl wäre_nett wäre_gut machen_wir machen_wir_so von_mir_aus das_wäre_super"
        " das_wäre_toll das_wäre_gut das_wäre_nett klar gerne gern ok"
        " okay natürlich sicher einverstanden in_ordnung passt sehr_gerne unbedingt"
        " eigentlich_schon",
        no="nein ne nö nee lass_gut_sein ich_überlege_es_mir ich_überlegs_mir später muss_nicht_sein"
        " im_moment_nicht gerade_nicht momentan_nicht brauche_ich_nicht brauch_ich_nicht"
        " ist_nicht_nötig kein_bedarf lass_es nicht"
        " nein_danke jetzt_nicht nicht_nötig lieber_nicht lass_mal egal vielleicht_später",
        do="verbinden verbinde tun_sie_das mach_mal machen_sie_mal verbinden_sie_mich verbinde_mich"
        " weiterleiten leite_weiter leiten_sie_weiter weitergeben"
        " machen_sie_das mach_das geben_sie_weiter",
        around="eigentlich aber ach das_wäre können_sie könnt_ihr kannst_du ihr nett gut wohl also bitte danke dann"
        " mich es das sie mal doch sehr jetzt an_das_team mit_jemandem"
        " mit_einem_menschen",
    ),
    "fr": _Words(
        yes="oui ouais ok d_accord bien_sûr volontiers avec_plaisir certainement parfait vas_y allez_y pourquoi_pas",
        no="non pas_maintenant non_ça_va ça_ira non_merci pas_la_peine laisse_tomber laissez_tomber inutile pas_besoin"
        " ce_n_est_pas_la_peine",
        do="transmettez transmets transférez connectez_moi mettez_moi_en_contact faites faites_le passez_moi envoyez",
        around="en_fait finalement s_il_vous_plaît s_il_te_plaît svp stp merci le la à_l_équipe un_conseiller"
        " alors je_veux_bien"
        " question ma",
    ),
    "es": _Words(
        yes="sí si vale claro_que_sí ok claro de_acuerdo por_supuesto está_bien bueno perfecto adelante"
        " desde_luego venga dale",
        no="no no_gracias ahora_no no_hace_falta déjalo da_igual no_es_necesario olvídalo",
        do="conéctame conécteme pásame páseme pásalo pásaselo páselo envíalo transfiéreme hazlo hágalo comunícame",
        around="en_realidad mejor pues por_favor porfa gracias con_alguien con_una_persona al_equipo lo la mi"
        " pregunta me entonces",
    ),
    "it": _Words(
        yes="sì si ok certo va_bene volentieri d_accordo perfetto certamente sicuro procedi procedete",
        no="no no_grazie non_ora non_serve lascia_stare lasci_stare non_importa non_è_necessario adesso_no",
        do="passami mi_passi passate inoltra inoltrate inoltri collegami mettimi_in_contatto fallo faccia"
        " fate trasmetti",
        around="in_effetti direi per_favore grazie pure la lo con_qualcuno al_team mia domanda con_una_persona allora",
    ),
    "pt": _Words(
        yes="sim ok claro pode_ser está_bem tá tá_bom com_certeza certo perfeito pode por_favor_sim quero",
        no="não não_obrigado não_obrigada agora_não não_precisa deixa deixa_pra_lá não_é_preciso esquece",
        do="transfere transfira conecte liga_me me_conecte passe passa encaminhe encaminha envie faça"
        " faz_isso me_passe",
        around="na_verdade acho_que por_favor obrigado obrigada com_alguém para_a_equipe para_a_equipa me"
        " minha pergunta"
        " com_uma_pessoa então",
    ),
    "cs": _Words(
        yes="ano jo jasně ok dobře samozřejmě určitě jistě rád ráda v_pořádku klidně můžete tak_jo",
        no="ne ne_děkuji ne_díky teď_ne není_třeba nechte_to nech_to to_je_jedno nepotřebuji",
        do="spojte_mě spoj_mě přepojte_mě předejte_to předej_to přepojte předejte pošlete",
        around="vlastně asi prosím děkuji díky to mě s_někým s_člověkem týmu můj dotaz tak",
    ),
    "uk": _Words(
        yes="так ага добре гаразд ок звичайно авжеж звісно згоден згодна давайте давай можна",
        no="ні не ні_дякую не_зараз не_треба не_потрібно облиште неважливо",
        do="з_єднайте з_єднайте_мене передайте передай переключіть переведіть надішліть",
        around="мабуть напевно будь_ласка прошу дякую мене це з_людиною команді моє питання з_кимось тоді",
    ),
    "nl": _Words(
        yes="ja jazeker ok oké graag prima goed natuurlijk zeker is_goed doe_maar akkoord",
        no="nee nee_bedankt niet_nu hoeft_niet laat_maar niet_nodig nee_dank_je",
        do="verbind_me verbind_mij verbind_me_door stuur_door geef_door doorverbinden doorsturen doe_dat",
        around="eigenlijk hoor toch alsjeblieft alstublieft aub bedankt dank_je maar dan het me met_iemand aan_het_team"
        " mijn vraag heel",
    ),
    "sv": _Words(
        yes="ja japp ok okej gärna visst absolut självklart javisst det_går_bra kör_på bra",
        no="nej nej_tack nej_det_är_bra nej_det_är_lugnt inte_nu behövs_inte strunt_i_det glöm_det det_behövs_inte",
        do="koppla_mig koppla_mig_vidare skicka_vidare skicka_det gör_det koppla",
        around="egentligen nog faktiskt tack snälla då det mig till_någon till_teamet min fråga så",
    ),
    "tr": _Words(
        yes="evet olur tamam peki tabii elbette tabi ok isterim memnuniyetle lütfen",
        no="hayır yok istemiyorum şimdi_değil gerek_yok boşver hayır_teşekkürler kalsın",
        do="bağla bağlayın bağlar_mısınız aktar aktarın ilet iletin yönlendir yönlendirin gönder gönderin",
        around="aslında galiba lütfen teşekkürler teşekkür_ederim beni bir_insana ekibe o_zaman sorumu birine",
    ),
}
_LONGEST = 60
_LONGEST_REMARK = 160

_WEAK = frozenset(
    "ok okay okej okey oki oke fine great perfect good alright all right dobrze dobra no super swietnie dobre dobry"
    " gut peki tamam vale va bene bien d accord prima goed bra гаразд добре ок in ordnung passt parfait perfecto"
    " perfetto perfeito certo".split()
)
"""Words that begin many a sentence: alone they are a yes, before a remark they are not."""
_TURN = re.compile(
    r"\b(?:but|though|first|meant|mean|ale|lecz|najpierw|chodzi\w*|mysl\w*|aber|erst|meint?e?|mais|d abord|voulais|pero"
    r"|primero|quise|refer\w+|ma|prima|intend\w+|volevo|mas|primeiro|quis|nejdriv|myslel\w*|але|спочатку|мав на увазі"
    r"|мала на увазі|maar|eerst|bedoel\w*|men|forst|menade|ama|once|demek"
    # "no, I asked about …"
    r"|asked|pytal\w*|gefragt|fragte|demandais|ai demande|preguntaba|preguntado|chiesto|chiedevo|perguntei|perguntava"
    r"|ptal\w*|питав|питала|vroeg|gevraagd|fragade|sordum)\b"
)
"""A correction or a condition: what stands before it decides nothing."""
_ASKING = re.compile(
    r"\b(?:i was asking|i am asking|i m asking|my question was|pytam|je parl\w+|pregunt\w+|chiedo|pergunto|ptam|питаю"
    r"|запитував|запитувала|спитав|спитала|undrade|sormustum|soruyorum|soruyordum)\b"
)
"""More of them behind a no: "no, I am asking about the colour" refuses an answer, not a person."""
_THANKS = re.compile(
    r" (?:thank\w*|thx|dziek\w*|dzieki|danke|merci|gracias|grazie|obrigad\w|dekuji|diky|дякую|bedankt|dank|tack"
    r"|tesekkur\w*) "
)
_PLEASE = re.compile(
    r" (?:please|pls|plz|prosze|poprosze|bitte|plait|svp|stp|por favor|porfa|per favore|prosim|прошу|будь ласка"
    r"|alsjeblieft|alstublieft|aub|snalla|lutfen) "
)
_NONE_OF = re.compile(
    r"\b(?:no|not|don t|dont|won t|without|rather|nie|bez|kein\w*|nicht|ohne|pas|sans|sin|non|senza|nao|sem|ne|nemam"
    r"|nechci|nedam|ні|не|без|немає|geen|niet|zonder|inte|ingen|utan|yok|istemiyorum|vermek|vermem|olmadan)\b"
)
_MAIL = re.compile(
    r"\b(?:e ?mail\w*|mail|maila|mailem|mailu|mejl\w*|adres|adresu|adresse\w*|address\w*|courriel|correo|indirizzo"
    r"|endereco|пошт\w*|адрес\w*|имеил\w*|емеил\w*|mailadress\w*|adressen|e ?posta\w*|adresim\w*|adresimi)\b"
)
_CAME = re.compile(
    r"\b(?:got|get|received?|arrived?|came|come|sent|dosta\w+|otrzyma\w+|przysz\w+|wysla\w+|erhalten|bekomm\w+"
    r"|gekommen|recu\w*|recev\w+|arrive\w*|recib\w+|lleg\w+|ricevut\w+|arrivat\w+|receb\w+|cheg\w+|dosel\w*"
    r"|prisel\w*|отримав|отримала|прииш\w+|ontvang\w*|gekregen|fatt|kommit|aldim|almadim|gelmedi)\b"
)
"""What is said of a mail that came or did not is no word on their address."""
_SPELT_OUT = re.compile(r"\b\w+ (?:at|malpa|arroba|chiocciola|zavinac) \w+ (?:dot|kropka|punkt|point|punto|ponto)\b")
_FIRST = re.compile(r"\s*([^,.;:!–—\n]+)[,.;:!–—\n]+\s*(.*)", re.DOTALL)
_PARTS = re.compile(r"[,.;:!?()–—\n]+|\s-\s")
_ABOUT_ADDRESS = frozenset(
    "my e mail email mailbox address adress is it s its this that at to the here you can reach me on write reply"
    " moj adres maila mailem mejl mejla poczta na pod oto podaje prosze pisac napisac"
    " meine mailadresse adresse ist lautet die das hier unter an mich sie konnen"
    " mon c est voici sur mi correo es aqui esta direccion il mio indirizzo e ecco o meu endereco aqui"
    " muj je tady moja пошта моя адреса ось mijn adres is hier min ar har adresim benim iste"
    # yes, and "write to …"
    " yes sure ok okay tak jasne ja oui si sim ano так evet tamam go mailowy mailowa o szybka odpowiedz"
    " please pls plz thanks thx contact send me back answer via under"
    " pisz piszcie napisz napiszcie odpisz odpiszcie odpowiedz odpowiedzcie kontakt mnie mi dzieki dziekuje wyslij"
    " bitte danke schreib schreiben schreibt schreibe antworten antwort kontakt mir uns erreichen erreichbar bin gern"
    " ecrivez ecris repondez contactez moi a svp merci escriba escribame escribeme escribanme responda a gracias"
    " scrivete scrivetemi scrivimi rispondete a grazie escreva escrevam respondam para obrigado obrigada"
    " piste napiste odpovezte mi na prosim dekuji пишіть напишіть відповідайте мені на дякую прошу"
    " schrijf mail antwoord naar graag aub bedankt skriv svara mejla till mig pa tack yazin bana lutfen".split()
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message says to the handoff that stands. `aside`: and it asks nothing besides."""

    consent: Consent | None = None
    address: EmailAddress | None = None
    aside: bool = False
    withheld: bool = False
    """An address was asked for, and they would rather give none."""


NOTHING_HEARD = Heard()


def heard(
    text: str, step: HandoffStep | None, lang: str | None = None, last: Verdict | None = Verdict.CANNOT_ANSWER
) -> Heard:
    """The yes, no or address in a message while a person is offered, or an address asked for.

    An address given to an offer is a yes. `last` is what the agent said last: only right after the offer can a yes or
    no have a remark behind it, and after an answer, small talk or "did you mean …?" a "great" or a "no" is about that:
    there only words of the offer itself count, "connect me" and "no, thanks", which stands on its button.
    """
    if not isinstance(step, Offered | NeedsEmail):
        return NOTHING_HEARD
    if isinstance(step, NeedsEmail):
        return _to_address(text, lang)
    said = consent_in(text, lang)
    if last in {Verdict.ASK, Verdict.ANSWER, Verdict.SMALL_TALK}:
        return Heard(said, aside=True) if said is not None and _names_offer(text, said) else NOTHING_HEARD
    if said is not None:
        return Heard(said, aside=True)
    return _with_more(text, lang) if last in {Verdict.CANNOT_ANSWER, Verdict.FAILURE} else NOTHING_HEARD


def _to_address(text: str, lang: str | None) -> Heard:
    """What is said to the question for an address. In a question only an address that is given as theirs is one."""
    address = own_address_in(text) if "?" in text else find_in(text)
    if address is not None:
        return Heard(None, address, aside=True)
    if withholds_address(text):
        return Heard(withheld=True)
    refused = consent_in(text, lang) is Consent.NO
    return Heard(Consent.NO if refused else None, aside=refused)


def withholds_address(text: str) -> bool:
    """Would they rather not give an address, or have none: "no e-mail please, just chat", "nie podam maila"?"""
    words = _plain(text)
    if "?" in text or len(text) > _LONGEST_REMARK or _CAME.search(words):
        return False
    return _NONE_OF.search(words) is not None and _MAIL.search(words) is not None


def tries_address(text: str) -> bool:
    """Is it meant for an address, though it is none: "ann@example", "bob at example dot com"?"""
    return find_in(text) is None and ("@" in text or _SPELT_OUT.search(_plain(text)) is not None)


def _names_offer(text: str, said: Consent) -> bool:
    """Does it say what was offered, thank for it, or ask for it: "connect me", "no, thanks", "yes, please"?"""
    words = f" {_plain(text)} "
    if said is Consent.NO:
        return _THANKS.search(words) is not None
    return _PLEASE.search(words) is not None or any(f" {_plain(each)} " in words for each in _offered_words())


@cache
def _offered_words() -> tuple[str, ...]:
    """Phrases of more than a word or a letter or two that ask for what was offered."""
    phrases = (phrase.replace("_", " ") for each in _LANGUAGES.values() for phrase in each.do.split())
    return tuple(phrase for phrase in phrases if phrase != "do")


def takes_back(text: str, step: HandoffStep | None, lang: str | None, read: bool) -> bool:
    """Is this a yes to a no that was only read out of other words? `read`: the agent has just said that it took it so.

    The shopper may have meant something else: then they need not look for the button.
    """
    return read and isinstance(step, Declined) and consent_in(text, lang) is Consent.YES


def awaited(step: HandoffStep | None, last: Verdict | None, question: str) -> frozenset[Consent]:
    """What an unlisted word may mean to the handoff that stands, as far as the turn of talk allows.

    `last` is what the agent said last. Right after the offer, or a reminder of it, a yes or a no; while an address is
    asked for, a no. After an answer, small talk or "did you mean …?" such words may be about that: then neither, but
    who gives an address after an answer comes back to the offer.
    """
    match step, last:
        case Offered(), Verdict.ANSWER | Verdict.SMALL_TALK if own_address_in(question):
            return frozenset({Consent.YES})
        case Offered(), Verdict.CANNOT_ANSWER | Verdict.FAILURE:
            return frozenset(Consent)
        case NeedsEmail(), _ if withholds_address(question):
            return frozenset()
        case NeedsEmail(), Verdict.CANNOT_ANSWER | Verdict.FAILURE | Verdict.HUMAN | None:
            return frozenset({Consent.NO})
        case _:
            return frozenset()


def is_settled(step: HandoffStep | None, last: Verdict | None) -> bool:
    """Is nothing open after what the agent said `last`: an answer, small talk, or that nothing is passed on?"""
    return last in {Verdict.ANSWER, Verdict.SMALL_TALK} or (last is None and isinstance(step, Declined))


def _with_more(text: str, lang: str | None) -> Heard:
    """A yes with an address; a yes or no with a remark: "yes, I need it by Friday", "no thanks, I'll look myself"."""
    address = find_in(text)
    if address and "?" not in text and _is_about_address(beside_address(text)):
        return Heard(Consent.YES, address, aside=True)
    match = _FIRST.fullmatch(text)
    if match is None or len(text) > _LONGEST_REMARK:
        return NOTHING_HEARD
    first, more = match.groups()
    said = consent_in(first, lang)
    if said is None or "?" in text or turns(more):
        return NOTHING_HEARD
    if said is Consent.NO:
        if _ASKING.search(_plain(more)):
            return NOTHING_HEARD
        return Heard(Consent.NO, aside=not _orders(more))
    weak = set(_plain(first).split()) <= _WEAK
    return NOTHING_HEARD if weak or _orders(more) else Heard(Consent.YES, address, aside=True)


def own_address_in(text: str) -> EmailAddress | None:
    """The address that the writer gives as theirs: nothing else stands in its part of the sentence.

    "A human please, ann@example.com" gives one; "info@shop.example never answers, get me a human" tells of one.
    """
    address = find_in(text)
    if address is None:
        return None
    before, after = around_address(text)
    return address if _is_about_address(f"{_PARTS.split(before)[-1]} {_PARTS.split(after)[0]}") else None


def _is_about_address(words: str) -> bool:
    return set(_plain(words).split()) <= _ABOUT_ADDRESS


def turns(text: str) -> bool:
    """Does it hold a correction or a condition: "but", "first", "I meant"?"""
    return _TURN.search(_plain(text)) is not None


def _orders(more: str) -> bool:
    """Does the rest ask for something: does it begin like a question or an order?"""
    return asks(" ".join(more.split()[:3]))


def consent_in(text: str, lang: str | None = None) -> Consent | None:
    """Whether the whole message is a yes or a no; None for everything else.

    A word that is yes in one language and no in another counts only in the conversation's own, `lang` (ISO 639-1).
    """
    if len(text) > _LONGEST or "?" in text:
        return None
    words = _plain(text)
    found = {tag: said for tag, rule in _rules().items() if (said := _said(rule, words)) is not None}
    if lang in found:
        return found[lang]
    meant = set(found.values())
    return meant.pop() if len(meant) == 1 else None


def listed() -> Iterator[tuple[str, Consent, str]]:
    """(language, what it is, phrase) for each phrase of the lists."""
    for tag, words in _LANGUAGES.items():
        for said, phrases in ((Consent.YES, f"{words.yes} {words.do}"), (Consent.NO, words.no)):
            yield from ((tag, said, phrase.replace("_", " ")) for phrase in phrases.split())


Patterns = tuple[re.Pattern[str], re.Pattern[str]]


def _said(rule: Patterns, words: str) -> Consent | None:
    yes, no = (pattern.fullmatch(words) is not None for pattern in rule)
    return None if yes == no else (Consent.YES if yes else Consent.NO)


@cache
def _rules() -> dict[str, Patterns]:
    """A language → what is a yes, what is a no."""
    return {tag: (_pattern(f"{w.yes} {w.do}", w.around), _no(w)) for tag, w in _LANGUAGES.items()}


def _no(words: _Words) -> re.Pattern[str]:
    """A no, and perhaps what is not wanted: "don't connect me"."""
    no, rest = _any(words.no), _any(f"{words.around} {words.do}")
    return re.compile(rf"(?:{_any(words.around)} ){{0,3}}{no}(?: (?:{no}|{rest})){{0,5}}")


def _pattern(heads: str, around: str) -> re.Pattern[str]:
    head, rest = _any(heads), _any(f"{heads} {around}")
    return re.compile(rf"(?:{rest} ){{0,4}}{head}(?: {rest}){{0,6}}")


def _any(words: str) -> str:
    forms = sorted({_plain(word.replace("_", " ")) for word in words.split()}, key=len, reverse=True)
    return f"(?:{'|'.join(forms)})"


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower().replace("ł", "l").replace("\u0131", "i").replace("'", " "))
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    return " ".join(re.findall(r"[^\W\d_]+", letters))
