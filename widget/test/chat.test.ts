import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, Refused } from "../core/api";
import { Chat } from "../core/chat";
import { Keep } from "../core/keep";
import { backOff } from "../core/live";
import type { Event, State } from "../core/protocol";

Object.defineProperty(globalThis, "navigator", { value: { onLine: true, languages: ["en"] }, configurable: true });
Object.assign(globalThis, { document: { visibilityState: "visible" } });

const IDLE: State = { owner: "agent", step: null, handoff: null, reply: "chat", open: true };
const SITE = { name: "Ridge", locale: "en", person: true, reply: "chat", greeting: "Hi", disclosure: "AI", starters: ["One?"], open: true };

/** A server of one conversation, with faults to switch on. */
class Server {
  log: Event[] = [];
  state: State = { ...IDLE };
  calls: string[] = [];
  tokens = ["t1"];
  /** For each next call whose path fits: a status, or "lost" for an answer that never arrives. */
  faults: [path: RegExp, fault: number | "lost" | "down", body?: object][] = [];
  began = 0;
  streams = 0;
  streaming = true;
  push: (text: string) => void = () => {};

  say(kind: "visitor" | "agent" | "teammate" | "system", text: string, more: object = {}): Event {
    const event: Event = { seq: this.log.length + 1, at: new Date().toISOString(), kind: "message", author: { kind, name: null }, text, ...more };
    this.log.push(event);
    return event;
  }
  window(after: number) {
    const events = this.log.filter((event) => event.seq > after);
    return { events, cursor: this.log.length, prev: Math.min(after, this.log.length), more: false, state: this.state };
  }
  news(after: number): void {
    this.push(`id: ${this.log.length}\ndata: ${JSON.stringify(this.window(after))}\n\n`);
  }
  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(url);
    const path = pathname.replace("/api/widget", "");
    const body = init.body ? JSON.parse(init.body as string) : null;
    this.calls.push(`${init.method} ${path}`);
    assert.ok(!url.includes("t1") && init.credentials === "omit");
    const at = this.faults.findIndex(([fits]) => fits.test(path));
    const [, fault, said] = at < 0 ? [] : this.faults.splice(at, 1)[0]!;
    if (fault === "down") throw new TypeError("network");
    const answer = fault && fault !== "lost" ? Response.json(said ?? {}, { status: fault }) : this.answer_(path, body, searchParams, init);
    if (fault === "lost") throw new TypeError("network");
    return answer;
  };
  private answer_(path: string, body: Record<string, string> | null, query: URLSearchParams, init: RequestInit): Response {
    if (path === "/sites/pk") return Response.json(SITE);
    if (path === "/conversations") {
      this.began++;
      this.say("system", "Hi", { notice: "greeting" });
      return Response.json({ conversation: { id: "c1" }, state: this.state, token: "t1", cursor: 1 }, { status: 201 });
    }
    const token = (init.headers as Record<string, string>)["Authorization"]?.slice(7) ?? "";
    if (path.endsWith("/token")) {
      this.tokens = ["t2"];
      return Response.json({ token: "t2" });
    }
    if (!this.tokens.includes(token)) return Response.json({}, { status: 401 });
    if (path.endsWith("/messages")) {
      const known = this.log.find((event) => event.kind === "message" && event.client_id === body!["client_id"]);
      const event = known ?? this.say("visitor", body!["text"]!, { client_id: body!["client_id"] });
      return Response.json({ seq: event.seq, client_id: body!["client_id"] }, { status: known ? 200 : 201 });
    }
    if (path.endsWith("/events")) return Response.json(this.window(Number(query.get("after"))));
    if (path.endsWith("/stream")) {
      this.streams++;
      const after = Number((init.headers as Record<string, string>)["Last-Event-ID"] ?? query.get("after"));
      return new Response(
        new ReadableStream({
          start: (out) => {
            this.push = (text) => out.enqueue(new TextEncoder().encode(text));
            init.signal!.addEventListener("abort", () => out.error(new Error("cut")));
            if (this.streaming) this.news(after);
          },
        }),
      );
    }
    return Response.json({ state: this.state });
  }
}

const memory = () => {
  const held = new Map<string, string>();
  return { getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, value: string) => void held.set(key, value), removeItem: (key: string) => void held.delete(key) };
};
const none = () => {
  throw new Error("no channel here");
};

