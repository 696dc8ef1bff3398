"""`warmline rules test "…"`: which escalation rules a message triggers, and what would follow. Nothing is stored."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from warmline.cli.session import chosen, json_argument, opened, print_json, show, workspace_argument
from warmline.domain.knowledge import Chatted, Failed, Replied, Thought, WantsPerson
from warmline.domain.rules import Action, Rule, phrase_in

if TYPE_CHECKING:
    from warmline.domain.workspace import Workspace

_DOES = {
    Action.HAND_OFF: "offers a person instead of an answer",
    Action.SUPPRESS: "offers nobody; the agent answers what it can",
    Action.ROUTE: "sends a handoff to {target}",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="test | list")
    test = does.add_parser("test", help="what a message triggers; exit code 0 when a rule does, 1 when none does")
    test.add_argument("message", help="what a shopper writes")
    test.add_argument("--lang", help="the conversation's language; found out when left out")
    for each in (test, does.add_parser("list", help="the rules of the workspace, in their order")):
        workspace_argument(each)
        json_argument(each)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.actions.read_rules import try_rules

    async with opened(env) as machine:
        workspace = await chosen(machine.app, args.workspace)
        if args.does == "list":
            _list(workspace, args.json)
            return 0
        thought = await try_rules(machine.app, workspace, args.message, args.lang)
    if args.json:
        print_json(_as_dict(workspace, args.message, thought))
    else:
        show(*_told(workspace, args.message, thought))
    return 0 if thought.fired.names or isinstance(thought.draft, WantsPerson) else 1


def _list(workspace: Workspace, as_json: bool) -> None:
    if as_json:
        print_json(workspace.tables.get("rules", {}))
        return
    for rule in workspace.rules:
        languages = f" ({', '.join(rule.languages)})" if rule.languages else ""
        told = (*rule.phrases, *rule.examples, *([f"“{rule.about}”"] if rule.about else ()))
        show(f"{rule.name:24} {rule.action.value:9} {', '.join(told)}{languages}")
    if not workspace.rules:
        print("No rules yet. Write tables such as [rules.lawyers] in the file that `warmline apply` takes.")


def _told(workspace: Workspace, message: str, thought: Thought) -> list[str]:
    lines = []
    if isinstance(thought.draft, WantsPerson):
        lines.append("wish for a person: hands off, whatever the rules say")
    if thought.fired.safety:
        lines.append(f"safety, {thought.fired.safety.value}: offers a person; built in, cannot be switched off")
    for rule in thought.fired.rules:
        counts = "" if rule == thought.fired.first(rule.action) else " (an earlier rule of this kind counts)"
        does = _DOES[rule.action].format(target=rule.helpdesk or f"the same place with the tag {rule.tag}")
        lines += [
            f"{rule.name}: {does}{counts}",
            f"  because {_BECAUSE[_cause(rule, message, thought)](rule, message)}",
        ]
    unread, why = _unread(workspace, thought)
    lines = lines or [f"no rule {'by phrases or examples ' if unread else ''}is triggered"]
    near = {name: value for name, value in thought.trace["limits"].items() if name.startswith("rule:")}
    lines += [f"  likeness to the examples of {name.removeprefix('rule:')}: {value}" for name, value in near.items()]
    if unread:
        lines.append(f"not tested: {', '.join(unread)}. Rules in words were not read: {why}")
    if foreign := [rule for rule in workspace.rules if not rule.speaks(thought.lang)]:
        told = ", ".join(f"{rule.name} ({', '.join(rule.languages)})" for rule in foreign)
        lines.append(f"not tested, since this was read as {thought.lang}: {told}")
    return lines


_BECAUSE: Mapping[str, Callable[[Rule, str], str]] = {
    "phrase": lambda rule, message: f"“{phrase_in(message, rule)}” is in it",
    "words": lambda rule, message: f"the language model says that this is what it is about: “{rule.about}”",
    "examples": lambda rule, message: "it is like its examples",
}


def _cause(rule: Rule, message: str, thought: Thought) -> str:
    """What triggered it: "phrase", "words" or "examples"."""
    if phrase_in(message, rule):
        return "phrase"
    return "words" if rule.name in thought.trace.get("rules_in_words", {}).get("applied", ()) else "examples"


def _unread(workspace: Workspace, thought: Thought) -> tuple[list[str], str]:
    """The rules in words of this language that nobody held against the message, and why; no names when all were."""
    told = thought.trace.get("rules_in_words", {})
    if "read" in told:
        return [], ""
    fired = thought.fired.rules
    names = [rule.name for rule in workspace.rules if rule.about and rule.speaks(thought.lang) and rule not in fired]
    if thought.fired.safety:
        return names, "a safety signal stands above them"
    match thought.draft:
        case WantsPerson():
            return names, "a wish for a person stands above them"
        case Chatted():
            return names, "this is small talk"
        case Replied():
            return names, "this is a yes or no to the offer"
        case Failed(why):
            return names, f"the agent failed ({why})"
    return names, told.get("why", "")


def _as_dict(workspace: Workspace, message: str, thought: Thought) -> dict[str, Any]:
    unread, why = _unread(workspace, thought)
    return {
        "lang": thought.lang,
        "wants_person": isinstance(thought.draft, WantsPerson),
        "safety": thought.fired.safety,
        "rules": [
            {"name": rule.name, "action": rule.action.value, "because": _cause(rule, message, thought)}
            for rule in thought.fired.rules
        ],
        "in_words": thought.trace.get("rules_in_words", {}),
        "not_tested": {
            "in_words": unread,
            "why": why if unread else None,
            "languages": [rule.name for rule in workspace.rules if not rule.speaks(thought.lang)],
        },
        "likeness": {name: value for name, value in thought.trace["limits"].items() if name.startswith("rule:")},
    }
