import { Component, createRef } from "preact";
import type { Chat } from "../core/chat";
import type { Words } from "../core/words";
import { safeUrl } from "../core/words";
import { Composer } from "./composer";
import { Icon } from "./icons";
import { Log } from "./log";
import { Slot } from "./slot";

export interface Seen {
  chat: Chat;
  words: Words;
}

/** The panel: header, disclosure, connection line, log, action slot, composer. */
export class Face extends Component<Seen & { close(): void; phone: boolean; shop: HTMLElement }> {
  private box_ = createRef<HTMLElement>();
  private bar_: VisualViewport | null = null;

  override componentDidMount(): void {
    this.focus_();
    this.bar_ = window.visualViewport;
    for (const name of ["resize", "scroll"] as const) this.bar_?.addEventListener(name, this.fit_);
    this.fit_();
  }
  override getSnapshotBeforeUpdate(): boolean {
    return !!this.active_();
  }
  override componentDidUpdate(_: unknown, __: unknown, had: boolean): void {
    this.fit_();
    // What had the focus is gone, such as a form that was sent.
    if (had && !this.active_()) this.focus_();
  }
  override componentWillUnmount(): void {
    for (const name of ["resize", "scroll"] as const) this.bar_?.removeEventListener(name, this.fit_);
  }

  private active_(): Element | null {
    return (this.box_.current?.getRootNode() as ShadowRoot).activeElement;
  }

  private focus_(): void {
    const box = this.box_.current;
    // On a phone the keyboard would cover what there is to read.
    const first = this.props.phone ? box : box?.querySelector("textarea");
    (first ?? box)?.focus({ preventScroll: true });
  }

  /** Above the keyboard of a phone, which does not change the layout's own height everywhere. */
  private fit_ = (): void => {
    const box = this.box_.current;
    const bar = this.bar_;
    if (!box) return;
    const covered = this.props.phone && bar && bar.height < innerHeight - 80;
    box.style.height = covered ? `${bar.height}px` : "";
    box.style.top = covered ? `${bar.offsetTop}px` : "";
    // The way to a person takes a row of its own where it does not fit beside the name.
    const [top, who, person] = ["header", ".who", ".person"].map((each) => box.querySelector<HTMLElement>(each));
    top!.className = "";
    if (person && person.offsetTop > who!.offsetTop + 20) top!.className = "two";
  };

  private key_ = (event: KeyboardEvent): void => {
    // What is typed here is none of the shop's shortcuts.
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing) this.props.close();
    if (event.key !== "Tab" || !this.props.phone) return;
    const all = [...this.box_.current!.querySelectorAll<HTMLElement>("a[href], button:not(:disabled), textarea, input, [tabindex='0']")];
    const now = this.active_();
    const [first, last] = [all[0], all.at(-1)];
    const to = event.shiftKey ? (now === first || now === this.box_.current ? last : null) : now === last ? first : null;
    if (!to) return;
    event.preventDefault();
    to.focus();
  };

  override render() {
    const { chat, words, close, phone } = this.props;
    const { owner, open } = chat.state;
    const person = owner === "teammate" && open;
    const away = owner === "queue" && (chat.notice("away") || chat.notice("auto_reply"));
    const shop = chat.site?.name ?? "";
    const name = person ? (chat.state.teammate ?? shop) : shop;
    const presence = person
      ? words.say("presence.team", { shop })
      : away
        ? words.say("presence.away")
        : owner === "queue" && open
          ? words.say("presence.queue")
          : words.say("presence.ai");
    const told = chat.events.find((event) => event.kind === "message" && event.notice === "disclosure");
    const disclosure = told?.kind === "message" ? told.text : chat.site?.disclosure;
    const privacy = safeUrl(chat.site?.privacy_url);
    return (
      <section class="panel" ref={this.box_} role="dialog" aria-modal={phone ? "true" : undefined} aria-label={shop || words.say("launcher.open")} tabIndex={-1} onKeyDown={this.key_}>
        <header>
          <span class={person ? "logo team" : "logo"} aria-hidden="true">
            {[...name][0]?.toUpperCase()}
          </span>
          <div class="who">
            <strong>{name || "\u00a0"}</strong>
            <span role="status">{presence}</span>
          </div>
          {chat.mayAsk && (
            <button type="button" class="person" disabled={chat.busy} onClick={() => void chat.choose("request")}>
              <Icon of="person" />
              {words.say("header.person")}
            </button>
          )}
          <button type="button" class="icon close" aria-label={words.say("header.close")} onClick={close}>
            <Icon of="close" />
          </button>
        </header>
        {disclosure && !person && (owner !== "queue" || away) && (
          <p class="told">
            {disclosure}
            {privacy && " "}
            {privacy && (
              <a href={privacy} target="_blank" rel="noopener noreferrer">
                {words.say("privacy")}
              </a>
            )}
          </p>
        )}
        <div class="links" role="status">
          {navigator.onLine === false ? words.say("offline") : chat.lost ? words.say("reconnecting") : ""}
        </div>
        <Log chat={chat} words={words} />
        <Slot chat={chat} words={words} />
        {chat.problem && (
          <div class="slot">
            <p class="wrong" role="alert">
              <Icon of="alert" />
              {words.say(chat.problem === "failed" ? "server" : chat.problem)}
            </p>
          </div>
        )}
        {open && chat.phase !== "refused" && <Composer chat={chat} words={words} />}
      </section>
    );
  }
}
