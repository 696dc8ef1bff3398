"""The world around a handoff, read in the transaction that needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from warmline.domain.consent import tries_address, withholds_address
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import (
    INBOX,
    CustomMessage,
    Handoff,
    HandoffReason,
    NeedsEmail,
    Offered,
    SendTicket,
)
from warmline.domain.message import SYSTEM, Message, Verdict
from warmline.domain.rules import Action, Safety
from warmline.domain.scene import Scene, Words
from warmline.domain.visitor import Contact, Visitor
from warmline.domain.waits import AMONG, MOST, RECENT, usual_wait
from warmline.domain.wording import back_at, duration, fill, in_language, say
from warmline.domain.workspace import Workspace
from warmline.store.base import Transaction

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """A conversation with everything that its rules depend on, of one transaction."""

    conversation: Conversation
    visitor: Visitor
    workspace: Workspace
    available: bool
    mail: bool
    now: datetime
    route: Mapping[str, str] = field(default_factory=dict)
    """Where a rule sends the handoffs of this conversation: `helpdesk`, `tag`."""

    @property
    def helpdesk(self) -> str:
        """Where a handoff accepted now goes, limits aside."""
        routed = self.route.get("helpdesk") if self.workspace.sees_person else None
        return routed or self.workspace.helpdesk

    @property
    def lang(self) -> str:
        """The language in which Warmline speaks here: the shopper's, once known."""
        return in_language(self.conversation.lang or self.conversation.locale)

    @property
    def live(self) -> bool:
        """Would a handoff made now be answered in the chat at once?"""
        return self.helpdesk == INBOX and self.available

    @property
    def way(self) -> str:
        """How the answer would come: `live`, `ticket` (by e-mail) or `page` (no mail server: come back)."""
        if self.live:
            return "live"
        return "page" if self.helpdesk == INBOX and not self.mail else "ticket"


def stage_of(tx: Transaction, conversation: Conversation, mail: bool, now: datetime) -> Stage:
    """Read the rest of the stage."""
    workspace = tx.workspace(conversation.workspace)
    available = workspace.hours.is_open(now) and tx.anyone_available(workspace.id, now)
    return Stage(
        conversation,
        tx.visitor(conversation.visitor),
        workspace,
        available,
        mail,
        now,
        route_of(tx, workspace, conversation),
    )


def route_of(
    tx: Transaction, workspace: Workspace, conversation: Conversation, upto: int | None = None
) -> Mapping[str, str]:
    """`helpdesk` and `tag` of the last rule that routed this conversation, as far as they are still there."""
    if not any(rule.action is Action.ROUTE for rule in workspace.rules):
        return {}
    route = tx.route(conversation.id, conversation.seq if upto is None else upto)
    rule = next((each for each in workspace.rules if each.name == route.get("rule")), None)
    if rule is None or rule.action is not Action.ROUTE:
        return {}
    there = rule.helpdesk in {None, INBOX} or tx.integration(workspace.id, rule.helpdesk) is not None
    found = {"helpdesk": rule.helpdesk if there else None, "tag": rule.tag}
    return {name: value for name, value in found.items() if value}


def scene_of(tx: Transaction, stage: Stage, contact: Contact | None = None) -> Scene:
    """What a handoff that goes on now would meet. `contact` is an address given in this very call."""
    reached = contact or stage.visitor.reached_at
    helpdesk = stage.helpdesk
    if helpdesk != INBOX and _over_limit(tx, stage, reached):
        helpdesk = INBOX
    return Scene(
        helpdesk=helpdesk,
        available=stage.available,
        contact=reached,
        words=_words(stage, reached, _usual_wait(tx, stage) if helpdesk == INBOX and stage.available else None),
        queue_wait=stage.workspace.queue_wait,
        profiles=any(each.kind == "profiles" for each in tx.integrations(stage.workspace.id)),
        alerts=stage.mail,
        second=_second(stage.workspace, helpdesk),
    )


def _second(workspace: Workspace, helpdesk: str) -> tuple[str, timedelta] | None:
    """None over a limit too: a handoff that may not go to the helpdesk does not get there by a detour."""
    method = workspace.method
    if not isinstance(method, SendTicket) or method.second is None or method.helpdesk != helpdesk:
        return None
    return method.second, method.second_after


def offer_words(stage: Stage, reason: HandoffReason, safety: Safety | None = None) -> str:
    """The agent's offer of a person, true to what would happen; before it what a safety signal calls for."""
    kinds = {
        HandoffReason.AGENT_OFF: "off",
        HandoffReason.AGENT_FAILURE: "failure",
        HandoffReason.UNHELPFUL: "unhelpful",
        HandoffReason.FRUSTRATION: "unhelpful",
        HandoffReason.RULE: "rule",
    }
    offer = say(f"{kinds.get(reason, 'unsure')}.{stage.way}", stage.lang)
    first = safety_words(stage, safety)
    return f"{first} {offer}" if first else offer


def safety_words(stage: Stage, safety: Safety | None) -> str | None:
    """What is said to a safety signal before anything else; None when nothing special is."""
    return say(f"safety.{safety}", stage.lang) if safety in _TOLD else None


