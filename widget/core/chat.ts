import { type Api, Refused } from "./api";
import type { Keep, Kept, Outgoing } from "./keep";
import { Live } from "./live";
import type { Event, Message, Opened, Site, State, Window } from "./protocol";

/** A shopper's token lives for a day; it is renewed at half of that. */
const RENEW_AFTER = 12 * 3600_000;
const SHOW_LOST_AFTER = 3_000;
const TYPING_SHOWN = 6_000;
const TYPING_TOLD_EVERY = 3_000;

export type Phase = "idle" | "loading" | "ready" | "failed" | "refused";
export type Slot = "starters" | "choices" | "consent" | "email" | "passing" | "ended" | null;
export type Why = "failed" | "offline" | "server" | "busy";
export interface About {
  locale: string;
  page(): { url: string; title: string };
}

const FIRST: State = { owner: "agent", step: null, handoff: null, reply: "chat", open: true };

/** One shopper's chat with one shop: what is on the screen follows from this. No browser API for drawing is used here. */
export class Chat {
  phase: Phase = "idle";
  site: Site | null = null;
  events: Event[] = [];
  state: State = FIRST;
  outbox: Outgoing[] = [];
  kept: Kept | null = null;
  /** No connection for longer than a moment. */
  lost = false;
  typing = "";
  /** What the assistant has written so far of an answer that is not there yet. */
  partial: string | null = null;
  /** The last thing that could not be done, for the action slot. */
  problem: Why | "long" | null = null;
  busy = false;
  /** The e-mail form: opened to change a known address; what is wrong with the address; what was meant. */
  changing = false;
  emailError: "" | "empty" | "bad" | string = "";
  suggestion = "";
  mayNotSkip = false;
  resumed: "" | "back" | "expired" = "";
  open = false;
  onChange: () => void = () => {};
  onEvent: (name: string, detail: unknown) => void = () => {};

  private cursor_ = 0;
  private identity_ = "";
  private live_: Live;
  private lostTimer_ = 0;
  private typingTimer_ = 0;
  private typingToldAt_ = 0;
  private pumping_ = false;
  private refetching_ = false;
  private loading_: Promise<void> | null = null;
  /** What was pressed without a connection: done in this order when it is back. */
  private held_: (() => Promise<void>)[] = [];
  /** The visitor of a chat that ended, so that a new one is by the same person. */
  private earlier_ = "";

  constructor(
    private api_: Api,
    private keep_: Keep,
    private about_: About,
  ) {
    this.live_ = new Live(api_, {
      cursor: () => this.cursor_,
      window: (found) => this.take_(found),
      passing: (kind, data) => this.passing_(kind, data),
      up: (up) => this.up_(up),
      refused: (status) => this.again_(status),
    });
    keep_.onChange = (kept) => this.adopt_(kept);
    this.kept = keep_.load();
    this.outbox = keep_.outbox();
    for (const each of this.outbox) if (each.status === "failed" && each.why === "offline") each.status = "sending";
  }

  // Coming and going

  /** Read what there is. Called again after a failure. */
  load(): Promise<void> {
    this.loading_ ??= this.load_().finally(() => (this.loading_ = null));
    return this.loading_;
  }

  private async load_(): Promise<void> {
    this.phase = "loading";
    this.onChange();
    try {
      this.site = await this.api_.site(this.about_.locale);
      if (this.kept) await this.enter_(this.kept);
      this.phase = "ready";
    } catch (error) {
      this.phase = status(error) === 403 || status(error) === 404 ? "refused" : "failed";
    }
    this.settle_();
    void this.pump_();
  }

  /** The secret of a link in a mail. */
  async resume(link: string): Promise<void> {
    try {
      const opened = await this.api_.resume(link);
      this.forget_();
      this.begin_(opened);
      this.resumed = "back";
      if (this.phase === "ready") await this.enter_(this.kept!);
    } catch (error) {
      if (status(error)) this.resumed = "expired";
    }
    this.settle_();
  }

