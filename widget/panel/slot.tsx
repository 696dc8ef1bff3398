import { Component, createRef } from "preact";
import type { Seen } from "./face";
import { Icon } from "./icons";

/** One thing at a time that the shopper can do beside writing. */
export function Slot({ chat, words }: Seen) {
  if (chat.phase === "failed" || chat.phase === "refused") {
    return (
      <div class="slot rule" role="alert">
        <p class="note">{words.say(chat.phase === "failed" ? "error.site" : "error.here")}</p>
        {chat.phase === "failed" && (
          <button type="button" class="wide" onClick={() => void chat.load()}>
            {words.say("error.again")}
          </button>
        )}
      </div>
    );
  }
  switch (chat.slot) {
    case "consent":
      return <Consent chat={chat} words={words} />;
    case "email":
      return <Email chat={chat} words={words} />;
    case "choices":
      return (
        <div class="slot picks">{picks(chat, chat.choices)}</div>
      );
    case "starters":
      return chat.phase === "ready" ? (
        <div class="slot picks" role="group" aria-label={words.say("starters")}>
          {picks(chat, chat.site!.starters.slice(0, 4).map((text) => ({ text })))}
        </div>
      ) : null;
    case "passing":
      return (
        <div class="slot rule" role="status">
          <p class="note">{words.say("passing")}</p>
        </div>
      );
    case "ended":
      return (
        <div class="slot rule">
          <p class="note">{words.say("ended")}</p>
          <button type="button" class="wide" onClick={() => chat.startAgain()}>
            <Icon of="fresh" />
            {words.say("ended.new")}
          </button>
        </div>
      );
    default:
      return null;
  }
}

/** Buttons that say something. */
const picks = (chat: Seen["chat"], all: { label?: string; text: string }[]) =>
  all.map(({ label, text }) => (
    <button type="button" key={text} onClick={() => chat.say(text)}>
      {label || text}
    </button>
  ));

class Consent extends Component<Seen> {
  private first_ = createRef<HTMLButtonElement>();

  override componentDidMount(): void {
    const root = this.first_.current?.getRootNode() as ShadowRoot | undefined;
    const now = root?.activeElement;
    // Whoever is writing goes on writing.
    if (now instanceof HTMLTextAreaElement && !now.value) this.first_.current?.focus({ preventScroll: true });
  }

  override render() {
    const { chat, words } = this.props;
    const way = chat.kept?.ways[chat.state.handoff ?? 0] ?? chat.way;
    return (
      <div class="slot rule">
        {chat.choices[0] && <div class="picks">{picks(chat, chat.choices)}</div>}
        {chat.state.email && (
          <p class="known">
            {words.parts("email.known", { email: <b dir="ltr">{chat.state.email}</b> })}{" "}
            <button type="button" class="text" onClick={() => ((chat.changing = true), chat.onChange())}>
              {words.say("email.change")}
            </button>
          </p>
        )}
        <div class="pair">
          <button type="button" class="first" ref={this.first_} disabled={chat.busy} onClick={() => void chat.choose("accept")}>
            {words.say(`unsure.${way}.yes` as "unsure.live.yes")}
          </button>
          <button type="button" disabled={chat.busy} onClick={() => void chat.choose("decline")}>
            {words.say(`unsure.${way}.no` as "unsure.live.no")}
          </button>
        </div>
      </div>
    );
  }
}

class Email extends Component<Seen> {
  private field_ = createRef<HTMLInputElement>();
  private error_ = "";

  override componentDidMount(): void {
    const now = (this.field_.current?.getRootNode() as ShadowRoot | undefined)?.activeElement;
    // A button that was just pressed is gone, and nobody is taken out of a message.
    if (!(now instanceof HTMLTextAreaElement && now.value)) this.field_.current?.focus({ preventScroll: true });
  }
  override componentDidUpdate(): void {
    const { emailError } = this.props.chat;
    if (emailError && emailError !== this.error_) this.field_.current?.focus();
    this.error_ = emailError;
  }

  private send_ = (event: Event): void => {
    event.preventDefault();
    void this.props.chat.email(this.field_.current!.value);
  };

  override render() {
    const { chat, words } = this.props;
    const error = chat.emailError;
    // What else is wrong with an address only the server knows, and it says so in English.
    const said = !error ? "" : error === "empty" ? words.say("email.empty") : error === "bad" || words.lang !== "en" ? words.say("email.bad") : error;
    const maySkip = chat.state.step === "needs_email" && chat.state.skip && !chat.mayNotSkip;
    return (
      <form class="slot rule email" noValidate onSubmit={this.send_}>
        <label for="email">{words.say(chat.onPage ? "email.page" : "email.ask")}</label>
        <input
          id="email"
          ref={this.field_}
          type="email"
          name="email"
          autocomplete="email"
          inputMode="email"
          dir="ltr"
          maxLength={254}
          aria-invalid={said ? "true" : undefined}
          aria-describedby={said ? "help error" : "help"}
        />
        <p id="help" class="help">
          {words.say("email.help")}
        </p>
        <div role="alert">
          {said && (
            <p id="error" class="wrong">
              <Icon of="alert" />
              {said}
            </p>
          )}
          {chat.suggestion && (
            <button
              type="button"
              class="text"
              onClick={() => {
                this.field_.current!.value = chat.suggestion;
                void chat.email(chat.suggestion);
              }}
            >
              {words.say("email.typo", { suggestion: chat.suggestion })}
            </button>
          )}
        </div>
        <div class="pair">
          <button type="submit" class="first" disabled={chat.busy}>
            {words.say("email.send")}
          </button>
          <button type="button" disabled={chat.busy} onClick={() => (chat.changing ? ((chat.changing = false), chat.onChange()) : void chat.choose("decline"))}>
            {words.say("email.cancel")}
          </button>
        </div>
        {maySkip && (
          <button type="button" class="text skip" disabled={chat.busy} onClick={() => void chat.skip()}>
            {words.say("email.skip")}
          </button>
        )}
      </form>
    );
  }
}
