"""Words of the widget that the preview shows too. A test compares them with `widget/`, where they belong."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "header.person": "Talk to a person",
        "presence.ai": "AI assistant",
        "presence.queue": "Your question is with our team",
        "presence.away": "Team is away",
        "composer.placeholder": "Write a message",
        "unsure.live.yes": "Yes, connect me",
        "unsure.live.no": "No, thanks",
        "unsure.ticket.yes": "Yes, pass it on",
        "unsure.ticket.no": "No, thanks",
        "chose": "You chose: {label}",
        "email.help": "We use it only to answer this question.",
        "email.send": "Continue",
        "email.cancel": "Cancel",
        "email.skip": "Continue without e-mail",
    },
    "pl": {
        "header.person": "Porozmawiaj z\u00a0człowiekiem",
        "presence.ai": "Asystent AI",
        "presence.queue": "Twoje pytanie jest u\u00a0naszego zespołu",
        "presence.away": "Zespół teraz niedostępny",
        "composer.placeholder": "Napisz wiadomość",
        "unsure.live.yes": "Tak, połącz mnie",
        "unsure.live.no": "Nie, dziękuję",
        "unsure.ticket.yes": "Tak, przekaż",
        "unsure.ticket.no": "Nie, dziękuję",
        "chose": "Wybór: {label}",
        "email.help": "Użyjemy go tylko, żeby odpowiedzieć na to pytanie.",
        "email.send": "Dalej",
        "email.cancel": "Anuluj",
        "email.skip": "Dalej bez adresu e-mail",
    },
}


def word(key: str, lang: str) -> str:
    return WORDS[lang][key]