  /** The panel is on the screen, or not. */
  show(open: boolean): void {
    this.open = open;
    if (open && (this.phase === "idle" || this.phase === "failed")) void this.load();
    if (open) this.look();
    this.settle_();
  }

  /** Everything up to now has been seen. */
  look(): void {
    const last = this.events.at(-1)?.seq ?? 0;
    if (this.kept && this.kept.seen < last) {
      this.kept.seen = last;
      this.save_();
    }
  }

  get unread(): Message[] {
    const seen = this.kept?.seen ?? 0;
    return this.events.filter(
      (event): event is Message => event.kind === "message" && event.seq > seen && event.author.kind !== "visitor" && !/^(greeting|disclosure)$/.test(event.notice ?? ""),
    );
  }

  /** The network is back, or somebody looks at the page again. */
  wake(online = false): void {
    this.live_.wake(online);
    for (const each of this.outbox) if (each.status === "failed" && each.why === "offline") each.status = "sending";
    if (this.phase === "failed" && this.open) void this.load();
    void this.pump_();
    this.onChange();
  }

  private async enter_(kept: Kept): Promise<void> {
    this.api_.id = kept.id;
    this.api_.token = kept.token;
    try {
      if (Date.now() - kept.at > RENEW_AFTER) await this.renew_();
      await this.catchUp_();
    } catch (error) {
      const refused = status(error);
      if (refused !== 401 && refused !== 404) throw error;
      if (await this.again_(refused)) await this.catchUp_();
    }
  }

  /** Is there a reason to listen? While the panel is open, and while a person may answer. */
  private settle_(): void {
    const waiting = this.state.open && (/queue|teammate|helpdesk/.test(this.state.owner) || this.state.step === "owed" || this.outbox.some((each) => each.status === "sending") || this.thinking);
    if (this.phase === "ready" && this.api_.id && (this.open || waiting)) this.live_.start();
    else {
      this.live_.stop();
      this.up_(true);
    }
    this.onChange();
  }

  private up_(up: boolean): void {
    if (!up) {
      this.lostTimer_ ||= setTimeout(() => {
        this.lost = true;
        this.onChange();
      }, SHOW_LOST_AFTER);
      return;
    }
    clearTimeout(this.lostTimer_);
    this.lostTimer_ = 0;
    if (!this.lost) return;
    this.lost = false;
    this.onChange();
  }

  // The log

  private take_(found: Window): void {
    if (found.prev > this.cursor_) {
      // Something in between never came.
      void this.refetch_();
      return;
    }
    const fresh = found.events.filter((event) => event.seq > this.cursor_);
    for (const event of fresh) {
      this.events.push(event);
      if (event.kind === "message") this.heard_(event);
      if (event.kind === "handoff") this.onEvent("handoff", { step: event.step });
    }
    this.cursor_ = Math.max(this.cursor_, found.cursor);
    this.become_(found.state);
    if (fresh.length && this.open && document.visibilityState !== "hidden") this.look();
    this.settle_();
  }

  private heard_(message: Message): void {
    if (message.author.kind === "visitor") {
      const before = this.outbox.length;
      this.outbox = this.outbox.filter((each) => each.id !== message.client_id);
      if (before !== this.outbox.length) this.keep_.saveOutbox(this.outbox);
    } else {
      if (message.author.kind !== "system") this.typing = "";
      this.partial = null;
      this.onEvent("message", { author: message.author.kind, text: message.text });
    }
  }

  private become_(state: State): void {
    if (state.step !== this.state.step || state.handoff !== this.state.handoff) {
      this.emailError = this.suggestion = "";
      this.changing = this.mayNotSkip = false;
      this.problem = null;
    }
    if (state.owner !== "agent") this.partial = null;
    this.state = state;
    if (state.step === "offered" && state.handoff && this.kept && !this.kept.ways[state.handoff]) {
      this.kept.ways[state.handoff] = this.way;
      this.save_();
    }
  }

