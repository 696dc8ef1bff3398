"""Yes and no in so many words, while an offer stands. Only whole messages count: "yes, but …" is a question."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Consent(StrEnum):
    YES = "yes"
    NO = "no"


_YES = frozenset(
    "yes,y,yes please,yes pls,yeah,yep,yup,sure,ok,okay,please do,go ahead,of course,yes connect me,yes pass it on,"
    "connect me,please connect me,yes thanks,ok please,"
    "tak,tak prosze,prosze,poprosze,jasne,pewnie,dobrze,dobra,chetnie,tak polacz mnie,tak przekaz,polacz,polacz mnie,"
    "przekaz,oczywiscie,no dobra,no dobra polacz,tak poprosze,okej".split(",")
)
_NO = frozenset(
    "no,n,nope,nah,no thanks,no thank you,not now,never mind,nevermind,no need,"
    "nie,nie dziekuje,nie dzieki,nie trzeba,nie teraz,dziekuje nie,niewazne".split(",")
)
_LONGEST = 40


def consent_in(text: str) -> Consent | None:
    """Whether the whole message is a yes or a no; None for everything else."""
    if len(text) > _LONGEST:
        return None
    words = _plain(text)
    if words in _YES:
        return Consent.YES
    return Consent.NO if words in _NO else None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower().replace("ł", "l"))
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    return " ".join(re.findall(r"[a-z]+", letters))
