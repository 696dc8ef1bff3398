"""What a shopper will see with the settings that are being typed: the steps of the widget, drawn by the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from warmline.domain.handoff import INBOX
from warmline.domain.wording import LANGUAGES, back_at, fill, in_language, say
from warmline.domain.workspace import Workspace, parse_hours
from warmline.errors import Invalid
from warmline.store.calendars import holidays_of
from warmline.web.console.forms import Form
from warmline.web.console.handoff_form import hours_from
from warmline.web.console.language import N_, Said
from warmline.web.console.widget_words import word

TIMES: tuple[tuple[str, Said], ...] = (
    ("open", N_("Someone available")),
    ("busy", N_("Nobody available")),
    ("closed", N_("Closed")),
)
_EMAIL, _NAME, _REFERENCE = "anna@example.com", "Marta", "4821"
_QUESTION = {
    "en": "Can you sew a name label into the tent bag?",
    "pl": "Czy można wszyć metkę z imieniem do pokrowca?",
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """A line of the log; `who` is visitor, agent, team, notice (a card) or joined (the solid line)."""

    who: str
    text: str
    detail: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One step. `person` is the button "Talk to a person"; `action` is consent, email or nothing."""

    title: Said
    log: tuple[Bubble, ...]
    presence: str
    person: bool
    action: str = ""
    choices: tuple[str, str] | None = None
    skip: bool = False
    disclosure: str = ""
    """Stands under the header as long as the assistant answers."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The step that is shown, of how many, and the choices above it."""

    lang: str
    time: str
    step: int
    steps: int
    view: View
    shop: str
    kind: str = "ticket"
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_times(self) -> bool:
        """Only the Inbox knows the difference."""
        return self.kind == "live"


@dataclass(frozen=True, slots=True)
class _Stage:
    """What is typed, in one language."""

    form: Form
    workspace: Workspace
    lang: str
    time: str
    mail: bool
    now: datetime

    @property
    def helpdesk(self) -> str:
        return self.form.text("helpdesk") or INBOX

    @property
    def live(self) -> bool:
        return self.helpdesk == INBOX and self.time == "open"

    @property
    def way(self) -> str:
        if self.live:
            return "live"
        return "page" if self.helpdesk == INBOX and not self.mail else "ticket"

    def say(self, key: str, **values: str) -> str:
        return say(key, self.lang, **values)

    def own(self, name: str) -> str:
        """The merchant's words in this language, else in the shop's own, as the widget finds them."""
        return self.form.text(f"{name}.{self.lang}") or self.form.text(f"{name}.{self.workspace.locale}")


def preview_of(form: Form, workspace: Workspace, tongue: str, mail: bool, now: datetime) -> Preview:
    """Never fails on half-typed settings: it shows what can be read of them, first in the reader's own `tongue`."""
    lang = form.text("pv.lang") or tongue
    lang = lang if lang in LANGUAGES else in_language(lang)
    time = form.text("pv.time") if form.text("pv.time") in dict(TIMES) else "open"
    stage = _Stage(form, workspace, lang, time, mail, now)
    views = _custom(stage) if form.text("method") == "message" else _ticket(stage)
    wanted = form.text("pv.step")
    step = min(int(wanted), len(views) - 1) if wanted.isascii() and wanted.isdigit() and len(wanted) < 3 else 0
    kind = "message" if form.text("method") == "message" else "live" if stage.helpdesk == INBOX else "ticket"
    words = {key: word(key, lang) for key in _WORDS}
    return Preview(lang, time, step, len(views), views[step], workspace.name, kind, words)


_WORDS = ("header.person", "composer.placeholder", "email.help", "email.send", "email.cancel", "email.skip")


def _beginning(stage: _Stage) -> tuple[Bubble, ...]:
    greeting = stage.form.text(f"greeting.{stage.lang}") or stage.say("greeting")
    return (Bubble("agent", greeting), Bubble("visitor", _QUESTION[stage.lang]))