  private async catchUp_(): Promise<void> {
    for (let more = true; more; ) {
      const found = await this.api_.events(this.cursor_);
      this.take_({ ...found, prev: 0 });
      more = found.more;
    }
  }

  private async refetch_(): Promise<void> {
    if (this.refetching_) return;
    this.refetching_ = true;
    await this.catchUp_().catch(() => {});
    this.refetching_ = false;
  }

  private passing_(kind: string, data: { name?: string; reply_to?: number; text?: string }): void {
    if (kind === "typing") {
      this.typing = data.name ?? this.state.teammate ?? "";
      clearTimeout(this.typingTimer_);
      this.typingTimer_ = setTimeout(() => {
        this.typing = "";
        this.onChange();
      }, TYPING_SHOWN);
    } else if (kind === "partial" && this.thinking) this.partial = data.text ?? "";
    this.onChange();
  }

  /** The assistant owes an answer to the last thing said. */
  get thinking(): boolean {
    if (this.state.owner !== "agent" || !this.state.open || this.state.step === "needs_email") return false;
    if (this.outbox.some((each) => each.status === "sent")) return true;
    const last = this.events.findLast((event) => event.kind === "message") as Message | undefined;
    return last?.author.kind === "visitor" && Date.now() - Date.parse(last.at) < 60_000;
  }

  // What the shopper does

  say(text: string): void {
    if (!text.trim()) return;
    this.outbox.push({ id: clientId(), text, at: Date.now(), status: "sending" });
    this.keep_.draft = "";
    this.changed_();
    void this.pump_();
  }

  /** Send again what failed, under the same id: the server takes it once. */
  retry(): void {
    for (const each of this.outbox) if (each.status === "failed") each.status = "sending";
    this.changed_();
    void this.pump_();
  }

  private async pump_(): Promise<void> {
    if (this.pumping_ || (this.phase !== "ready" && this.phase !== "failed")) return;
    this.pumping_ = true;
    for (let next; (next = this.outbox.find((each) => each.status === "sending")); ) {
      try {
        await this.ensure_();
        next.seq = (await this.withToken_(() => this.api_.message(next!.id, next!.text))).seq;
        next.status = "sent";
        // It was stored, and nothing tells of it: this stream hears no more, whatever it believes.
        const { seq } = next;
        setTimeout(() => seq > this.cursor_ && this.live_.wake(true), this.live_.echo);
        // The stream may have been faster than the answer.
        if (next.seq <= this.cursor_) this.outbox = this.outbox.filter((each) => each !== next);
      } catch (error) {
        const why = whyOf(error);
        if (error instanceof Refused && error.code === "closed") {
          const unsent = this.outbox.filter((each) => each.status !== "sent");
          this.keep_.draft = [this.keep_.draft, ...unsent.map((each) => each.text)].filter(Boolean).join("\n");
          this.outbox = this.outbox.filter((each) => each.status === "sent");
          await this.catchUp_().catch(() => {});
        }
        // What was said later may not overtake it.
        for (const each of this.outbox) if (each.status === "sending") Object.assign(each, { status: "failed", why });
      }
      this.changed_();
    }
    this.pumping_ = false;
    this.settle_();
    // After what was typed: a person who is asked for reads it.
    for (const again of this.held_.splice(0)) await again();
  }

  /** A conversation is made at the first word; two tabs make one together. */
  private async ensure_(): Promise<void> {
    if (this.api_.id) return;
    await this.keep_.alone(async () => {
      const other = this.keep_.load();
      if (other && other.id !== this.kept?.id) {
        this.kept = other;
        await this.enter_(other);
        if (this.state.open && this.api_.id) return;
        this.forget_();
      }
      const body = { locale: this.about_.locale, page: this.about_.page() };
      this.api_.token = this.earlier_;
      let opened: Opened;
      try {
        opened = await this.api_.begin(this.identity_ ? { ...body, identity: this.identity_ } : body);
      } catch (error) {
        if (!(error instanceof Refused) || error.field !== "identity") throw error;
        // A shop's bad token may not cost the shopper their question.
        this.identity_ = "";
        this.onEvent("error", { message: `identity refused: ${error.detail}` });
        opened = await this.api_.begin(body);
      }
      this.begin_(opened);
    });
    this.phase = "ready";
    this.settle_();
  }

