import type { Opened, Site, State, Window } from "./protocol";

/** The server said no, or could not be reached (status 0). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly field = "",
    readonly detail = "",
    readonly code = "",
    readonly retryAfter = 0,
  ) {
    super();
  }
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The calls of one site. The token travels in a header and nowhere else. */
export class Api {
  token = "";
  id = "";

  constructor(
    base: string,
    private site_: string,
    private fetch_: Fetch = (url, init) => fetch(url, init),
  ) {
    this.base_ = `${base}/api/widget`;
  }
  private base_: string;

  /** What the panel draws, with greeting and disclosure in this language. */
  site(locale: string): Promise<Site> {
    return this.call_(`/sites/${encodeURIComponent(this.site_)}?locale=${locale}`);
  }
  begin(body: object): Promise<Opened> {
    return this.call_("/conversations", { site: this.site_, ...body });
  }
  resume(link: string): Promise<Opened> {
    return this.call_("/resume", { link });
  }
  message(client_id: string, text: string): Promise<{ seq: number }> {
    return this.mine("/messages", { client_id, text });
  }
  events(after: number, wait = 0, signal?: AbortSignal): Promise<Window> {
    return this.mine(`/events?after=${after}&wait=${wait}`, undefined, signal);
  }
  handoff(choice: string, handoff?: number | null): Promise<{ state: State }> {
    return this.mine("/handoff", handoff == null ? { choice } : { choice, handoff });
  }
  email(body: { email: string } | { skip: true }): Promise<{ state: State; email: string | null; suggestion?: string }> {
    return this.mine("/email", body);
  }
  /** Any other call of this conversation. */
  mine<T>(path: string, body?: object, signal?: AbortSignal): Promise<T> {
    return this.call_(`/conversations/${this.id}${path}`, body, signal);
  }
  /** Resolves with the response's head; its body is the stream. */
  stream(after: number, again: boolean, signal: AbortSignal): Promise<Response> {
    const path = `/conversations/${this.id}/stream`;
    return this.ask_(again ? path : `${path}?after=${after}`, undefined, signal, again ? { "Last-Event-ID": `${after}` } : {});
  }

  private async call_<T>(path: string, body?: object, signal?: AbortSignal): Promise<T> {
    const response = await this.ask_(path, body, signal ?? AbortSignal.timeout(20_000));
    return response.status === 204 ? (undefined as T) : await response.json().catch(() => Promise.reject(new Refused(0)));
  }

  private async ask_(path: string, body?: object, signal?: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
    if (this.token) headers["Authorization"] = `Bearer ${this.token}`;
    if (body) headers["Content-Type"] = "application/json";
    const init: RequestInit = { method: body ? "POST" : "GET", headers, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
    if (body) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;
    const response = await this.fetch_(this.base_ + path, init).catch(() => Promise.reject(new Refused(0)));
    if (response.ok) return response;
    const said = await response.json().catch(() => ({}));
    throw new Refused(response.status, said.field, said.detail, said.code, Number(response.headers.get("Retry-After")) || 0);
  }
}
