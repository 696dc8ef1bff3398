"""`warmline ask "…"`: what a shopper would get, and how it came about. Nothing is stored."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, assert_never

from warmline.cli.session import chosen, json_argument, opened, print_json, show, workspace_argument
from warmline.domain.handoff import CustomMessage
from warmline.domain.knowledge import Failed, SmallTalk, Thought, Turn
from warmline.domain.mood import Mood, frustrated
from warmline.domain.policy import (
    Ask,
    Chat,
    Decision,
    HandOff,
    OfferHandoff,
    Regret,
    Remind,
    Reply,
    ShowCustomMessage,
    TakeReply,
    decide,
    decide_while_off,
)
from warmline.domain.sureness import cut_for
from warmline.domain.wording import in_language, say

if TYPE_CHECKING:
    from warmline.domain.workspace import Workspace

REASONS = {
    "no_answer": "nothing it knows answers this reliably",
    "asked": "the shopper asks for a person",
    "agent_failure": "the agent failed",
    "unhelpful": "the agent's answers do not help",
    "frustration": "the shopper is angry",
    "rule": "a rule says so",
    "agent_off": "the agent is switched off",
}

FINDINGS = {
    "answer": "the passages answer it",
    "ask": "it is unclear which passage is meant",
    "not": "the passages do not say it",
    "search": "it leans on what was said before",
}

VERDICTS = {
    "Answered": "it knows the answer",
    "Asked": "it knows something near, and asks back",
    "CouldNotAnswer": "it does not know",
    "WantsPerson": "a person is wanted",
    "Chatted": "small talk, no question",
    "Replied": "a yes or no to the offer that stands",
    "Failed": "the agent failed",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", help="what a shopper writes")
    parser.add_argument("--lang", help="the conversation's language; found out when left out")
    parser.add_argument("--trace", action="store_true", help="show the single scores of each passage too")
    workspace_argument(parser)
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.actions.compose_answer import compose_answer
    from warmline.actions.load_knowledge import load_knowledge

    async with opened(env) as machine:
        workspace = await chosen(machine.app, args.workspace)
        await load_knowledge(machine.app, workspace.id)
        await machine.app.agent.settle(workspace.id)
        judged = await machine.app.store.read(lambda tx: tx.judged(workspace.id))
        cut = cut_for(workspace.sureness.target, judged)
        turn = Turn(args.question, args.lang, (), in_language(workspace.locale), workspace.rules, cut)
        thought = await machine.app.agent.think(workspace.id, turn)
        if "encode" in thought.trace["ms"]:
            # That one waited for the encoders to start. A server's run already: these are its times.
            thought = await machine.app.agent.think(workspace.id, turn)
        mood = Mood(frustrated=frustrated(args.question))
        thought = await compose_answer(machine.app, workspace.id, turn, thought, mood)
    judge = decide if workspace.agent else decide_while_off
    decision = judge(thought.draft, workspace.method, mood, thought.fired)
    if args.json:
        print_json(_as_dict(workspace, thought, decision))
    else:
        show(*_decided(workspace, thought, decision), "", *_trace(thought, args.trace))
    return 1 if isinstance(thought.draft, Failed) else 0


def _decided(workspace: Workspace, thought: Thought, decision: Decision) -> Iterator[str]:
    match decision:
        case Regret() | Remind():
            yield "The agent says that it has no reliable answer, and offers nobody: a rule says so."
        case Reply(text, citations, offer, rest):
            yield "The agent answers:"
            yield f"  {text}"
            if offer:
                why = "to the rest it has no answer" if rest else REASONS.get(offer, offer)
                yield f"  and offers a person beside it: {why}."
            yield from (f"  Source: {each.title}" + (f" ({each.url})" if each.url else "") for each in citations)
        case Chat(kind):
            yield "The agent answers this small talk:"
            yield f"  {_small_talk(workspace, kind, thought.lang)}"
        case TakeReply(said):
            yield f'The agent takes this as "{said}" to the offer that stands.'
        case Ask(choices):
            yield f"The agent asks: {say('choices', thought.lang)}"
            yield from (f"  - {choice.label}" for choice in choices)
        case OfferHandoff(reason):
            yield f"The agent offers a person ({workspace.helpdesk}): {REASONS.get(reason, reason)}."
        case HandOff(reason):
            yield f"The agent hands off at once ({workspace.helpdesk}): {REASONS.get(reason, reason)}."
        case ShowCustomMessage(reason):
            yield f"The custom message is shown: {REASONS.get(reason, reason)}."
            yield f"  {_message(workspace, thought.lang)}"
        case _:
            assert_never(decision)


def _small_talk(workspace: Workspace, kind: SmallTalk, lang: str) -> str:
    if kind is SmallTalk.ARE_YOU_A_BOT:
        return say("bot" if workspace.sees_person else "bot.custom", lang)
    return say(kind.value, lang)


def _message(workspace: Workspace, lang: str) -> str:
    method = workspace.method
    return (method.text_in(lang, workspace.locale) or "") if isinstance(method, CustomMessage) else ""


# The trace, in plain words


def _trace(thought: Thought, whole: bool) -> Iterator[str]:
    trace = thought.trace
    yield f"Understood: {trace['question']}" if trace.get("question") else "Understood: nothing that could be looked up"
    yield f"Language: {thought.lang}"
    yield f"Rules that applied: {', '.join(trace.get('rules', ())) or 'none'}"
    if why := trace.get("rules_in_words", {}).get("why"):
        yield f"Rules in words were not read: {why}"
    yield from _passages(trace, whole)
    if isinstance(thought.draft, Failed):
        yield f"The agent failed: {thought.draft.why}"
    if trace.get("missing"):
        yield f"Words that the best one says nothing about: {', '.join(trace['missing'])}"
    for link in trace.get("links", ()) if whole else ():
        yield f"Sentence: {link['sentence']}"
        yield f"  is from {link['chunk']}" + (f" ({link['url']})" if link["url"] else "")
    yield from _model(trace.get("model"))
    confidence = getattr(thought.draft, "confidence", None)
    sure = "" if confidence is None else f", confidence {confidence:.2f}"
    yield f"Verdict: {VERDICTS.get(trace.get('verdict', ''), trace.get('verdict'))}{sure}"
    yield "Times: " + (", ".join(f"{step} {ms:g} ms" for step, ms in trace.get("ms", {}).items()) or "none")


def _model(told: Mapping[str, Any] | None) -> Iterator[str]:
    """What the language model did, when there is one."""
    if told is None:
        return
    if not told["used"]:
        yield f"Model {told['name']}: left out, {told['why']}"
        return
    yield f"Model {told['name']}: {FINDINGS.get(told['finding'], told['finding'])}"
    if told.get("search"):
        yield f"  It understood: {told['search']}"
    yield from (f"  Refused, {why}" for why in told["objections"])
    yield (
        f"  Calls: {told['calls']}, {told['ms']:g} ms, {told['read']} tokens read, {told['written']} written,"
        f" {told['micros'] / 1_000_000:.6f} US dollars"
    )


def _passages(trace: Mapping[str, Any], whole: bool) -> Iterator[str]:
    passages, limits = trace.get("passages", ()), trace.get("limits", {})
    if not passages:
        yield "Passages: none were looked for, or nothing is known yet"
        return
    yield "Passages, the best first:"
    for each in passages:
        exact = "  (the very words of its title or of a known phrasing)" if each["exact"] else ""
        yield f"  {each['score']:7.2f}  {each['title']}{exact}" + (f"  {each['url']}" if each["url"] else "")
        if whole:
            yield "           " + ", ".join(f"{name} {value:g}" for name, value in each["views"].items())
    if {"confidence", "cut", "among_choices", "ask"} <= set(limits):
        yield (
            f"Limit: the best one is right with a probability of {limits['confidence']:.2f}, {limits['cut']:g} answers;"
            f" it is among the choices with {limits['among_choices']:.2f}, {limits['ask']:g} asks back"
        )


def _as_dict(workspace: Workspace, thought: Thought, decision: Decision) -> dict[str, Any]:
    from warmline.actions.answer_visitor import decision_name

    shown: dict[str, Any] = {"decision": _NAMES[type(decision)], "text": None, "sources": [], "choices": []}
    match decision:
        case Reply(text, citations, offer, rest):
            sources = [{"title": each.title, "url": each.url} for each in citations]
            shown |= {"text": text, "sources": sources, "offers": offer, "unanswered": rest}
        case Chat(kind):
            shown["text"] = _small_talk(workspace, kind, thought.lang)
        case Ask(choices):
            shown["choices"] = [{"label": each.label, "question": each.question} for each in choices]
        case ShowCustomMessage():
            shown["text"] = _message(workspace, thought.lang)
    return {
        "workspace": workspace.id,
        "lang": thought.lang,
        **shown,
        "reason": getattr(decision, "reason", None),
        "helpdesk": workspace.helpdesk if isinstance(decision, OfferHandoff | HandOff) else None,
        "draft": decision_name(thought.draft),
        "confidence": getattr(thought.draft, "confidence", None),
        "trace": thought.trace,
    }


_NAMES: Mapping[type[Decision], str] = {
    Reply: "answer",
    Chat: "small_talk",
    TakeReply: "reply",
    Ask: "ask",
    OfferHandoff: "offer",
    HandOff: "hand_off",
    ShowCustomMessage: "message",
    Regret: "regret",
}
