"""What the log keeps of an utterance, and the little of it that a shopper's browser is given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.conversations import NOW
from warmline.domain.ids import Seq, TeammateId
from warmline.domain.message import (
    MESSAGE_LIMIT,
    PUBLIC_KINDS,
    THE_AGENT,
    Author,
    AuthorKind,
    Event,
    EventKind,
    Message,
    Verdict,
    clean_text,
    public_view,
)
from warmline.errors import Invalid


def event(kind: EventKind, **data: Any) -> Event:
    return Event(Seq(3), NOW, kind, data)


def test_a_message_keeps_what_is_set_and_nothing_else() -> None:
    assert Message(THE_AGENT, "Hi").data() == {"author": {"kind": "agent", "name": None}, "text": "Hi"}
    full = Message(
        Author(AuthorKind.TEAMMATE, "Marta", TeammateId("tm_1")), "Hi", sources=({"title": "A"},),
        links=({"url": "u"},), choices=({"text": "c"},), reply_to=Seq(2), client_id="c-1", notice="n",
        verdict=Verdict.ASK, aside=True, extra={"mailed": True},
    )  # fmt: skip
    assert full.data() == {
        "author": {"kind": "teammate", "name": "Marta", "id": "tm_1"}, "text": "Hi", "sources": [{"title": "A"}],
        "links": [{"url": "u"}], "choices": [{"text": "c"}], "reply_to": 2, "client_id": "c-1", "notice": "n",
        "verdict": "ask", "aside": True, "mailed": True,
    }  # fmt: skip


SECRETS = {"verdict": "ask", "score": 0.4, "why": "x", "reason": "spam", "teammate": "tm_1", "epoch": 3, "aside": True}


@pytest.mark.parametrize(
    ("kind", "data", "seen"),
    [
        (
            EventKind.MESSAGE,
            {"author": {"kind": "teammate", "name": "Marta", "id": "tm_1"}, "text": "Hi", "notice": "joined"},
            {"author": {"kind": "teammate", "name": "Marta"}, "text": "Hi", "notice": "joined"},
        ),
        (EventKind.HANDOFF, {"n": 1, "step": "stuck", "helpdesk": "zendesk"}, {"n": 1, "step": "stuck"}),
        (EventKind.OWNER, {"owner": "teammate", "name": "Marta"}, {"owner": "teammate", "name": "Marta"}),
        (EventKind.OWNER, {"owner": "agent", "name": None}, {"owner": "agent"}),
        (EventKind.CLOSED, {"by": "teammate"}, {"by": "teammate"}),
    ],
)
def test_a_shopper_sees_what_the_contract_names_and_no_more(
    kind: EventKind, data: dict[str, Any], seen: dict[str, Any]
) -> None:
    frame = {"seq": 3, "at": "2026-05-04T10:00:00+00:00", "kind": kind.value}
    assert public_view(event(kind, **(SECRETS | data))) == frame | seen


@pytest.mark.parametrize("kind", sorted(set(EventKind) - PUBLIC_KINDS))
def test_notes_ratings_and_episodes_have_no_public_view(kind: EventKind) -> None:
    assert not event(kind).public
    with pytest.raises(ValueError, match="not public"):
        public_view(event(kind))


@pytest.mark.parametrize("text", ["a", " a ", "a" * MESSAGE_LIMIT, "\u202eabc", "👩‍👩‍👧", "line\nline", "\x01"])
def test_an_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("a" * (MESSAGE_LIMIT + 1), "8,001 characters"),
        ("a\x00b", "NUL"),
        ("a\ud800b", "surrogate"),
        ("\udfff", "surrogate"),
    ],
)
def test_a_text_that_cannot_be_stored_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        clean_text(text)
    assert caught.value.field == "text"
