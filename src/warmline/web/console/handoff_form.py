"""The form of Settings → Agent handoff: from stored tables to fields, and back, with a sentence for each fault."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any
from urllib.parse import urlsplit

from warmline.domain.handoff import INBOX, MAX_LINKS
from warmline.domain.office_hours import DAYS, Slot
from warmline.domain.wording import LANGUAGES
from warmline.domain.workspace import Workspace, parse_workspace
from warmline.errors import Invalid
from warmline.store.calendars import holidays_of
from warmline.web.console.forms import Form, whole
from warmline.web.console.language import N_

TABLES = ("workspace", "handoff", "office_hours")
"""What this form edits."""
TEXTS = ("greeting", "auto_reply", "away", "message")
SLOTS, MOST_SLOTS = 2, 6
WAITS = (30, 60, 120, 180, 300, 600, 1800)
SECOND_AFTER = (5, 15, 30, 60, 240, 1440)
"""Minutes until the second destination takes over."""
_LONGEST = 2_000
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")


def languages_of(workspace: Workspace) -> list[str]:
    """Those that Warmline speaks, and those in which this shop has written something."""
    written = {lang for name in TEXTS for lang in _texts(workspace, name)} | {workspace.locale}
    return [*LANGUAGES, *sorted(lang for lang in written if lang not in LANGUAGES)]


def stored_form(workspace: Workspace) -> Form:
    """The fields as they are saved."""
    handoff = workspace.tables.get("handoff", {})
    pairs: list[tuple[str, str]] = [
        ("method", handoff.get("method", "ticket")),
        ("helpdesk", handoff.get("helpdesk", INBOX)),
        ("agent", "on" if workspace.agent else ""),
        ("wait", str(int(workspace.queue_wait.total_seconds()))),
        ("second", handoff.get("second", "")),
        ("second_after", str(handoff.get("second_after_minutes", 15))),
    ]
    pairs += [(f"{name}.{lang}", text) for name in TEXTS for lang, text in _texts(workspace, name).items()]
    for n, link in enumerate(handoff.get("links", [])):
        pairs += [(f"link.{n}.label", link.get("label", "")), (f"link.{n}.url", link.get("url", ""))]
    return Form(pairs + _hours_pairs(workspace))


def slots_shown(form: Form, day: int) -> int:
    """How many rows of times a day shows: what is typed and one more, at least two."""
    used = [n for n in range(MOST_SLOTS) if form.text(f"slot.{day}.{n}.from") or form.text(f"slot.{day}.{n}.to")]
    return min(max(SLOTS, max(used, default=-1) + 2), MOST_SLOTS)


def tables_from(form: Form, workspace: Workspace) -> dict[str, Any]:
    """The workspace's tables with what was typed. Faults are in `form.errors`."""
    langs = languages_of(workspace)
    handoff = dict(workspace.tables.get("handoff", {}))
    for name in ("message", "links", "auto_reply", "away", "second", "second_after_minutes"):
        handoff.pop(name, None)
    handoff["method"] = "message" if form.text("method") == "message" else "ticket"
    handoff["helpdesk"] = form.text("helpdesk") or INBOX
    handoff |= {name: texts for name in ("message", "auto_reply", "away") if (texts := _typed(form, name, langs))}
    if links := _links(form):
        handoff["links"] = links
    if handoff["method"] == "message" and not handoff.get("message"):
        form.wrong(f"message.{langs[0]}", N_("Write what shoppers will read, at least in one language."))
    handoff["wait_seconds"] = _chosen(form, "wait", 120, 5, 86_400)
    if second := form.text("second"):
        handoff |= {"second": second, "second_after_minutes": _chosen(form, "second_after", 15, 1, 7 * 24 * 60)}
        if second == handoff["helpdesk"]:
            form.wrong("second", N_("Handoffs go there already. Choose another one, or nobody."))
    shop = dict(workspace.tables.get("workspace", {})) | {"agent": form.flag("agent")}
    shop.pop("greeting", None)
    if greeting := _typed(form, "greeting", langs):
        shop["greeting"] = greeting
    tables = dict(workspace.tables) | {"workspace": shop, "handoff": handoff}
    tables.pop("office_hours", None)
    hours = hours_from(form)
    return tables | ({"office_hours": hours} if hours is not None else {})


def workspace_from(form: Form, workspace: Workspace) -> Workspace | None:
    """The workspace as it would be; None when something is wrong, which then stands in `form.errors`."""
    tables = tables_from(form, workspace)
    if form.errors:
        return None
    try:
        return parse_workspace(
            tables,
            holidays_of,
            id=workspace.id,
            revision=workspace.revision,
            knowledge_revision=workspace.knowledge_revision,
        )
    except Invalid as error:
        form.wrong(field_of(error.field or ""), str(error))
        return None


