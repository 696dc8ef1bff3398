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
  private polling_ = false;

  constructor(
    private api_: Api,
    private ear_: Hearing,
    private times_ = { first: 8_000, silence: 40_000, poll: 25 },
  ) {}

  get running(): boolean {
    return !!this.stop_;
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
  /** The network is back, or somebody looks: try now. */
  wake(): void {
    this.wake_();
  }

  private async run_(signal: AbortSignal): Promise<void> {
    let tries = 0;
    let again = false;
    while (!signal.aborted) {
      let pause = 0;
      try {
        const heard = () => {
          tries = 0;
          again = true;
          this.ear_.up(true);
        };
        if (this.polling_) await this.poll_(signal, heard);
        else await this.stream_(signal, again, heard);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Refused) {
          // Too many streams are open, in other tabs: a poll needs none.
          if (error.status === 429) this.polling_ = true;
          pause = error.retryAfter * 1000;
          if ((error.status === 401 || error.status === 404) && !(await this.ear_.refused(error.status))) return;
        }
      }
      if (signal.aborted) return;
      if (this.polling_ && !pause && !tries && again) continue;
      this.ear_.up(false);
      await this.sleep_(Math.max(pause, backOff(tries++)));
    }
  }

  private async stream_(signal: AbortSignal, again: boolean, heard: () => void): Promise<void> {
    const cut = new AbortController();
    const end = () => cut.abort();
    signal.addEventListener("abort", end);
    let silent = true;
    let watch = setTimeout(end, this.times_.first * 2);
    const listen = () => {
      clearTimeout(watch);
      watch = setTimeout(
        () => {
          this.polling_ = silent;
          end();
        },
        silent ? this.times_.first : this.times_.silence,
      );
    };
    try {
      const response = await this.api_.stream(this.ear_.cursor(), again, cut.signal);
      listen();
      const reader = response.body!.getReader();
      const decoder = new TextDecoder();
      const parser = new SseParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        silent = false;
        heard();
        listen();
        for (const frame of parser.push(decoder.decode(value, { stream: true }))) {
          if (frame.event === "bye") return;
          if (frame.event === "message") this.ear_.window(JSON.parse(frame.data));
          else this.ear_.passing(frame.event, JSON.parse(frame.data));
        }
      }
    } finally {
      clearTimeout(watch);
      signal.removeEventListener("abort", end);
      cut.abort();
    }
  }

  private async poll_(signal: AbortSignal, heard: () => void): Promise<void> {
    const late = AbortSignal.timeout((this.times_.poll + 15) * 1000);
    const cut = new AbortController();
    for (const each of [signal, late]) each.addEventListener("abort", () => cut.abort());
    const found = await this.api_.events(this.ear_.cursor(), this.times_.poll, cut.signal);
    heard();
    this.ear_.window(found);
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
