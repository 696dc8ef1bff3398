"""Dialogues are played by the rules of the server; ours, in eleven languages, go as they should."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from warmline.agent.answer import KeylessAgent
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.domain.ids import WorkspaceId
from warmline.errors import Invalid
from warmline.evals.dialogue_scores import summary_of_turns
from warmline.evals.dialogues import Place, TurnRow, play
from warmline.evals.foreign import score
from warmline.evals.given import Given, given, wants_address
from warmline.evals.run import read, run

pytestmark = pytest.mark.xdist_group("encoders")
OURS = Path(__file__).parents[2] / "bench/seeds/dialogues"
NOWHERE = Place(WorkspaceId("nothing"), "en")
OFFER = "I have no answer to that. Shall I connect you with our team?"


@pytest.fixture
async def agent() -> AsyncIterator[KeylessAgent]:
    made = KeylessAgent(Encoders([FAST]))
    yield made
    await made.close()


async def test_ours_go_as_they_should(agent: KeylessAgent) -> None:
    found = await run(agent, OURS)
    summary = found.summary["dialogues"]
    assert len(read(OURS / "dialogues.jsonl")) >= 30
    assert summary["labelled"] == len(found.turns) > 100
    assert summary["right_action"] >= 0.8, summary["wrong"]
    assert (summary["offers_repeated"], summary["refusals_overridden"]) == (0, 0)
    assert (summary["precision"], summary["recall"], summary["golden_within_one"]) == (1.0, 1.0, 1.0)


def a_dialogue(*texts: str, **more: Any) -> dict[str, Any]:
    """Shopper and agent in turn; a text that begins with `>` is a tool's."""
    turns = [{"role": ("shopper", "agent")[at % 2], "text": text} for at, text in enumerate(texts)]
    return {"id": "d", "lang": "en", "turns": turns, **more}


async def decisions(agent: KeylessAgent, dialogue: Mapping[str, Any]) -> list[str]:
    return [row["decision"] for row in await play(agent, dialogue, NOWHERE)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("Do you fix lamps?", OFFER, "yes please", "…"), ["offer_handoff", "hand_off"]),
        (("Do you fix lamps?", OFFER, "no", "ok", "Do you fix lamps?", "no"),
         ["offer_handoff", "smalltalk", "cannot_answer"]),
        (("Do you fix lamps?", OFFER, "no", "ok", "Who made the red vase?", "?"),
         ["offer_handoff", "smalltalk", "offer_handoff"]),
        (("Do you fix lamps?", OFFER, "no", "ok", "a human please", "Sure."),
         ["offer_handoff", "smalltalk", "hand_off"]),
        (("Do you fix lamps?", OFFER, "Do you fix lamps?", "no"), ["offer_handoff", "cannot_answer"]),
        (("Do you fix lamps?", OFFER, "Who made the red vase?", "…"), ["offer_handoff", "offer_handoff"]),
        # Words that no list holds: read by the encoders, as the server reads them.
        (("Do you fix lamps?", OFFER, "I would be glad of that", "…"), ["offer_handoff", "hand_off"]),
        (("Do you fix lamps?", OFFER, "byłoby cudownie, przekażcie proszę", "…"), ["offer_handoff", "hand_off"]),
        (("Do you fix lamps?", OFFER, "nie ma potrzeby nikogo w to angażować", "ok", "Do you fix lamps?", "no"),
         ["offer_handoff", "smalltalk", "cannot_answer"]),
        (("Do you fix lamps?", "Which lamp is it?", "I would be glad of that", "…"),
         ["offer_handoff", "offer_handoff"]),
        # The recorded agent offered nobody, so nothing is consented to, and ours would still offer.
        (("Do you fix lamps?", "Which lamp is it?", "yes please", "…"), ["offer_handoff", "offer_handoff"]),
        (("a human please", "I'm connecting you with our team.", "thanks", "Here is Ann."), ["hand_off", "hand_off"]),
        (("a human please", "Returns take 30 days.", "thanks", "Bye."), ["hand_off", "smalltalk"]),
    ],
)  # fmt: skip
async def test_the_rules_of_a_conversation(agent: KeylessAgent, texts: Sequence[str], expected: list[str]) -> None:
    assert await decisions(agent, a_dialogue(*texts)) == expected