  private begin_(opened: Opened): void {
    this.kept = { id: opened.conversation.id, token: opened.token, at: Date.now(), seen: 0, rated: {}, ways: {} };
    this.api_.id = opened.conversation.id;
    this.api_.token = opened.token;
    this.state = opened.state;
    this.cursor_ = 0;
    this.events = [];
    this.save_(true);
  }

  /** An answer that the stream has overtaken is the older one: its state would open a closed chat again. */
  private async state_<T extends { state: State }>(call: () => Promise<T>): Promise<T> {
    const at = this.cursor_;
    const given = await this.withToken_(call);
    if (this.cursor_ === at) this.become_(given.state);
    return given;
  }

  /** Yes, no, or "a person, please". */
  choose(choice: "accept" | "decline" | "request"): Promise<void> {
    // The offer that was on the screen, also when the answer to it goes out later.
    const offer = choice === "request" ? null : this.state.handoff;
    return this.do_(async () => {
      if (choice === "request" && !this.mayAsk) return;
      await this.ensure_();
      await this.state_(() => this.api_.handoff(choice, offer));
    });
  }

  async email(address: string): Promise<void> {
    const text = address.trim();
    this.suggestion = "";
    this.emailError = !text ? "empty" : /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(text) ? "" : "bad";
    if (this.emailError) return this.onChange();
    await this.do_(async () => {
      const given = await this.state_(() => this.api_.email({ email: text }));
      this.suggestion = given.suggestion ?? "";
      if (!this.suggestion) this.changing = false;
    });
  }

  skip(): Promise<void> {
    return this.do_(() => this.state_(() => this.api_.email({ skip: true })), true);
  }

  helped(seq: number, helped: boolean): void {
    if (!this.kept) return;
    this.kept.rated[seq] = helped;
    this.save_();
    void this.do_(() => this.withToken_(() => this.api_.mine("/helped", { seq, helped })));
  }

  /** The shopper types: told at most every few seconds, and only where a person would see it. */
  types(): void {
    if (!this.api_.id || !/queue|teammate/.test(this.state.owner) || Date.now() - this.typingToldAt_ < TYPING_TOLD_EVERY) return;
    this.typingToldAt_ = Date.now();
    void this.api_.mine("/typing", {}).catch(() => {});
  }

  identify(token: string): void {
    this.identity_ = token;
    if (this.api_.id && this.state.open) {
      void this.withToken_(() => this.api_.mine<{ state: State }>("/identity", { identity: token }))
        .then(({ state }) => this.become_(state))
        .catch((error) => this.onEvent("error", { message: `identity refused: ${error.detail}` }))
        .finally(() => this.onChange());
    }
  }

  startAgain(): void {
    this.held_ = [];
    this.forget_();
    this.keep_.save(null, true);
    this.settle_();
  }

  get draft(): string {
    return this.keep_.draft;
  }
  set draft(text: string) {
    this.keep_.draft = text;
  }