function widget(server: Server, local = memory(), session = memory(), channel: () => BroadcastChannel = none) {
  const chat = new Chat(new Api("http://server.example", "pk", server.fetch), new Keep("pk", local, session, channel), { locale: "en", page: () => ({ url: "https://shop.example/", title: "Shop" }) });
  return { chat, local, session };
}

async function until(true_: () => unknown, what = ""): Promise<void> {
  const end = Date.now() + 4000;
  while (!true_()) {
    assert.ok(Date.now() < end, `never: ${what || true_}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const texts = (chat: Chat) => [...chat.events.flatMap((event) => (event.kind === "message" && event.author.kind === "visitor" ? [event.text] : [])), ...chat.outbox.map((out) => `(${out.status}) ${out.text}`)];

async function opened(server: Server, ...stores: [ReturnType<typeof memory>?, ReturnType<typeof memory>?]) {
  const made = widget(server, ...stores);
  made.chat.show(true);
  await until(() => made.chat.phase === "ready");
  return made;
}

test("nothing is made before the first word; then one conversation, and the echo takes the bubble's place", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  assert.equal(server.began, 0);
  assert.equal(chat.slot, "starters");
  chat.say("hello");
  chat.say("again");
  assert.deepEqual(texts(chat), ["(sending) hello", "(sending) again"]);
  await until(() => server.log.length === 3);
  server.news(0);
  await until(() => !chat.outbox.length);
  assert.deepEqual(texts(chat), ["hello", "again"]);
  assert.equal(server.began, 1);
  chat.show(false);
});

test("an answer that was lost: failed, tried again, stored once", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  server.faults.push([/messages$/, "lost"]);
  chat.say("once");
  chat.say("after it");
  await until(() => chat.outbox.every((out) => out.status === "failed"), "failed");
  assert.equal(chat.outbox[0]!.why, "failed");
  chat.retry();
  await until(() => server.log.length === 3);
  server.news(0);
  await until(() => !chat.outbox.length);
  assert.deepEqual(texts(chat), ["once", "after it"]);
  chat.show(false);
});

test("what was not sent survives a reload, and so does the draft", async () => {
  const server = new Server();
  const { chat, local, session } = await opened(server);
  server.faults.push([/conversations$/, "down"]);
  chat.say("keep me");
  chat.draft = "half a sent";
  await until(() => chat.outbox[0]?.status === "failed");
  chat.show(false);
  const again = await opened(server, local, session);
  assert.equal(again.chat.draft, "half a sent");
  assert.deepEqual(texts(again.chat), ["(failed) keep me"]);
  again.chat.retry();
  await until(() => server.log.length === 2);
  again.chat.show(false);
});

test("a reload goes on with the conversation, from its beginning", async () => {
  const server = new Server();
  const { chat, local } = await opened(server);
  chat.say("hello");
  await until(() => server.log.length === 2);
  chat.show(false);
  const again = await opened(server, local);
  assert.deepEqual(texts(again.chat), ["hello"]);
  assert.equal(server.began, 1);
  again.chat.show(false);
});

test("a hole in the stream is fetched, nothing comes twice", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  chat.say("hello");
  await until(() => server.streams === 1 && server.log.length === 2);
  server.news(0);
  await until(() => chat.events.length === 2);
  server.say("agent", "missed");
  server.say("agent", "seen");
  // Only the last one comes along, and says that something stands before it.
  server.push(`id: 4\ndata: ${JSON.stringify({ ...server.window(3), prev: 3 })}\n\n`);
  await until(() => chat.events.length === 4);
  server.news(0);
  server.news(2);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(chat.events.map((event) => event.seq), [1, 2, 3, 4]);
  chat.show(false);
});

test("what was stored and is not told means a line that broke without a word: another one at once", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  (chat as unknown as { live_: { times_: { echo: number } } }).live_.times_.echo = 50;
  chat.say("hello");
  await until(() => server.log.length === 2 && server.streams === 1);
  // The stream is open and says nothing more: the server believes that it told.
  await until(() => !chat.outbox.length);
  assert.equal(server.streams, 2);
  assert.deepEqual(texts(chat), ["hello"]);
  chat.show(false);
});

test("the buttons say what would happen: connect only where somebody is there", async () => {
  const { chat } = await opened(new Server());
  const way = (state: Partial<State>) => {
    chat.state = { ...IDLE, ...state };
    return [chat.way, chat.onPage];
  };
  assert.deepEqual(way({ reply: "chat", live: true }), ["live", false]);
  assert.deepEqual(way({ reply: "chat", live: false }), ["ticket", true]);
  assert.deepEqual(way({ reply: "email", live: false }), ["ticket", false]);
  chat.show(false);
});

test("a token that ran out is renewed, and the message goes with the new one", async () => {
  const server = new Server();
  const { chat, local } = await opened(server);
  chat.say("hello");
  await until(() => server.log.length === 2);
  server.tokens = ["t0"];
  chat.say("later");
  await until(() => server.log.length === 3);
  assert.equal(JSON.parse(local.getItem("warmline:pk")!).token, "t2");
  chat.show(false);
});

/** A browser that knows that it has no network, until `back`. */
function offline(server: Server): { back(): void } {
  const fetch = server.fetch;
  const network = navigator as { onLine: boolean };
  network.onLine = false;
  server.fetch = () => Promise.reject(new TypeError("network"));
  return { back: () => ((network.onLine = true), (server.fetch = fetch)) };
}

test("a person who was asked for offline is asked for by itself, once, after what was typed", async () => {
  const server = new Server();
  const chat = new Chat(new Api("http://server.example", "pk", (url, init) => server.fetch(url, init)), new Keep("pk", memory(), memory(), none), { locale: "en", page: () => ({ url: "https://shop.example/", title: "Shop" }) });
  chat.show(true);
  await until(() => chat.phase === "ready");
  const network = offline(server);
  await chat.choose("request");
  chat.say("my lamp is broken");
  await until(() => chat.outbox[0]?.status === "failed");
  assert.equal(chat.problem, "offline");
  network.back();
  for (const online of [true, false, true]) chat.wake(online);
  const asked = () => server.calls.filter((call) => / .*(messages|handoff)$/.test(call)).map((call) => call.split("/").at(-1));
  await until(() => asked().length === 2 && !chat.busy);
  assert.equal(chat.problem, null);
  for (const online of [true, false]) chat.wake(online);
  chat.say("hello?");
  await until(() => asked().length === 3);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(asked(), ["messages", "handoff", "messages"]);
  assert.equal(server.began, 1);
  chat.show(false);
});

test("a yes that was pressed offline goes to the offer it was pressed for, and to no other", async () => {
  const server = new Server();
  const sent: unknown[] = [];
  const chat = new Chat(
    new Api("http://server.example", "pk", (url, init) => {
      if (url.endsWith("/handoff") && navigator.onLine) sent.push(JSON.parse(init.body as string));
      return server.fetch(url, init);
    }),
    new Keep("pk", memory(), memory(), none),
    { locale: "en", page: () => ({ url: "https://shop.example/", title: "Shop" }) },
  );
  chat.show(true);
  await until(() => chat.phase === "ready");
  chat.say("hello");
  await until(() => server.log.length === 2);
  chat.state = { ...IDLE, step: "offered", handoff: 1 };
  const network = offline(server);
  await chat.choose("accept");
  chat.state = { ...IDLE, step: "offered", handoff: 2 };
  network.back();
  chat.wake(true);
  await until(() => sent.length === 1);
  assert.deepEqual(sent, [{ choice: "accept", handoff: 1 }]);
  chat.show(false);
});

test("a conversation that is gone: the message opens a new one", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  chat.say("hello");
  await until(() => server.log.length === 2);
  server.faults.push([/messages$/, 404]);
  chat.say("still there?");
  await until(() => server.began === 2);
  await until(() => server.log.some((event) => event.kind === "message" && event.text === "still there?"));
  chat.show(false);
});

test("a refused identity does not cost the question", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  const errors: unknown[] = [];
  chat.onEvent = (name, detail) => name === "error" && errors.push(detail);
  chat.identify("bad");
  server.faults.push([/conversations$/, 422, { field: "identity", detail: "expired" }]);
  chat.say("hello");
  await until(() => server.log.length === 2);
  assert.equal(errors.length, 1);
  chat.show(false);
});

test("typed mail addresses are looked at on submit, and a suggestion changes nothing by itself", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  await chat.email("  ");
  assert.equal(chat.emailError, "empty");
  await chat.email("anna@");
  assert.equal(chat.emailError, "bad");
  chat.say("x");
  await until(() => server.log.length === 2);
  server.state = { ...IDLE, step: "needs_email", handoff: 1 };
  server.faults.push([/email$/, 200, { state: server.state, email: "a@gmial.com", suggestion: "a@gmail.com" }]);
  await chat.email("a@gmial.com");
  assert.equal(chat.suggestion, "a@gmail.com");
  assert.equal(chat.slot, "email");
  server.faults.push([/email$/, 422, { field: "email", detail: "no" }]);
  await chat.skip();
  assert.ok(chat.mayNotSkip);
  chat.show(false);
});

test("the action slot follows the state", async () => {
  const { chat } = await opened(new Server());
  const slot = (state: Partial<State>) => {
    chat.state = { ...IDLE, ...state };
    return chat.slot;
  };
  chat.site!.starters = [];
  assert.equal(slot({}), null);
  assert.equal(slot({ step: "offered", handoff: 1 }), "consent");
  assert.equal(slot({ step: "needs_email", handoff: 1 }), "email");
  assert.equal(slot({ step: "owed", handoff: 1, owner: "helpdesk" }), "passing");
  assert.equal(slot({ step: "delivered", handoff: 1, owner: "queue" }), null);
  assert.equal(slot({ step: "declined", handoff: 1 }), null);
  assert.equal(slot({ step: "delivered", handoff: 1, owner: "helpdesk", open: false }), "ended");
  assert.ok(!chat.mayAsk);
  chat.show(false);
});

test("a busy or broken server is named, and the text stays", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  for (const [status, why] of [[429, "busy"], [503, "server"], [500, "server"]] as const) {
    server.faults.push([/conversations$/, status]);
    chat.say("hello");
    await until(() => chat.outbox.at(-1)?.status === "failed");
    assert.equal(chat.outbox.at(-1)!.why, why);
  }
  assert.equal(chat.outbox.length, 3);
  chat.show(false);
});

test("a chat that was closed meanwhile gives the text back as a draft", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  chat.say("hello");
  await until(() => server.log.length === 2);
  server.state = { ...IDLE, open: false };
  server.faults.push([/messages$/, 409, { code: "closed" }]);
  chat.say("one more thing");
  await until(() => chat.slot === "ended");
  assert.equal(chat.draft, "one more thing");
  chat.startAgain();
  assert.equal(chat.slot, "starters");
  chat.show(false);
});

test("two tabs: the second goes on with the first one's conversation", async () => {
  const server = new Server();
  const tabs: { onmessage: ((event: { data: unknown }) => void) | null; postMessage(data: unknown): void }[] = [];
  const channel = () => {
    const mine = { onmessage: null, postMessage: (data: unknown) => tabs.filter((each) => each !== mine).forEach((each) => each.onmessage?.({ data: structuredClone(data) })) };
    tabs.push(mine);
    return mine as unknown as BroadcastChannel;
  };
  const local = memory();
  const first = widget(server, local, memory(), channel).chat;
  const second = widget(server, local, memory(), channel).chat;
  for (const chat of [first, second]) chat.show(true);
  await until(() => first.phase === "ready" && second.phase === "ready");
  first.say("from the first");
  await until(() => second.kept?.id === "c1");
  second.say("from the second");
  await until(() => server.log.length === 3);
  assert.equal(server.began, 1);
  for (const chat of [first, second]) chat.show(false);
});

test("unread counts what others said after the last look", async () => {
  const server = new Server();
  const { chat } = await opened(server);
  chat.say("hello");
  await until(() => server.streams === 1 && server.log.length === 2);
  server.news(0);
  await until(() => chat.events.length === 2);
  server.state = { ...IDLE, owner: "teammate", teammate: "Marta" };
  server.news(2);
  await until(() => chat.state.owner === "teammate");
  chat.show(false);
  server.say("teammate", "hi Anna");
  server.news(2);
  await until(() => chat.unread.length === 1, "the stream stays open while a person answers");
  chat.show(true);
  assert.equal(chat.unread.length, 0);
  server.state = IDLE;
  server.news(3);
  chat.show(false);
});

test("the pause before another try grows from one second to thirty, and is spread", () => {
  assert.equal(backOff(0, 0), 1000);
  assert.equal(backOff(0, 1), 2000);
  assert.equal(backOff(4, 0.5), 9000);
  assert.equal(backOff(50, 1), 30_000);
});

test("what a server refuses comes out with its field", async () => {
  const api = new Api("http://server.example", "pk", async () => Response.json({ field: "email", detail: "no" }, { status: 422, headers: { "Retry-After": "7" } }));
  const error = await api.site("en").catch((caught) => caught);
  assert.ok(error instanceof Refused);
  assert.deepEqual([error.status, error.field, error.retryAfter], [422, "email", 7]);
});
