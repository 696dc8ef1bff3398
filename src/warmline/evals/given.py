"""What the agent of a recorded dialogue did at a turn, read from its words: it offered a person, or passed one on.

Recorded turns carry no steps of a handoff, only text. Twelve languages; a sentence that joins the shopper with people
("shall I connect you with our team?") must name both, so a page that gives a phone number is no offer.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum


class Given(Enum):
    """What a recorded turn does."""

    OFFERS = "offers"
    PASSES_ON = "passes on"
    ASKS_ADDRESS = "asks for an address"
    ASKS = "asks"
    SAYS = "says"


_PEOPLE = (
    "human|person|people|someone|somebody|agent|agents|operator|representative|advisor|adviser|specialist|colleagues?"
    "|teammate|team|staff|supervisor|manager|support team|customer (?:service|support|care)"
    "|czlowiek\\w*|ludzmi|zespol\\w*|konsultan\\w*|pracowni\\w+|koleg\\w+|kolezan\\w+|obslug\\w+|doradc\\w*|kims|ktos"
    "|specjalist\\w*|biur\\w+|dzial\\w*|osob\\w+"
    "|mensch\\w*|mitarbeiter\\w*|kolleg\\w+|jemand\\w*|berater\\w*|kundenservice|kundendienst|personal"
    "|humain\\w*|personne|quelqu un|conseill\\w+|collegues?|equipe|service clients?|agente?s?|responsable"
    "|persona\\w*|alguien|companer\\w+|equipo|operador\\w*|asesor\\w*|humano|humana"
    "|qualcuno|collegh\\w+|collega|operatore|umano|umana|squadra|assistenza clienti|consulente"
    "|pessoa|alguem|colega\\w*|equipa|equipe|atendente|atendimento"
    "|clovek\\w*|kolegou|kolegyni|nekym|tym\\w*|operator\\w*|pracovnik\\w*|podporou|podpor\\w+"
    "|людин\\w+|кимось|команд\\w+|колег\\w+|оператор\\w*|консультант\\w*|спеціаліст\\w*|менеджер\\w*"
    "|mens|iemand|medewerker\\w*|collega s|klantenservice"
    "|manniska\\w*|nagon|kollega\\w*|kundtjanst|medarbetare\\w*|teamet"
    "|insan\\w*|biri\\w*|ekib\\w*|ekip\\w*|temsilci\\w*|yetkili\\w*|takim\\w*"
)
_JOINING = (
    "connect\\w*|transfer\\w*|pass(?:ing|ed)?|forward\\w*|hand(?:ing|ed)? (?:you|this|it) (?:over|off)|put you through"
    "|escalat\\w+|speak|talk|chat|bring in|loop in|get (?:someone|somebody|a|our)|take over|in touch"
    "|polacz\\w*|lacze|przekaz\\w*|przekier\\w+|przelacz\\w*|skontakt\\w+|porozmawia\\w*|zawola\\w*"
    "|verbind\\w*|weiterleit\\w*|leite|weitergeb\\w*|weiterzu\\w+|gebe|ubergeb\\w*|sprechen|durchstell\\w*"
    "|mett\\w+|transmet\\w*|parler|passe\\w*|dirige\\w*"
    "|conect\\w+|pase|paso|pasar\\w*|hablar|contacto|derive|derivar\\w*|transfier\\w+|comunic\\w+"
    "|pass(?:o|are|i|arti|arla)|trasfer\\w+|parlare|colleg(?:o|are|arti|arla)|inoltr\\w+|contatto"
    "|encaminh\\w+|falar|passar|passe|ligar|ligo"
    "|spoji\\w*|prepoj\\w*|preda\\w*|mluvit|promluvit|propojit"
    "|з єдна\\w+|зєдна\\w+|переда\\w+|переключ\\w+|зв яз\\w+|поговорити|переве\\w+"
    "|doorverbind\\w*|doorstur\\w*|doorgev\\w*|doorzet\\w*|spreken|praten|stuur|geef"
    "|kopplar?|skicka\\w*|vidarebefordra\\w*|prata|skickar"
    "|bagla\\w*|aktar\\w*|ilet\\w*|yonlendir\\w*|gorus\\w*|konus\\w*"
)
_IF_YOU_LIKE = (
    "if you (?:d like|like|want|wish|prefer)|would you like|just say|let me know|shall i|should i|do you want"
    "|want me to"
    "|jesli chcesz|czy chc\\w+|czy mam|daj znac|moge"
    "|wenn (?:sie|du) (?:mochten|mochtest|wollen|willst)|mochten sie|soll ich|ich kann"
    "|si vous (?:voulez|souhaitez|le souhaitez)|je peux|voulez vous|si quieres|si lo desea|puedo|quieres|desea"
    "|se vuole|se vuoi|posso|vuole|vuoi|se quiser|quer que|chcete li|pokud chcete|muzu|mohu|якщо хочете|можу"
    "|als u wilt|als je wilt|kan ik|ik kan|zal ik|om du vill|jag kan|ska jag|vill du|isterseniz|ister misiniz"
)
_ASKING = (
    "ask|check with|zapyta\\w*|spyta\\w*|dopyta\\w*|frage\\w*|nachfrage\\w*|demand\\w+|pos(?:e|er) (?:la|votre)"
    "|pregunt\\w+|consult\\w+|chied\\w+|domand\\w+|pergunt\\w+|zept\\w+|запита\\w*|спита\\w*|vrag\\w*|navraag|fraga\\w*"
    "|sora\\w*|sorma\\w*"
)
_MAY_I = (
    "(?:shall|should|may|can|could) i|would you like me to|do you want me to|want me to|like me to"
    "|mam|czy (?=przekaz|zapyta|spyta|polacz)|czy moge|mozemy|czy chc\\w+ zebym"
    "|(?:soll|darf|kann) ich|sollen wir|dass ich"
    "|dois je|puis je|que je|quier\\w+ que|dese\\w+ que|le parece si|vuole che|vuoi che|devo|posso|quer que"
    "|mohu|muzu|chcete abych"
    "|чи (?:можу|мені)|мені|хочете щоб я|(?:zal|mag|kan) ik|dat ik|(?:ska|far|kan) jag|att jag"
    "|\\w+(?:eyim|ayim|elim) mi"
)
_DONE = (
    "passed|handed|forwarded|przekazal\\w*|przekazan\\w*|weitergegeben|weitergeleitet|ubergeben|transmis\\w*|pasado|pasada"
    "|derivado|inoltrat\\w+|passat\\w+|encaminhe\\w*|encaminhad\\w+|passei|predal\\w*|predano|передал\\w*|передан\\w*|doorgegeven"
    "|doorgestuurd|vidarebefordrat|skickat vidare|ilettim|aktardim|yonlendirdim"
)
_NOT = (
    "can t|cannot|can not|not able|unable|nie moge|nie mozemy|kann (?:sie )?(?:leider )?nicht|kein\\w*"
    "|ne peux pas|no puedo|non posso|nao posso|nemuzu|не можу|kan (?:u |je )?niet|kan inte"
)
_ADDRESS = re.compile(
    r"\b(?:e ?mails?|e mail\w*|mail ?adres\w*|adres\w*|address|mejl\w*|correo|courriel|почт\w+|e posta\w*|wohin"
    r"|direccion|indirizzo|endereco|адрес\w*)\b"
)
_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;]*")
_PERSON, _JOIN = re.compile(rf"\b(?:{_PEOPLE})\b"), re.compile(rf"\b(?:{_JOINING})\b")
_ASK, _MAY = re.compile(rf"\b(?:{_ASKING})\b"), re.compile(rf"\b(?:{_MAY_I})\b")
_INQUIRE = re.compile(r"\b(?:find out for you|nachfrag\w+|dopyta\w*|navraag)\b")
_PASSED = re.compile(rf"\b(?:{_DONE})\b")
_IF, _DENIED = re.compile(rf"\b(?:{_IF_YOU_LIKE})\b"), re.compile(rf"\b(?:{_NOT})\b")
_READ = 4_000


def given(text: str) -> Given:
    """What this turn does. An offer counts wherever it stands in the turn, a question at its end only."""
    passes = asks_address = False
    last = ""
    for sentence in _SENTENCE.findall(text[:_READ]):
        plain, asked = _plain(sentence), sentence.rstrip().endswith("?")
        last = sentence if plain else last
        if _DENIED.search(plain):
            continue
        people, joins = _PERSON.search(plain), _JOIN.search(plain)
        if asked and _MAY.search(plain) and (joins or _INQUIRE.search(plain)):
            return Given.OFFERS
        if people and (joins or (asked and _ASK.search(plain))):
            if asked or _IF.search(plain):
                return Given.OFFERS
            passes = True
        passes = passes or _PASSED.search(plain) is not None
        asks_address = asks_address or (asked and _ADDRESS.search(plain) is not None)
    if asks_address:
        return Given.ASKS_ADDRESS
    if passes:
        return Given.PASSES_ON
    return Given.ASKS if last.rstrip().endswith("?") else Given.SAYS


def wants_address(text: str) -> bool:
    """Does a turn that hands over still want the shopper's address: asked, or begged for, and not named as known?"""
    plain = _plain(text[:_READ])
    if "@" in text or _PASSED.search(plain):
        return False
    return "?" in text or _ADDRESS.search(plain) is not None


def _plain(text: str) -> str:
    lowered = text.lower().replace("ł", "l").replace("\u0131", "i")
    folded = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c) or c == "й")
    return " ".join(re.findall(r"\w+", folded))
