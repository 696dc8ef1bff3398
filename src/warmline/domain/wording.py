"""What Warmline itself says to shoppers, in English and Polish (DESIGN_UI section 5.2: the keys are stable).

Polish avoids gendered verbs and inflected variables. A key that a language lacks is said in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

LANGUAGES = ("en", "pl")

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "greeting": "Hi! Ask me about orders, delivery, returns or our products.",
        "disclosure": "You are chatting with an AI assistant. You can ask for a person at any time.",
        "disclosure.custom": "You are chatting with an AI assistant.",
        "hello": "Hello! What can I help you with?",
        "thanks": "You're welcome. Is there anything else?",
        "bye": "Goodbye, and thanks for writing.",
        "remark": "All right. Is there anything else I can help with?",
        "bot": "I'm an AI assistant, not a person. You can ask for a person at any time.",
        "bot.custom": "I'm an AI assistant, not a person.",
        "choices": "Did you mean one of these?",
        "choices.one": "Did you mean this?",
        "choices.none": "None of these, I want to talk to a person",
        "unsure.live": "I don't have a reliable answer to that. Shall I connect you with our team?",
        "unsure.ticket": "I don't have a reliable answer to that. Shall I pass your question to our team?"
        " They reply by e-mail.",
        "unsure.page": "I don't have a reliable answer to that. Shall I pass your question to our team?"
        " Their reply will be on this page.",
        "unsure.pending": "I don't have a reliable answer to that either. The offer to pass it to our team stands.",
        "unsure.unclear": "I'm not sure that I understood. Shall I pass it to our team? A yes or a no will do.",
        "off.live": "Shall I connect you with our team?",
        "off.ticket": "Shall I pass your question to our team? They reply by e-mail.",
        "off.page": "Shall I pass your question to our team? Their reply will be on this page.",
        "failure.live": "I can't answer right now. Shall I connect you with our team?",
        "failure.ticket": "I can't answer right now. Shall I pass your question to our team? They reply by e-mail.",
        "failure.page": "I can't answer right now. Shall I pass your question to our team?"
        " Their reply will be on this page.",
        "unhelpful.live": "I'm sorry that I'm not being helpful. Shall I connect you with our team?",
        "unhelpful.ticket": "I'm sorry that I'm not being helpful. Shall I pass your question to our team?"
        " They reply by e-mail.",
        "unhelpful.page": "I'm sorry that I'm not being helpful. Shall I pass your question to our team?"
        " Their reply will be on this page.",
        "rule.live": "This is a matter for our team. Shall I connect you?",
        "rule.ticket": "This is a matter for our team. Shall I pass your message to them? They reply by e-mail.",
        "rule.page": "This is a matter for our team. Shall I pass your message to them?"
        " Their reply will be on this page.",
        "safety.self_harm": "I'm sorry that you feel this way. You don't have to be alone with it: please talk to"
        " somebody near you now. In an emergency call 112 or your local emergency number.",
        "safety.payment_data": "Please don't send card numbers or security codes here: nobody needs them in this chat.",
        "rest.live": "To the rest I don't have a reliable answer. Shall I connect you with our team?",
        "rest.ticket": "To the rest I don't have a reliable answer. Shall I pass it to our team? They reply by e-mail.",
        "rest.page": "To the rest I don't have a reliable answer. Shall I pass it to our team?"
        " Their reply will be on this page.",
        "rest.declined": "To the rest I don't have a reliable answer.",
        "rest.pending": "To the rest I don't have a reliable answer. The offer to pass it to our team stands.",
        "unsure.declined": "I don't have a reliable answer to that.",
        "asked": "Of course. I'm passing you to our team.",
        "declined": 'All right. Ask me anything else. "Talk to a person" stays at the top.',
        "email.ask": "Which e-mail address should we reply to?",
        "email.bad": "This address looks incomplete. Example: name@example.com",
        "email.needed": "Our team can only reply by e-mail here, so it needs an address. If you would rather not, say"
        " “never mind”.",
        "email.ask.page": "Which e-mail address should we note? The reply will be on this page.",
        "email.typo": "Did you mean {suggestion}?",
        "queued": "Your question is with our team.",
        "queued.wait": "Usual wait: {duration}",
        "queued.leave": "You can leave this page. We'll also write to {email}.",
        "joined": "{name} has joined the chat.",
        "handback": "{name} has left the chat. The AI assistant is back.",
        "auto_reply": "Everyone is busy right now. Your question is saved and we'll reply to {email}.",
        "auto_reply.page": "Everyone is busy right now. Your question is saved. Come back to this page for the reply.",
        "away": "Our team is away right now. Your question is saved and we'll reply to {email}.",
        "away.page": "Your question is saved. Come back to this page for the reply.",
        "away.back": "We're back: {weekday}, {time}",
        "ticket": "Done. Our team has your question and this conversation. We'll write to {email}.",
        "ticket.chat": "Done. Our team has your question and this conversation. They answer here and write to {email}.",
        "ticket.ref": "Reference: {ref}",
        "saved": "Your request is saved. Passing it on is taking longer than usual and we keep trying."
        " We'll write to {email}; you don't need to do anything.",
        "custom": "I can't help with that here. These pages may:",
        "custom.plain": "I can't help with that here.",
        "mail.reply.subject": "{shop}: reply to your question",
        "mail.reply": "{name} wrote:\n\n{text}\n\nContinue the chat: {link}\n\n"
        "The link works for 14 days. Anyone who has it can read this conversation.\n",
        "mail.reply.both": "{name} wrote:\n\n{text}\n\nAnswer this mail, or continue the chat: {link}\n\n"
        "The link works for 14 days. Anyone who has it can read this conversation.\n",
        "mail.alert.subject": "{shop}: somebody is waiting",
        "mail.alert": "{name} waits for a person, and nobody has the Inbox open:\n\n{text}\n\nAnswer: {link}\n\n"
        "You can switch these mails off in the Inbox.\n",
        "mail.alert.visitor": "A visitor",
        "mail.receipt.subject": "We have your question{known}",
        "mail.receipt": "Thanks for writing. Passing your question on took longer than usual; our team has it"
        " now{known}. They reply to this address.\n\n{question}\n\nWhat was passed on, and to whom: {link}\n\n"
        "Anyone who has this link can read it. It works for 90 days.\n",
        "receipt.link": "Receipt",
        "receipt.title": "What was passed on",
        "receipt.arrived": "Our team has your question and this conversation.",
        "receipt.saved": "Your request is saved. Passing it on takes longer than usual, and we keep trying.",
        "receipt.to": "To",
        "receipt.team": "The team of {shop}",
        "receipt.team.by": "The team of {shop}, by {helpdesk}",
        "receipt.reference": "Reference",
        "receipt.answer": "How the answer comes",
        "receipt.by.email": "By e-mail to {email}",
        "receipt.by.chat": "In the chat, on the shop's page",
        "receipt.passed": "Passed on",
        "receipt.there": "Arrived",
        "receipt.what": "The conversation",
        "receipt.who.visitor": "You",
        "receipt.who.agent": "AI assistant",
        "receipt.who.teammate": "Team",
        "receipt.who.system": "Chat",
        "receipt.note": "Anyone who has this link can read this page. It works for 90 days.",
        "receipt.gone.title": "No receipt here",
        "receipt.gone": "This link is not complete, or its 90 days are over. Write to the shop again from its page.",
        "mail.alarm.paused.subject": "{shop}: {name} refuses the connection",
        "mail.alarm.paused": "{name} refused the account: {why}\n\nHandoffs that wait for it now: {waiting}. None is"
        " lost; they go out when the connection is mended. Shoppers read that their request is saved.\n\n"
        "Mend it here: {console}{page}\n",
        "mail.alarm.double.subject": "{shop}: a handoff has two tickets",
        "mail.alarm.double": "A second ticket was made for one handoff: {tickets}.\n\n"
        "Two people may be answering the same shopper. Merge the tickets in the helpdesk, then settle the line in"
        " Warmline.\n\nThe conversation: {link}\nThe list: {console}/inbox/needs-person\n",
        "weekdays": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    },
    "pl": {
        "greeting": "Cześć! Zapytaj o zamówienie, dostawę, zwroty albo produkty.",
        "disclosure": "Rozmawiasz z asystentem AI. W każdej chwili możesz poprosić o człowieka.",
        "disclosure.custom": "Rozmawiasz z asystentem AI.",
        "hello": "Dzień dobry! W czym mogę pomóc?",
        "thanks": "Nie ma za co. Czy coś jeszcze?",
        "bye": "Do widzenia, dziękuję za rozmowę.",
        "remark": "Rozumiem. Czy mogę pomóc w czymś jeszcze?",
        "bot": "Jestem asystentem AI, nie człowiekiem. W każdej chwili możesz poprosić o człowieka.",
        "bot.custom": "Jestem asystentem AI, nie człowiekiem.",
        "choices": "Czy chodzi o jedną z tych spraw?",
        "choices.one": "Czy chodzi o to?",
        "choices.none": "Żadna z nich, chcę porozmawiać z człowiekiem",
        "unsure.live": "Nie mam na to pewnej odpowiedzi. Czy połączyć Cię z naszym zespołem?",
        "unsure.ticket": "Nie mam na to pewnej odpowiedzi. Czy przekazać pytanie zespołowi?"
        " Odpowiedź przyjdzie e-mailem.",
        "unsure.page": "Nie mam na to pewnej odpowiedzi. Czy przekazać pytanie zespołowi?"
        " Odpowiedź pojawi się na tej stronie.",
        "unsure.pending": "Na to też nie mam pewnej odpowiedzi. Nadal mogę przekazać sprawę zespołowi.",
        "unsure.unclear": "Nie wiem, czy dobrze rozumiem. Czy przekazać sprawę zespołowi? Wystarczy „tak” albo „nie”.",
        "off.live": "Czy połączyć Cię z naszym zespołem?",
        "off.ticket": "Czy przekazać pytanie zespołowi? Odpowiedź przyjdzie e-mailem.",
        "off.page": "Czy przekazać pytanie zespołowi? Odpowiedź pojawi się na tej stronie.",
        "failure.live": "Nie mogę teraz odpowiedzieć. Czy połączyć Cię z naszym zespołem?",
        "failure.ticket": "Nie mogę teraz odpowiedzieć. Czy przekazać pytanie zespołowi? Odpowiedź przyjdzie e-mailem.",
        "failure.page": "Nie mogę teraz odpowiedzieć. Czy przekazać pytanie zespołowi?"
        " Odpowiedź pojawi się na tej stronie.",
        "unhelpful.live": "Przykro mi, że to nie pomaga. Czy połączyć Cię z naszym zespołem?",
        "unhelpful.ticket": "Przykro mi, że to nie pomaga. Czy przekazać pytanie zespołowi?"
        " Odpowiedź przyjdzie e-mailem.",
        "unhelpful.page": "Przykro mi, że to nie pomaga. Czy przekazać pytanie zespołowi?"
        " Odpowiedź pojawi się na tej stronie.",
        "rule.live": "To sprawa dla naszego zespołu. Czy połączyć Cię z nim?",
        "rule.ticket": "To sprawa dla naszego zespołu. Czy przekazać mu wiadomość? Odpowiedź przyjdzie e-mailem.",
        "rule.page": "To sprawa dla naszego zespołu. Czy przekazać mu wiadomość? Odpowiedź pojawi się na tej stronie.",
        "safety.self_harm": "Przykro mi, że tak się czujesz. Nie musisz być z tym sam na sam: porozmawiaj teraz z kimś"
        " bliskim. W nagłej sytuacji zadzwoń pod numer 112.",
        "safety.payment_data": "Nie podawaj tutaj numerów kart ani kodów: w tym czacie nikt ich nie potrzebuje.",
        "rest.live": "Na resztę nie mam pewnej odpowiedzi. Czy połączyć Cię z naszym zespołem?",
        "rest.ticket": "Na resztę nie mam pewnej odpowiedzi. Czy przekazać ją zespołowi? Odpowiedź przyjdzie e-mailem.",
        "rest.page": "Na resztę nie mam pewnej odpowiedzi. Czy przekazać ją zespołowi?"
        " Odpowiedź pojawi się na tej stronie.",
        "rest.declined": "Na resztę nie mam pewnej odpowiedzi.",
        "rest.pending": "Na resztę nie mam pewnej odpowiedzi. Nadal mogę przekazać sprawę zespołowi.",
        "unsure.declined": "Nie mam na to pewnej odpowiedzi.",
        "asked": "Oczywiście. Przekazuję rozmowę zespołowi.",
        "declined": "Dobrze. Pytaj dalej. „Porozmawiaj z człowiekiem” znajdziesz u góry.",
        "email.ask": "Na jaki adres e-mail mamy odpisać?",
        "email.bad": "Ten adres wygląda na niepełny. Przykład: imie@example.com",
        "email.needed": "Nasz zespół odpisuje tu tylko e-mailem, więc potrzebny jest adres. Jeśli rezygnujesz, napisz"
        " „nieważne”.",
        "email.ask.page": "Jaki adres e-mail mamy zapisać? Odpowiedź pojawi się na tej stronie.",
        "email.typo": "Czy chodziło o {suggestion}?",
        "queued": "Twoje pytanie jest już u naszego zespołu.",
        "queued.wait": "Zwykły czas oczekiwania: {duration}",
        "queued.leave": "Możesz zamknąć tę stronę. Napiszemy też na {email}.",
        "joined": "{name} jest już na czacie.",
        "handback": "Rozmowa z: {name} zakończona. Wraca asystent AI.",
        "auto_reply": "Wszyscy są teraz zajęci. Pytanie jest zapisane, odpiszemy na {email}.",
        "auto_reply.page": "Wszyscy są teraz zajęci. Pytanie jest zapisane. Odpowiedź znajdziesz na tej stronie.",
        "away": "Nasz zespół jest teraz niedostępny. Pytanie jest zapisane, odpiszemy na {email}.",
        "away.page": "Pytanie jest zapisane. Odpowiedź znajdziesz na tej stronie.",
        "away.back": "Wracamy: {weekday}, {time}",
        "ticket": "Gotowe. Zespół ma Twoje pytanie i zapis rozmowy. Napiszemy na {email}.",
        "ticket.chat": "Gotowe. Zespół ma Twoje pytanie i zapis rozmowy. Odpowiedź będzie tutaj i na {email}.",
        "ticket.ref": "Numer sprawy: {ref}",
        "saved": "Twoja prośba jest zapisana. Przekazanie jej trwa dłużej niż zwykle, ale próbujemy dalej."
        " Napiszemy na {email}, nie musisz nic robić.",
        "custom": "Tutaj w tym nie pomogę. Zajrzyj na te strony:",
        "custom.plain": "Tutaj w tym nie pomogę.",
        "mail.reply.subject": "{shop}: odpowiedź na Twoje pytanie",
        "mail.reply": "{name}:\n\n{text}\n\nWróć do rozmowy: {link}\n\n"
        "Link działa przez 14 dni. Kto go ma, może przeczytać tę rozmowę.\n",
        "mail.reply.both": "{name}:\n\n{text}\n\nOdpowiedz na tę wiadomość albo wróć do rozmowy: {link}\n\n"
        "Link działa przez 14 dni. Kto go ma, może przeczytać tę rozmowę.\n",
        "mail.alert.subject": "{shop}: ktoś czeka na odpowiedź",
        "mail.alert": "{name} czeka na rozmowę z człowiekiem, a nikt nie ma otwartej skrzynki:\n\n{text}\n\n"
        "Odpowiedz: {link}\n\nTe wiadomości można wyłączyć w skrzynce.\n",
        "mail.alert.visitor": "Klient",
        "mail.receipt.subject": "Mamy Twoje pytanie{known}",
        "mail.receipt": "Dziękujemy za wiadomość. Przekazanie pytania trwało dłużej niż zwykle; nasz zespół już je"
        " ma{known}. Odpiszemy na ten adres.\n\n{question}\n\nCo i komu przekazano: {link}\n\n"
        "Kto ma ten link, może to przeczytać. Działa przez 90 dni.\n",
        "receipt.link": "Potwierdzenie",
        "receipt.title": "Co przekazano",
        "receipt.arrived": "Nasz zespół ma Twoje pytanie i zapis rozmowy.",
        "receipt.saved": "Twoja prośba jest zapisana. Przekazanie jej trwa dłużej niż zwykle, ale próbujemy dalej.",
        "receipt.to": "Komu",
        "receipt.team": "Zespół sklepu {shop}",
        "receipt.team.by": "Zespół sklepu {shop}, przez {helpdesk}",
        "receipt.reference": "Numer sprawy",
        "receipt.answer": "Jak przyjdzie odpowiedź",
        "receipt.by.email": "E-mailem na {email}",
        "receipt.by.chat": "Na czacie, na stronie sklepu",
        "receipt.passed": "Przekazano",
        "receipt.there": "Dotarło",
        "receipt.what": "Rozmowa",
        "receipt.who.visitor": "Ty",
        "receipt.who.agent": "Asystent AI",
        "receipt.who.teammate": "Zespół",
        "receipt.who.system": "Czat",
        "receipt.note": "Kto ma ten link, może przeczytać tę stronę. Działa przez 90 dni.",
        "receipt.gone.title": "Nie ma tu potwierdzenia",
        "receipt.gone": "Ten link jest niepełny albo minęło jego 90 dni. Napisz do sklepu ponownie na jego stronie.",
        "mail.alarm.paused.subject": "{shop}: {name} odrzuca połączenie",
        "mail.alarm.paused": "{name}: konto odrzucone. {why}\n\nSprawy, które teraz czekają: {waiting}. Żadna nie"
        " zginie; wyjdą, gdy połączenie zostanie naprawione. Klienci czytają, że ich prośba jest zapisana.\n\n"
        "Napraw je tutaj: {console}{page}\n",
        "mail.alarm.double.subject": "{shop}: dwa zgłoszenia w jednej sprawie",
        "mail.alarm.double": "W jednej sprawie powstało drugie zgłoszenie: {tickets}.\n\n"
        "Na pytanie tego samego klienta mogą odpowiadać dwie osoby. Połącz zgłoszenia w systemie obsługi, a potem"
        " zamknij wiersz w Warmline.\n\nRozmowa: {link}\nLista: {console}/inbox/needs-person\n",
        "weekdays": "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    },
}


def in_language(lang: str | None) -> str:
    """The language we can speak that is nearest to this tag: `pl-PL` → `pl`, unknown → `en`."""
    base = (lang or "en").split("-")[0].lower()
    return base if base in LANGUAGES else "en"


def say(key: str, lang: str | None, **values: str) -> str:
    """The words for `key`, filled in. Values are put in as they are: they are shown as text, never as markup."""
    words = _WORDS[in_language(lang)].get(key) or _WORDS["en"][key]
    return fill(words, values)


def fill(words: str, values: Mapping[str, str]) -> str:
    """Put values for `{name}` without `str.format`: a merchant's text may hold any braces."""
    for name, value in values.items():
        words = words.replace("{" + name + "}", value)
    return words


def keys() -> Mapping[str, frozenset[str]]:
    """The keys that each language has."""
    return {lang: frozenset(words) for lang, words in _WORDS.items()}


def duration(time: timedelta, lang: str | None) -> str:
    """ "1 h 15 min": signs that need no plural."""
    hours, minutes = divmod(round(time.total_seconds() / 60), 60)
    hour = {"pl": "godz."}.get(in_language(lang), "h")
    return " ".join(([f"{hours} {hour}"] if hours else []) + ([f"{minutes} min"] if minutes or not hours else []))


def back_at(opening: datetime, zone: str, lang: str | None) -> str:
    """ "We're back: Monday, 09:00", in the shop's time zone."""
    local = opening.astimezone(ZoneInfo(zone))
    weekday = say("weekdays", lang).split()[local.weekday()]
    return say("away.back", lang, weekday=weekday, time=f"{local:%H:%M}")