_TOLD = (Safety.SELF_HARM, Safety.PAYMENT_DATA)


def rest_words(stage: Stage) -> str:
    """The offer of a person for the part of a question that an answer leaves open."""
    return say(f"rest.{stage.way}", stage.lang)


def pending_words(stage: Stage, handoff: Handoff, said: str = "", remark: bool = False) -> str:
    """What to say when there is no answer again to what was `said` and an offer stands already; after a `remark`, which
    may have been a yes or a no that was not understood, they ask for one."""
    if isinstance(handoff.step, NeedsEmail):
        return _email_words(stage, said)
    return say("unsure.unclear" if remark else "unsure.pending", stage.lang)


def _email_words(stage: Stage, said: str) -> str:
    if withholds_address(said):
        return say("email.needed", stage.lang)
    if tries_address(said):
        return say("email.bad", stage.lang)
    return say("email.ask.page" if stage.way == "page" else "email.ask", stage.lang)


def rest_pending_words(stage: Stage, handoff: Handoff) -> str:
    """The same for a part of a question, behind the answer to the other part."""
    return say("rest.pending", stage.lang) if isinstance(handoff.step, Offered) else _email_words(stage, "")


def is_pending(handoff: Handoff | None) -> bool:
    return handoff is not None and handoff.undecided


def custom_message(stage: Stage, verdict: Verdict) -> Message:
    """The merchant's message with its links, shown where no person is offered."""
    method = stage.workspace.method
    texts = method.text_in(stage.lang, stage.workspace.locale) if isinstance(method, CustomMessage) else None
    links = method.links if isinstance(method, CustomMessage) else ()
    text = texts or say("custom" if links else "custom.plain", stage.lang)
    shown = tuple({"label": link.label, "url": link.url} for link in links)
    return Message(SYSTEM, text, links=shown, notice="custom", verdict=verdict)


def nobody_words(stage: Stage, contact: Contact | None) -> tuple[str, str]:
    """(notice, text) when nobody can answer in the chat: auto-reply inside hours, office-hours message outside."""
    opening = stage.workspace.hours.next_opening(stage.now)
    if stage.workspace.hours.is_open(stage.now):
        return "auto_reply", _nobody(stage, "auto_reply", stage.workspace.texts.auto_reply, contact)
    text = _nobody(stage, "away", stage.workspace.texts.away, contact)
    return "away", f"{text} {back_at(opening, stage.workspace.timezone, stage.lang)}" if opening else text


def ticket_words(stage: Stage, contact: Contact | None, reference: str | None, stays_open: bool = False) -> str:
    email = contact.email.value if contact else ""
    told = say("ticket.chat" if stays_open else "ticket", stage.lang, email=email)
    return f"{told} {say('ticket.ref', stage.lang, ref=reference)}" if reference else told


def saved_words(stage: Stage, contact: Contact | None) -> str:
    return say("saved", stage.lang, email=contact.email.value if contact else "")


def _usual_wait(tx: Transaction, stage: Stage) -> timedelta | None:
    """What shoppers of the last week waited; None where that is not known."""
    waits = tx.waits(stage.workspace.id, stage.now - RECENT, MOST, AMONG)
    return usual_wait(waits, stage.workspace.hours)


def _words(stage: Stage, contact: Contact | None, wait: timedelta | None) -> Words:
    notice, nobody = nobody_words(stage, contact)
    queued = say("queued", stage.lang)
    if wait is not None:
        queued += " " + say("queued.wait", stage.lang, duration=duration(wait, stage.lang)).rstrip(".") + "."
    if contact is not None and stage.mail:
        queued += " " + say("queued.leave", stage.lang, email=contact.email.value)
    return Words(
        asked=say("asked", stage.lang),
        email_ask=_email_words(stage, ""),
        declined=say("declined", stage.lang),
        queued=queued,
        nobody=nobody,
        nobody_notice=notice,
    )


def _nobody(stage: Stage, key: str, own: Mapping[str, str], contact: Contact | None) -> str:
    words = own.get(stage.lang) or own.get(stage.workspace.locale)
    if contact is not None and stage.mail:
        return fill(words, {"email": contact.email.value}) if words else say(key, stage.lang, email=contact.email.value)
    # Without a mail server, or without an address, nobody can promise to write.
    if words and "{email}" not in words:
        return words
    return say(f"{key}.page", stage.lang)


def _over_limit(tx: Transaction, stage: Stage, contact: Contact | None) -> bool:
    limits, since, id = stage.workspace.limits, stage.now - _DAY, stage.workspace.id
    checks = [
        (limits.handoffs_per_visitor_day, {"visitor": str(stage.visitor.id)}),
        (limits.handoffs_per_network_day, {"network": tx.network_of(stage.conversation.id)}),
    ]
    if contact is not None:
        checks.append((limits.handoffs_per_address_day, {"email": contact.email.key}))
    return any(most and tx.handoffs_since(id, since, **who) >= most for most, who in checks if any(who.values()))
