// English is built in; other languages are files of locales/ with the same keys (DESIGN_UI section 5.2).

const ENGLISH = {
  "launcher.open": "Open chat",
  "header.person": "Talk to a person",
  "header.close": "Close chat",
  "presence.ai": "AI assistant",
  "presence.team": "{shop} team",
  "presence.queue": "Your question is with our team",
  "presence.away": "Team is away",
  "log.label": "Messages",
  "log.new": "New messages",
  "log.you": "You",
  "composer.placeholder": "Write a message",
  "composer.send": "Send",
  starters: "Questions to start with",
  privacy: "Privacy",
  "unsure.live.yes": "Yes, connect me",
  "unsure.live.no": "No, thanks",
  "unsure.ticket.yes": "Yes, pass it on",
  "unsure.ticket.no": "No, thanks",
  chose: "You chose: {label}",
  "email.ask": "Which e-mail address should we reply to?",
  "email.page": "Which e-mail address should we note? The reply will be on this page.",
  "email.help": "We use it only to answer this question.",
  "email.empty": "Enter your e-mail address.",
  "email.bad": "This address looks incomplete. Example: name@example.com",
  "email.typo": "Did you mean {suggestion}?",
  "email.known": "We'll reply to {email}.",
  "email.change": "Change",
  "email.send": "Continue",
  "email.cancel": "Cancel",
  "email.skip": "Continue without e-mail",
  passing: "Passing it on…",
  typing: "{name} is typing",
  ended: "This chat is closed.",
  "ended.new": "Start a new one",
  helped: "Did this help?",
  "helped.yes": "Yes",
  "helped.no": "No",
  offline: "You're offline. It is sent once you're back.",
  reconnecting: "Reconnecting",
  sending: "Sending",
  sent: "Sent",
  failed: "Not sent. Try again",
  server: "Something went wrong on our side. Your message is kept. Try again.",
  busy: "That's a lot of messages at once. Try again in a moment.",
  long: "Too long: at most 8,000 characters.",
  "error.site": "The chat could not be loaded.",
  "error.here": "The chat is not available on this page.",
  "error.again": "Try again",
  "resume.back": "Welcome back",
  "resume.expired": "This link has expired or was used already. You can start a new chat here.",
  unread: "{n|one:# new message|other:# new messages}",
  "preview.dismiss": "Dismiss",
  "link.new": "opens in a new tab",
};

/** For the test that compares languages. */
export const keys = () => Object.keys(ENGLISH) as Key[];

export type Key = keyof typeof ENGLISH;
export type Dictionary = Partial<Record<Key, string>> & { $dir?: "ltr" | "rtl" };

/** What to say in one language. */
export class Words {
  constructor(
    readonly lang: string,
    private own_: Dictionary = {},
  ) {}

  /** For times and numbers: the shopper's own region, when it is of this language. */
  get region(): string {
    return navigator.languages.find((each) => each.split("-")[0] === this.lang) ?? this.lang;
  }

  /** The words for `key`. `{name}` takes a value; `{n|one:…|other:…}` a number's form, `#` being the number. */
  say(key: Key, values: Record<string, string | number> = {}): string {
    return this.parts(key, values).join("");
  }

  /** The same in pieces, so that a value can be something drawn. */
  parts<T>(key: Key, values: Record<string, T>): (string | T)[] {
    return (this.own_[key] ?? ENGLISH[key])
      .split(/(\{[^{}]+\})/)
      .filter(Boolean)
      .map((part) => {
        const [, name = "", forms] = /^\{(\w+)(?:\|(.*))?\}$/.exec(part) ?? [];
        if (!(name in values)) return part;
        return forms ? this.plural_(forms, Number(values[name])) : values[name]!;
      });
  }

  private plural_(forms: string, n: number): string {
    const known = Object.fromEntries(forms.split("|").map((form) => form.split(/:(.*)/s).slice(0, 2)));
    const form = known[new Intl.PluralRules(this.lang).select(n)] ?? known["other"] ?? "#";
    return form.replace("#", n.toLocaleString(this.lang));
  }
}

/** The language to speak: what the script says, else the page, else the browser, else English. */
export function languageOf(wanted: (string | null | undefined)[], known: string[]): string {
  for (const each of wanted) {
    const base = each?.toLowerCase().split("-")[0] ?? "";
    if (base === "en" || known.includes(base)) return base;
  }
  return "en";
}

/** A Polish one-letter word never ends a line. */
export function bound(text: string, lang: string): string {
  return lang === "pl" ? text.replace(/(^|[\s(„"])([aiouwz]) (?=\S)/giu, "$1$2\u00a0") : text;
}

/** An address that a link may lead to, or nothing. */
export function safeUrl(url: string | null | undefined): string | undefined {
  try {
    const parsed = new URL(url ?? "");
    return /^(https?|mailto):$/.test(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}
