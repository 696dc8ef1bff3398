/** What outlives the page: which conversation, and what the shopper saw and said about it. */
export interface Kept {
  id: string;
  token: string;
  /** When the token was given (ms). */
  at: number;
  /** The last seq that was on the screen. */
  seen: number;
  /** Answers that the shopper rated. */
  rated: Record<number, boolean>;
  /** How each offer was worded, for the line that repeats the choice. */
  ways: Record<number, string>;
}

export interface Outgoing {
  id: string;
  text: string;
  at: number;
  status: "sending" | "sent" | "failed";
  why?: "failed" | "offline" | "server" | "busy";
  seq?: number;
}

type Box = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A page may have no storage at all: then this page's memory has to do. */
export function storage(kind: "localStorage" | "sessionStorage"): Box {
  try {
    const box = window[kind];
    box.setItem("warmline", "");
    box.removeItem("warmline");
    return box;
  } catch {
    const memory = new Map<string, string>();
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => void memory.set(key, value),
      removeItem: (key) => void memory.delete(key),
    };
  }
}

/** One site's memory, shared between the tabs of a browser. */
export class Keep {
  private name_: string;
  private channel_: BroadcastChannel | null = null;
  onChange: (kept: Kept | null) => void = () => {};

  constructor(
    site: string,
    private local_: Box,
    private session_: Box,
    channel?: () => BroadcastChannel,
  ) {
    this.name_ = `warmline:${site}`;
    try {
      this.channel_ = channel ? channel() : new BroadcastChannel(this.name_);
      this.channel_.onmessage = ({ data }) => this.onChange(data);
    } catch {
      // Without it, tabs meet at their next load.
    }
  }

  load(): Kept | null {
    return parsed(this.local_.getItem(this.name_));
  }
  /** `tell` the other tabs. */
  save(kept: Kept | null, tell = false): void {
    write(this.local_, this.name_, kept);
    if (tell) this.channel_?.postMessage(kept);
  }
  get draft(): string {
    return this.session_.getItem(`${this.name_}:draft`) ?? "";
  }
  set draft(text: string) {
    write(this.session_, `${this.name_}:draft`, text || null, text);
  }
  /** What was written and is not known to have arrived. */
  outbox(): Outgoing[] {
    return parsed(this.session_.getItem(`${this.name_}:out`)) ?? [];
  }
  saveOutbox(outbox: Outgoing[]): void {
    write(this.session_, `${this.name_}:out`, outbox.length ? outbox : null);
  }
  /** One tab at a time; together where the browser cannot tell. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    return navigator.locks ? await navigator.locks.request(this.name_, work) : await work();
  }
}

function parsed<T>(text: string | null): T | null {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function write(box: Box, name: string, value: unknown, text?: string): void {
  try {
    if (value === null) box.removeItem(name);
    else box.setItem(name, text ?? JSON.stringify(value));
  } catch {
    // Full, or switched off since.
  }
}