async def test_each_turn_of_the_agent_has_a_row(agent: KeylessAgent) -> None:
    turns = [
        {"role": "agent", "text": "Hello!"},
        {"role": "shopper", "text": "Cancel my flight"},
        {"role": "agent", "text": "", "tools": ["get_booking"], "handoff": 0},
        {"role": "tool", "text": "{}"},
        {"role": "agent", "text": "", "tools": ["transfer_to_human_agents"], "handoff": 1},
        {"role": "agent", "text": "Goodbye.", "handoff": 0},
    ]
    rows = await play(agent, {"id": "d", "turns": turns}, NOWHERE)
    assert [(row["turn"], row["decision"], row["handoff"]) for row in rows] == [
        (0, "smalltalk", None),
        (2, "offer_handoff", False),
        (4, "offer_handoff", True),
        (5, "offer_handoff", False),
    ]
    untrusted = await play(agent, {"id": "d", "turns": turns, "trusted": False}, NOWHERE)
    assert summary_of_turns(untrusted)["labelled"] == 0


async def test_a_label_says_what_the_recorded_agent_did(agent: KeylessAgent) -> None:
    """Words that read like no offer are one when the label says so; the yes then is consent."""
    turns: list[dict[str, Any]] = [
        {"role": "shopper", "text": "Do you fix lamps?"},
        {"role": "agent", "text": "Somebody in the shop may know.", "action": "offer_handoff"},
        {"role": "shopper", "text": "yes please"},
        {"role": "agent", "text": "Done.", "action": ["hand_off"]},
    ]
    rows = await play(agent, {"id": "d", "lang": "en", "turns": turns}, NOWHERE)
    assert [row["decision"] for row in rows] == ["offer_handoff", "hand_off"]
    unlabelled = [{key: value for key, value in turn.items() if key != "action"} for turn in turns]
    rows = await play(agent, {"id": "d", "lang": "en", "turns": unlabelled}, NOWHERE)
    assert [row["decision"] for row in rows] == ["offer_handoff", "offer_handoff"]


async def test_of_several_labels_the_one_that_the_turn_carries_out_counts(agent: KeylessAgent) -> None:
    """An answer with an offer at its end: the yes is consent, in words that read like no offer."""
    turns: list[dict[str, Any]] = [
        {"role": "shopper", "text": "Do you fix lamps, and vases?"},
        {"role": "agent", "text": "Lamps we do. Is a look at the vases wanted?", "action": ["answer", "offer_handoff"]},
        {"role": "shopper", "text": "yes please"},
        {"role": "agent", "text": "Done.", "action": ["hand_off"]},
    ]
    rows = await play(agent, {"id": "d", "lang": "en", "turns": turns}, NOWHERE)
    assert [row["decision"] for row in rows] == ["offer_handoff", "hand_off"]


async def test_a_ticket_with_an_address_ends_the_chat_and_who_writes_on_begins_another(agent: KeylessAgent) -> None:
    turns: list[dict[str, Any]] = [
        {"role": "shopper", "text": "a human please"},
        {"role": "agent", "text": "Gladly. Please give me your e-mail address.", "action": ["hand_off"]},
        {"role": "shopper", "text": "why do you need that"},
        {"role": "agent", "text": "So that our team can answer. Which one may I give them?", "action": ["hand_off"]},
        {"role": "shopper", "text": "ann@example.com"},
        {"role": "agent", "text": "I've passed it on. The answer goes to ann@example.com.", "action": ["hand_off"]},
        {"role": "shopper", "text": "thank you"},
        {"role": "agent", "text": "You're welcome.", "action": ["smalltalk"]},
        {"role": "shopper", "text": "a human please"},
        {"role": "agent", "text": "Of course.", "action": ["hand_off"]},
    ]
    rows = await play(agent, {"id": "d", "lang": "en", "turns": turns}, NOWHERE)
    assert [row["decision"] for row in rows] == ["hand_off", "hand_off", "hand_off", "smalltalk", "hand_off"]