def field_of(name: str) -> str:
    """The field of the form that a fault of the domain is about."""
    if name.startswith("handoff.second"):
        return "second_after" if name.endswith("_minutes") else "second"
    if name.startswith(("handoff.helpdesk", "helpdesks.")):
        return "helpdesk"
    if match := re.fullmatch(r"handoff\.links\[(\d)\]\.(label|url)", name):
        return f"link.{match[1]}.{match[2]}"
    if match := re.fullmatch(r"(?:handoff|workspace)\.(message|auto_reply|away|greeting)\.?(.*)", name):
        return f"{match[1]}.{match[2] or LANGUAGES[0]}"
    return "holidays" if name.startswith("office_hours") else "method"


# Texts and links


def _texts(workspace: Workspace, name: str) -> Mapping[str, str]:
    table = workspace.tables.get("workspace" if name == "greeting" else "handoff", {})
    value = table.get(name, {})
    return {workspace.locale: value} if isinstance(value, str) else value


def _typed(form: Form, name: str, langs: Sequence[str]) -> dict[str, str]:
    found = {lang: form.shorter(f"{name}.{lang}", form.text(f"{name}.{lang}"), _LONGEST) for lang in langs}
    return {lang: text for lang, text in found.items() if text}


def _links(form: Form) -> list[dict[str, str]]:
    links = []
    for n in range(MAX_LINKS):
        label, url = form.text(f"link.{n}.label"), form.text(f"link.{n}.url")
        if not label and not url:
            continue
        if not label:
            form.wrong(f"link.{n}.label", N_("Say what this link shows."))
        form.shorter(f"link.{n}.label", label, 100)
        if not _is_address(url):
            form.wrong(f"link.{n}.url", N_("Enter an address that begins with https://."))
        links.append({"label": label, "url": url})
    return links


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


def _chosen(form: Form, name: str, default: int, least: int, most: int) -> int:
    found = whole(form.text(name, str(default)))
    if found is None or not least <= found <= most:
        form.wrong(name, N_("Choose one of these."))
        return default
    return found


# Office hours


def hours_from(form: Form) -> dict[str, Any] | None:
    """The table as a person would write it, days with the same times together; None: always open."""
    if form.text("hours") != "week":
        return None
    week = [_ranges(form, day) for day in range(7)]
    table: dict[str, Any] = {}
    for ranges, group in groupby(range(7), key=lambda day: week[day]):
        days = list(group)
        if ranges:
            table[DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}-{DAYS[days[-1]]}"] = ranges
    if country := form.text("holidays"):
        form.trying("holidays", lambda: holidays_of(country), N_("Choose a country of the list."))
        table["holidays"] = country
    return table


def _ranges(form: Form, day: int) -> list[str]:
    found: list[tuple[int, int, str, str]] = []
    for n in range(MOST_SLOTS):
        names = (f"slot.{day}.{n}.from", f"slot.{day}.{n}.to")
        begin, end = (form.text(name) for name in names)
        if not begin and not end:
            continue
        start, stop = _minutes(form, names[0], begin, 23), _minutes(form, names[1], end, 24)
        if start is None or stop is None:
            continue
        if start == stop:
            form.wrong(names[1], N_("It begins and ends at the same time."))
        found.append((start, stop if stop > start else stop + 24 * 60, names[0], f"{_clock(start)}-{_clock(stop)}"))
    found.sort()
    for before, after in pairwise(found):
        if after[0] < before[1]:
            form.wrong(after[2], N_("These times overlap with others of the day."))
    return [each[3] for each in found]


def _minutes(form: Form, name: str, text: str, latest: int) -> int | None:
    match = _CLOCK.fullmatch(text)
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
    if hour > latest or minute > 59 or (hour == 24 and minute):
        form.wrong(name, N_("Enter a time such as 09:00."))
        return None
    return hour * 60 + minute


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _hours_pairs(workspace: Workspace) -> list[tuple[str, str]]:
    table = workspace.tables.get("office_hours")
    pairs = [("hours", "always" if table is None else "week"), ("holidays", (table or {}).get("holidays") or "")]
    week = workspace.hours.week
    if week is None:
        nine_to_five = (Slot(9 * 60, 17 * 60),)
        week = tuple(nine_to_five if day < 5 else () for day in range(7))
    for day, slots in enumerate(week):
        for n, slot in enumerate(slots):
            end = slot.end if slot.end <= 24 * 60 else slot.end - 24 * 60
            pairs += [(f"slot.{day}.{n}.from", _clock(slot.start)), (f"slot.{day}.{n}.to", _clock(end))]
    return pairs