def _custom(stage: _Stage) -> list[View]:
    links = tuple(
        (stage.form.text(f"link.{n}.label"), stage.form.text(f"link.{n}.url"))
        for n in range(5)
        if stage.form.text(f"link.{n}.label")
    )
    text = stage.own("message") or stage.say("custom" if links else "custom.plain")
    said = Bubble("agent", text, links=links)
    ai, disclosure = word("presence.ai", stage.lang), stage.say("disclosure.custom")
    return [View(N_("your message"), (*_beginning(stage), said), ai, person=False, disclosure=disclosure)]


def _ticket(stage: _Stage) -> list[View]:
    ai = word("presence.ai", stage.lang)
    kind = "unsure" if stage.form.flag("agent") else "off"
    offer = (*_beginning(stage), Bubble("agent", stage.say(f"{kind}.{stage.way}")))
    unsure = f"unsure.{'live' if stage.live else 'ticket'}"
    yes, no = word(f"{unsure}.yes", stage.lang), word(f"{unsure}.no", stage.lang)
    asked = (*offer[1:], Bubble("chosen", word("chose", stage.lang).replace("{label}", yes)))
    mail = (*asked, Bubble("agent", stage.say("email.ask")))
    first = [
        View(
            N_("the offer"),
            offer,
            ai,
            person=True,
            action="consent",
            choices=(yes, no),
            disclosure=stage.say("disclosure"),
        ),
        View(
            N_("the address"),
            mail,
            ai,
            person=True,
            action="email",
            skip=stage.live,
            disclosure=stage.say("disclosure"),
        ),
    ]
    if stage.helpdesk != INBOX:
        return first + _passed_on(stage, mail)
    return first + (_queued(stage, mail) if stage.live else _nobody(stage, mail))


def _passed_on(stage: _Stage, log: tuple[Bubble, ...]) -> list[View]:
    given = (*log[1:], Bubble("visitor", _EMAIL))
    reference = stage.say("ticket.ref", ref=_REFERENCE)
    done = Bubble("notice", stage.say("ticket", email=_EMAIL), reference)
    late = Bubble("notice", stage.say("saved", email=_EMAIL))
    team = word("presence.queue", stage.lang)
    return [
        View(N_("passed on"), (*given, done), team, person=False),
        View(N_("if the helpdesk cannot be reached"), (*given, late), team, person=False),
    ]


def _queued(stage: _Stage, log: tuple[Bubble, ...]) -> list[View]:
    words = stage.say("queued") + (f" {stage.say('queued.leave', email=_EMAIL)}" if stage.mail else "")
    waiting = (*log[1:], Bubble("visitor", _EMAIL), Bubble("notice", words))
    joined = Bubble("joined", stage.say("joined", name=_NAME))
    hello = Bubble("team", {"en": "Hi Anna! Yes, we can. What should it say?", "pl": "Cześć! Tak, możemy."}[stage.lang])
    return [
        View(N_("waiting"), waiting, word("presence.queue", stage.lang), person=False),
        View(N_("a person"), (*waiting[2:], joined, hello), _NAME, person=False),
    ]


def _nobody(stage: _Stage, log: tuple[Bubble, ...]) -> list[View]:
    """As `actions/scene.py` says it."""
    key = "away" if stage.time == "closed" else "auto_reply"
    own = stage.own(key)
    if stage.mail:
        text = fill(own, {"email": _EMAIL}) if own else stage.say(key, email=_EMAIL)
    else:
        text = own if own and "{email}" not in own else stage.say(f"{key}.page")
    back = _opening(stage) if stage.time == "closed" else ""
    card = Bubble("notice", text, back)
    title = N_("outside office hours") if stage.time == "closed" else N_("nobody is free")
    return [View(title, (*log[1:], Bubble("visitor", _EMAIL), card), word("presence.away", stage.lang), person=False)]


def _opening(stage: _Stage) -> str:
    """ "We're back: Monday, 09:00", by the hours that are being typed; nothing when they cannot be read."""
    table = hours_from(Form(stage.form.pairs))
    try:
        hours = parse_hours(table, stage.workspace.timezone, holidays_of)
    except Invalid:
        return ""
    moments = (stage.now + timedelta(hours=hour) for hour in range(7 * 24))
    closed = next((at for at in moments if not hours.is_open(at)), None)
    opening = hours.next_opening(closed) if closed else None
    return back_at(opening, stage.workspace.timezone, stage.lang) if opening else ""
