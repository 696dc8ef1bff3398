import { type Api, Refused } from "./api";
import type { Window } from "./protocol";
import { SseParser } from "./sse";

/** Milliseconds until the next try: 1 to 30 s, spread so that a server that comes back is not met by everybody at once. */
export function backOff(tries: number, random = Math.random()): number {
  return Math.min(30_000, 1000 + random * 1000 * 2 ** Math.min(tries, 8));
}

export interface Hearing {
  cursor(): number;
  window(found: Window): void;
  passing(kind: string, data: { name?: string; reply_to?: number; text?: string }): void;
  /** Connected now, or not. */
  up(up: boolean): void;
  /** 401 or 404; true when going on makes sense, for instance with a new token. */
  refused(status: number): Promise<boolean>;
}

/** News of one conversation: a stream, or long polls where a stream gives nothing. */
export class Live {
  private stop_: AbortController | null = null;
  private wake_: () => void = () => {};
  /** Ends the connection that is open, for another one at once. */
  private renew_: (() => void) | null = null;
  private heardAt_ = 0;
  private polling_ = false;

  constructor(
    private api_: Api,
    private ear_: Hearing,
    private times_ = { first: 8_000, silence: 40_000, comment: 17_000, poll: 25, echo: 4_000 },
  ) {}

  /** Milliseconds after which what was stored should have been told. */
  get echo(): number {
    return this.times_.echo;
  }
  start(): void {
    if (this.stop_) return;
    const stop = (this.stop_ = new AbortController());
    void this.run_(stop.signal);
  }
  stop(): void {
    this.stop_?.abort();
    this.stop_ = null;
    this.wake_();
  }
  /** The network is back, or somebody looks: try now. In `doubt` the open connection is given up for a new one. */
  wake(doubt = false): void {
    this.wake_();
    // The server says something every 15 s: silence for longer was sleep, or a line that broke without a word.
    if (doubt || Date.now() - this.heardAt_ > this.times_.comment) this.renew_?.();
  }

  private async run_(signal: AbortSignal): Promise<void> {
    let tries = 0;
    let again = false;
    while (!signal.aborted) {
      let pause = 0;
      let hurry = false;
      const cut = new AbortController();
      signal.onabort = () => cut.abort();
      this.heardAt_ = Date.now();
      try {
        const heard = () => {
          tries = 0;
          again = true;
          this.heardAt_ = Date.now();
          // Only what was heard of can be given up at once: a server that is away is not asked without a pause.
          this.renew_ = () => {
            hurry = true;
            cut.abort();
          };
          this.ear_.up(true);
        };
        if (this.polling_) await this.poll_(cut, heard);
        else await this.stream_(cut, again, heard);
      } catch (error) {
        if (error instanceof Refused && !signal.aborted) {
          // Too many streams are open, in other tabs: a poll needs none.
          if (error.status === 429) this.polling_ = true;
          pause = error.retryAfter * 1000;
          if ((error.status === 401 || error.status === 404) && !(await this.ear_.refused(error.status))) return;
        }
      } finally {
        this.renew_ = null;
        cut.abort();
      }
      if (signal.aborted) return;
      if (hurry || (this.polling_ && !pause && !tries && again)) continue;
      this.ear_.up(false);
      await this.sleep_(Math.max(pause, backOff(tries++)));
    }
  }

  private async stream_(cut: AbortController, again: boolean, heard: () => void): Promise<void> {
    const { first, silence } = this.times_;
    let silent = true;
    // By the clock on the wall: a timer stands still while the machine sleeps.
    const watch = setInterval(() => {
      const quiet = Date.now() - this.heardAt_;
      if (quiet < (silent ? first : silence)) return;
      // Something on the way keeps back what is not whole, the head of the answer included.
      this.polling_ ||= silent && quiet < 3 * first;
      cut.abort();
    }, first / 4);
    try {
      const response = await this.api_.stream(this.ear_.cursor(), again, cut.signal);
      const reader = response.body!.getReader();
      const decoder = new TextDecoder();
      const parser = new SseParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        silent = false;
        heard();
        for (const frame of parser.push(decoder.decode(value, { stream: true }))) {
          if (frame.event === "bye") return;
          if (frame.event === "message") this.ear_.window(JSON.parse(frame.data));
          else this.ear_.passing(frame.event, JSON.parse(frame.data));
        }
      }
    } finally {
      clearInterval(watch);
    }
  }

  private async poll_(cut: AbortController, heard: () => void): Promise<void> {
    const late = setTimeout(() => cut.abort(), (this.times_.poll + 15) * 1000);
    try {
      const found = await this.api_.events(this.ear_.cursor(), this.times_.poll, cut.signal);
      heard();
      this.ear_.window(found);
    } finally {
      clearTimeout(late);
    }
  }

  private sleep_(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake_ = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