@pytest.mark.parametrize(
    ("said", "wants"),
    [
        ("Which e-mail address should we reply to?", True),
        ("Please give me your e-mail address, and our team will write to you.", True),
        ("I can't see orders here. Which one may I give them?", True),
        ("Noch fehlt mir Ihre Mailadresse.", True),
        ("I've passed it on; the answer comes by e-mail.", False),
        ("Unser Team schreibt an ann@example.com.", False),
        ("I'm connecting you with our team.", False),
    ],
)
def test_whether_a_turn_still_wants_the_address(said: str, wants: bool) -> None:
    assert wants_address(said) is wants


async def test_an_offer_is_not_repeated_before_the_shopper_says_anything(agent: KeylessAgent) -> None:
    turns = [
        {"role": "shopper", "text": "Do you fix lamps?"},
        {"role": "agent", "text": "I am sorry."},
        {"role": "agent", "text": OFFER},
        {"role": "agent", "text": "Take your time."},
    ]
    rows = await play(agent, {"id": "d", "turns": turns}, NOWHERE)
    assert [row["decision"] for row in rows] == ["offer_handoff", "offer_handoff", "cannot_answer"]


async def test_rows_of_another_product_are_measured_by_the_same_code(tmp_path: Path) -> None:
    set_of: dict[str, list[dict[str, Any]]] = {
        "knowledge": [{"id": "k", "title": "Returns", "text": "30 days.", "lang": "en"}]
    }
    set_of["questions"] = [
        {"id": "a", "text": "returns?", "lang": "en", "answer_ids": ["k"], "kind": "in_scope"},
        {"id": "b", "text": "guitars?", "lang": "en", "answer_ids": None, "kind": "out_of_scope"},
        {"id": "c", "text": "not asked", "lang": "en", "answer_ids": None, "kind": "out_of_scope"},
    ]
    said = a_dialogue("Do you fix lamps?", OFFER, "no", "ok", "Do you fix lamps?", "no")
    for turn in said["turns"]:
        turn["handoff"] = None if turn["role"] == "shopper" else 0
    set_of["dialogues"] = [said]
    for name, lines in set_of.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    rows = [
        {"id": "a", "decision": "answer", "ranked": ["k"], "confidence": 0.9},
        {"id": "b", "decision": "answer", "ranked": ["k"], "confidence": 0.8},
        *({"id": "d", "turn": at, "decision": "offer_handoff", "confidence": 0.5} for at in (1, 3, 5)),
    ]
    (tmp_path / "rows").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    summary = score(tmp_path, tmp_path / "rows").summary
    assert (summary["questions"], summary["recall_at_1"], summary["auroc"]) == (2, 1.0, 1.0)
    assert summary["as_shipped"]["unanswerable_answered"] == 1.0
    assert list(summary["floors"]) == ["BM25 of words"]
    found = summary["dialogues"]
    assert (found["turns"], found["offers_repeated"], found["refusals_overridden"]) == (3, 2, 2)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"id": "a", "decision": "perhaps"}, "decision"),
        ({"id": "a", "decision": "answer", "confidence": 7}, "confidence"),
        ({"id": "z", "decision": "answer"}, "score"),
    ],
)
def test_rows_that_are_none_are_refused(tmp_path: Path, row: dict[str, Any], field: str) -> None:
    question = {"id": "a", "text": "returns?", "lang": "en", "answer_ids": None, "kind": "in_scope"}
    (tmp_path / "questions.jsonl").write_text(json.dumps(question))
    (tmp_path / "rows").write_text(json.dumps(row))
    with pytest.raises(Invalid) as refused:
        score(tmp_path, tmp_path / "rows")
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("said", "does"),
    [
        (OFFER, Given.OFFERS),
        ("Would you like to speak with a colleague?", Given.OFFERS),
        ("I can connect you with an advisor if you like.", Given.OFFERS),
        ("Shipping costs 5 euro.\n\nTo the rest I have no answer. Shall I pass it to our team?", Given.OFFERS),
        ("Czy połączyć Cię z konsultantem?", Given.OFFERS),
        ("Mogę przekazać sprawę zespołowi, jeśli chcesz.", Given.OFFERS),
        ("Soll ich Sie mit einem Mitarbeiter verbinden?", Given.OFFERS),
        ("Souhaitez-vous parler à un conseiller ?", Given.OFFERS),
        ("¿Quiere hablar con una persona?", Given.OFFERS),
        ("Vuole parlare con un collega?", Given.OFFERS),
        ("Quer falar com uma pessoa da nossa equipe?", Given.OFFERS),
        ("Chcete mluvit s kolegou?", Given.OFFERS),
        ("З'єднати вас з оператором?", Given.OFFERS),
        ("Zal ik u doorverbinden met een medewerker?", Given.OFFERS),
        ("Ska jag koppla dig till en kollega?", Given.OFFERS),
        ("Sizi bir temsilciye bağlamamı ister misiniz?", Given.OFFERS),
        ("Shall I ask our team?", Given.OFFERS),
        ("I can't see it myself; shall I pass this on?", Given.OFFERS),
        ("Mam zapytać zespół?", Given.OFFERS),
        ("Czy przekazać to pytanie?", Given.OFFERS),
        ("Darf ich das Team fragen?", Given.OFFERS),
        ("Voulez-vous que je transmette la question ?", Given.OFFERS),
        ("Can I ask which lamp it is?", Given.ASKS),
        ("May I ask for your order number?", Given.ASKS),
        ("Done, I've passed it on.", Given.PASSES_ON),
        ("Przekazałam, odpowiedź przyjdzie mailem.", Given.PASSES_ON),
        ("Wohin darf das Team antworten?", Given.ASKS_ADDRESS),
        ("I'm connecting you with our team.", Given.PASSES_ON),
        ("Łączę z konsultantem.", Given.PASSES_ON),
        ("Which e-mail address should we reply to?", Given.ASKS_ADDRESS),
        ("Na jaki adres e-mail odpisać?", Given.ASKS_ADDRESS),
        ("I can't connect you with a person here.", Given.SAYS),
        ("Our team packs each order by hand.", Given.SAYS),
        ("Which lamp is it?", Given.ASKS),
        ("You can call the showroom on Saturday.", Given.SAYS),
        ("", Given.SAYS),
    ],
)
def test_what_a_recorded_turn_does(said: str, does: Given) -> None:
    assert given(said) is does


def a_row(decision: str, expected: str, *, handoff: bool, id: str = "d") -> TurnRow:
    return TurnRow(
        id=id, turn=0, decision=decision, confidence=0.0, ms=1.0, expected=[expected], handoff=handoff,
        repeats=False, overrides=False,
    )  # fmt: skip


def test_the_summary_of_turns() -> None:
    rows = [
        a_row("answer", "answer", handoff=False),
        a_row("offer_handoff", "hand_off", handoff=True),
        a_row("hand_off", "hand_off", handoff=True, id="e"),
        a_row("hand_off", "answer", handoff=False, id="f"),
        a_row("answer", "hand_off", handoff=True, id="g"),
    ]
    found = summary_of_turns(rows)
    assert found["right_action"] == 0.4
    assert found["wrong"] == {"answer": 1, "hand_off": 1, "offer_handoff": 1}
    assert (found["precision"], found["recall"], found["f1"]) == (0.5, 1 / 3, 0.4)
    assert (found["offered_instead"], found["offered_without_label"]) == (1, 0)
    assert found["golden_within_one"] == 2 / 3