  private async do_(work: () => Promise<unknown>, skipping = false): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    this.emailError = "";
    this.onChange();
    try {
      await work();
    } catch (error) {
      if (error instanceof Refused && error.field === "email") {
        this.mayNotSkip ||= skipping;
        this.emailError = skipping ? "empty" : error.detail || "bad";
      } else if (status(error) === 409) await this.catchUp_().catch(() => {});
      else {
        this.problem = whyOf(error);
        if (this.problem === "offline") this.held_.push(() => this.do_(work, skipping));
      }
    }
    this.busy = false;
    this.settle_();
  }

  // The token

  private async withToken_<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const refused = status(error);
      if (refused !== 401 && refused !== 404) throw error;
      if (!(await this.again_(refused))) await this.ensure_();
      return await work();
    }
  }

  /** After 401 or 404: is there still a conversation to go on with? */
  private async again_(refused: number): Promise<boolean> {
    const other = this.keep_.load();
    if (other && other.id === this.api_.id && other.token !== this.api_.token) {
      this.kept = other;
      this.api_.token = other.token;
      return true;
    }
    try {
      if (refused === 401) {
        await this.renew_();
        return true;
      }
    } catch (error) {
      if (status(error) !== 401 && status(error) !== 404) return true;
    }
    this.forget_();
    this.earlier_ = "";
    this.keep_.save(null);
    this.settle_();
    return false;
  }

  private async renew_(): Promise<void> {
    const { token } = await this.api_.mine<{ token: string }>("/token", {});
    this.api_.token = token;
    if (this.kept) {
      this.kept = { ...this.kept, token, at: Date.now() };
      this.save_(true);
    }
  }

  // Other tabs

  /** Another tab began, renewed or ended. */
  private adopt_(kept: Kept | null): void {
    if (kept && kept.id === this.kept?.id) {
      this.kept = { ...kept, seen: Math.max(kept.seen, this.kept.seen) };
      this.api_.token = kept.token;
    } else if (kept) {
      this.forget_();
      this.kept = kept;
      if (this.phase === "ready") void this.enter_(kept).catch(() => {}).finally(() => this.settle_());
    } else if (!this.state.open) this.forget_();
    this.settle_();
  }

  private forget_(): void {
    this.live_.stop();
    this.earlier_ = this.api_.token;
    this.api_.id = "";
    this.kept = null;
    this.events = [];
    this.cursor_ = 0;
    this.state = FIRST;
    this.typing = this.resumed = this.emailError = this.suggestion = "";
    this.partial = this.problem = null;
    this.changing = false;
  }

  private save_(tell = false): void {
    if (this.kept) this.keep_.save(this.kept, tell);
  }

  private changed_(): void {
    this.keep_.saveOutbox(this.outbox);
    this.settle_();
  }

  // What is shown below the log

  get slot(): Slot {
    const { open, step, owner } = this.state;
    if (!open) return "ended";
    if (step === "needs_email" || this.changing) return "email";
    if (step === "offered") return "consent";
    if (step === "owed" && owner === "helpdesk" && !this.notice("saved")) return "passing";
    if (this.choices.length) return "choices";
    return !this.kept && !this.outbox.length && this.site?.starters.length ? "starters" : null;
  }

  get choices(): { label: string; text: string }[] {
    const last = this.events.findLast((event) => event.kind === "message") as Message | undefined;
    return this.state.owner === "agent" && !this.outbox.length ? (last?.choices ?? []) : [];
  }

  /** How an answer of a person would come, as the buttons word it. */
  get way(): string {
    return this.state.reply === "chat" && this.state.live ? "live" : "ticket";
  }
  /** Nobody is there and nobody can write: the answer will stand on this page. */
  get onPage(): boolean {
    return this.state.reply === "chat" && !this.state.live;
  }

  /** Was this said since the last handoff began? */
  notice(name: string): boolean {
    const from = this.events.findLastIndex((event) => event.kind === "handoff" && event.step === "owed");
    return this.events.slice(Math.max(from, 0)).some((event) => event.kind === "message" && event.notice === name);
  }

  /** A person can be asked for: the assistant answers, and this shop offers one. */
  get mayAsk(): boolean {
    return !!this.site?.person && this.state.open && this.state.owner === "agent";
  }
}

export function whyOf(error: unknown): Why {
  const code = status(error);
  if (code === 429) return "busy";
  if (code >= 500) return "server";
  return code === 0 && navigator.onLine === false ? "offline" : "failed";
}

function status(error: unknown): number {
  return error instanceof Refused ? error.status : 0;
}

function clientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
}
