"""Settings → Rules: the merchant's escalation rules in their order, one of them in a form, and a message to try."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.change_settings import change_settings, seen
from warmline.actions.read_rules import NO_MODEL, try_rules
from warmline.domain.handoff import INBOX
from warmline.domain.knowledge import Thought, WantsPerson
from warmline.domain.rules import LONGEST_ABOUT, LONGEST_TEXT, MOST_RULES, MOST_TEXTS, Action, Rule, Safety, folded
from warmline.domain.workspace import Workspace, parse_workspace
from warmline.errors import Conflict, Invalid, NotFound
from warmline.store.calendars import holidays_of
from warmline.web.access import app_of
from warmline.web.console.forms import Form, read_form
from warmline.web.console.inbox_data import helpdesk_title
from warmline.web.console.language import N_, Said
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page, redirect

router = console_router()

Me = Annotated[Staff, Depends(May("settings"))]
PATH = "/settings/rules"
TABLES = ("rules",)
DOES: Mapping[Action, Said] = {
    Action.HAND_OFF: N_("Offer a person instead of an answer"),
    Action.SUPPRESS: N_("Answer what it can, and offer nobody"),
    Action.ROUTE: N_("Send its handoffs elsewhere, or tag them"),
}
SAFETY: Mapping[Safety, Said] = {
    Safety.SELF_HARM: N_("self-harm"),
    Safety.VIOLENCE: N_("violence"),
    Safety.LEGAL_THREAT: N_("a legal threat"),
    Safety.PAYMENT_DATA: N_("card numbers or security codes"),
}
CHANGED = N_("Somebody else saved in the meantime. Look at it and choose again.")
_LONGEST_MESSAGE = 2_000
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a message triggers. `near` are (rule, likeness to its examples)."""

    message: str
    wish: bool
    safety: Said | None
    rules: tuple[Rule, ...]
    near: tuple[tuple[str, float], ...]
    unread: Said | None


@router.get(PATH)
async def get_rules(request: Request, me: Me) -> Response:
    """All of them, in their order."""
    return _listed(request, me)


@router.post(f"{PATH}/try")
async def post_try(request: Request, me: Me) -> Response:
    """What a message would trigger now. Nothing is stored."""
    form = await read_form(request)
    message = form.shorter("message", form.text("message"), _LONGEST_MESSAGE)
    if not message or form.errors:
        form.wrong("message", N_("Write what a shopper might write."))
        return _listed(request, me, form, status=422)
    thought = await try_rules(app_of(request), me.workspace, message)
    return _listed(request, me, form, _tried(message, thought))


@router.get(f"{PATH}/edit")
async def get_edit(request: Request, me: Me) -> Response:
    """One rule, or a new one."""
    name = request.query_params.get("name", "")
    rule = next((each for each in me.workspace.rules if each.name == name), None)
    if name and rule is None:
        raise NotFound("There is no such rule.")
    return await _edited(request, me, _stored(rule))


@router.post(f"{PATH}/edit")
async def post_edit(request: Request, me: Me) -> Response:
    """Save it, or say beside each field what is in the way."""
    form = await read_form(request)
    wanted = None if form.restored else _wanted(form, me.workspace)
    if wanted is None:
        return await _edited(request, me, form, 200 if form.restored else 422)
    try:
        await change_settings(app_of(request), wanted, TABLES, form.text("seen"))
    except Conflict as error:
        if error.code != "changed":
            raise
        form.wrong("conflict", CHANGED)
        return await _edited(request, me, form, 409)
    except Invalid as error:
        form.wrong((error.field or "").rpartition(".")[2] or "name", str(error))
        return await _edited(request, me, form, 422)
    return redirect(request, PATH, N_("Saved."))


@router.post(f"{PATH}/move")
async def post_move(request: Request, me: Me) -> Response:
    """One place up or down: of two that do the same, the first counts."""
    form = await read_form(request)
    tables = dict(me.workspace.tables.get("rules", {}))
    names, name = list(tables), form.text("name")
    if name not in names:
        raise NotFound("There is no such rule.")
    at = names.index(name)
    to = min(max(at + (1 if form.text("way") == "down" else -1), 0), len(names) - 1)
    names.insert(to, names.pop(at))
    return await _saved(request, me, form, {each: tables[each] for each in names}, N_("Saved."))


@router.post(f"{PATH}/delete")
async def post_delete(request: Request, me: Me) -> Response:
    """Gone: it applies to no message any more."""
    form = await read_form(request)
    tables = dict(me.workspace.tables.get("rules", {}))
    if tables.pop(form.text("name"), None) is None:
        return redirect(request, PATH, N_("This rule is deleted."))
    return await _saved(request, me, form, tables, N_("This rule is deleted."))


async def _saved(request: Request, me: Staff, form: Form, rules: Mapping[str, Any], said: Said) -> Response:
    try:
        await change_settings(app_of(request), _with(me.workspace, rules), TABLES, form.text("seen"))
    except Conflict as error:
        if error.code != "changed":
            raise
        return redirect(request, PATH, CHANGED, "warn")
    return redirect(request, PATH, said)


def _with(shop: Workspace, rules: Mapping[str, Any]) -> Workspace:
    known = {"id": shop.id, "revision": shop.revision, "knowledge_revision": shop.knowledge_revision}
    tables = {name: table for name, table in shop.tables.items() if name != "rules"}
    return parse_workspace(tables | ({"rules": dict(rules)} if rules else {}), holidays_of, **known)


# The form of one rule


def _stored(rule: Rule | None) -> Form:
    if rule is None:
        return Form([("action", Action.HAND_OFF.value)])
    return Form([
        ("old", rule.name),
        ("name", rule.name),
        ("action", rule.action.value),
        ("phrases", "\n".join(rule.phrases)),
        ("examples", "\n".join(rule.examples)),
        ("about", rule.about or ""),
        ("languages", ", ".join(rule.languages)),
        ("helpdesk", rule.helpdesk or ""),
        ("tag", rule.tag or ""),
    ])  # fmt: skip


def _wanted(form: Form, shop: Workspace) -> Workspace | None:
    old, tables = form.text("old"), dict(shop.tables.get("rules", {}))
    name = _name(form, tables.keys() - {old})
    table = _table(form)
    if form.errors:
        return None
    if old in tables:
        rules = {name if each == old else each: table if each == old else tables[each] for each in tables}
    else:  # a new one, or one that somebody deleted in the meantime and is kept all the same
        rules = {**tables, name: table}
    try:
        return _with(shop, rules)
    except Invalid as error:
        form.wrong((error.field or "").rpartition(".")[2] or "name", str(error))
        return None


def _name(form: Form, others: set[str]) -> str:
    """As it is when it may stand in a file; else made to: "VIP orders" is `vip_orders`."""
    typed = form.needed("name", N_("Give the rule a name."), 48)
    name = typed if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}", typed) else folded(typed).replace(" ", "_")
    if typed and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}", name):
        form.wrong("name", N_("Use letters and digits of the Latin alphabet."))
    elif name in others:
        form.wrong("name", N_("Another rule has this name."))
    elif len(others) >= MOST_RULES:
        form.wrong("name", N_("At most %(most)s rules fit.", most=MOST_RULES))
    return name


def _table(form: Form) -> dict[str, Any]:
    action = form.text("action")
    if action not in list(Action):
        form.wrong("action", N_("Choose what the rule does."))
    table: dict[str, Any] = {"action": action}
    for name in ("phrases", "examples"):
        table |= {name: _lines(form, name)}
    table["about"] = form.shorter("about", form.text("about"), LONGEST_ABOUT)
    if not any(table[name] for name in ("phrases", "examples", "about")):
        form.wrong("phrases", N_("Write phrases, examples or a description: without them the rule never applies."))
    table["languages"] = _languages(form)
    if action == Action.ROUTE:
        table |= {"helpdesk": form.text("helpdesk"), "tag": form.text("tag")}
        if table["tag"] and not _TAG.fullmatch(table["tag"]):
            form.wrong("tag", N_("A tag takes lower-case letters, digits, - and _."))
        if not table["helpdesk"] and not table["tag"]:
            form.wrong("helpdesk", N_("Choose where its handoffs go, or give them a tag."))
    return {name: value for name, value in table.items() if value}


def _lines(form: Form, name: str) -> list[str]:
    found = list(dict.fromkeys(line.strip() for line in form.text(name).splitlines() if line.strip()))
    if len(found) > MOST_TEXTS or any(len(line) > LONGEST_TEXT for line in found):
        form.wrong(name, N_("At most %(most)s lines of %(long)s characters fit.", most=MOST_TEXTS, long=LONGEST_TEXT))
    if name == "phrases" and (empty := next((line for line in found if not folded(line)), None)):
        form.wrong(name, N_("“%(text)s” holds no letter or digit.", text=empty[:40]))
    return found


def _languages(form: Form) -> list[str]:
    found = list(dict.fromkeys(form.text("languages").lower().replace(",", " ").split()))
    if bad := next((each for each in found if not _LANGUAGE.fullmatch(each)), None):
        form.wrong("languages", N_("“%(text)s” is no language. Use codes such as en or pl.", text=bad[:40]))
    return found


async def _edited(request: Request, me: Staff, form: Form, status: int = 200) -> Response:
    app = app_of(request)
    connected = await app.store.read(lambda tx: tx.integrations(me.workspace.id))
    desks = [INBOX, *(each.name for each in connected if each.kind == "helpdesk")]
    return page(
        request,
        "settings/rule.html",
        me,
        status,
        section="settings",
        place="rules",
        form=form,
        does=DOES,
        desks=[("", N_("As all others")), *((name, helpdesk_title(name)) for name in desks)],
        model=app.writer is not None,
        conflict="conflict" in form.errors,
        most_about=LONGEST_ABOUT,
        # Over a conflict the same button saves again, over what is stored now.
        seen=seen(me.workspace.tables, TABLES) if status == 409 or not form.has("seen") else form.text("seen"),
    )


# The list, and what a message triggers


def _listed(
    request: Request, me: Staff, form: Form | None = None, tried: Tried | None = None, status: int = 200
) -> Response:
    return page(
        request,
        "settings/rules.html",
        me,
        status,
        section="settings",
        place="rules",
        rules=me.workspace.rules,
        does=DOES,
        form=form or Form(),
        tried=tried,
        helpdesk_title=helpdesk_title,
        seen=seen(me.workspace.tables, TABLES),
    )


def _tried(message: str, thought: Thought) -> Tried:
    limits = thought.trace.get("limits", {})
    return Tried(
        message,
        isinstance(thought.draft, WantsPerson),
        SAFETY[thought.fired.safety] if thought.fired.safety else None,
        thought.fired.rules,
        tuple((name.removeprefix("rule:"), value) for name, value in limits.items() if name.startswith("rule:")),
        _unread(thought),
    )


def _unread(thought: Thought) -> Said | None:
    """Why nobody knows whether the rules in words apply."""
    why = thought.trace.get("rules_in_words", {}).get("why")
    if why is None:
        return None
    if why == NO_MODEL:
        return N_("Rules in words were not read: no language model is set up.")
    return N_("Rules in words were not read: the language model did not answer, or its budget is spent.")
