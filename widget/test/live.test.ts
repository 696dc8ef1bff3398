import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../core/api";
import { Live } from "../core/live";
import type { Window } from "../core/protocol";

const quick = { first: 30, silence: 60, comment: 40, poll: 0, echo: 20 };
const windowOf = (cursor: number): Window => ({ events: [], cursor, prev: 0, more: false, state: { owner: "agent", step: null, handoff: null, reply: "chat", open: true } });

function listening(answer: (url: URL, init: RequestInit) => Response | Promise<Response>, times = quick) {
  const asked: string[] = [];
  const heard: string[] = [];
  const ups: boolean[] = [];
  const api = new Api("http://server.example", "pk", async (url, init) => {
    const where = new URL(url);
    asked.push(where.pathname.split("/").pop()! + ((init.headers as Record<string, string>)["Last-Event-ID"] ?? ""));
    return answer(where, init);
  });
  let cursor = 3;
  const live = new Live(
    api,
    {
      cursor: () => cursor,
      window: (found) => {
        cursor = found.cursor;
        heard.push(`window ${found.cursor}`);
      },
      passing: (kind, data) => heard.push(`${kind} ${data.name}`),
      up: (up) => ups.push(up),
      refused: async () => false,
    },
    times,
  );
  return { live, asked, heard, ups };
}
const streamOf = (init: RequestInit, ...pieces: string[]) =>
  new Response(
    new ReadableStream({
      start(out) {
        for (const piece of pieces) out.enqueue(new TextEncoder().encode(piece));
        init.signal!.addEventListener("abort", () => out.error(new Error("cut")));
        if (pieces.includes("END")) out.close();
      },
    }),
  );
async function until(true_: () => unknown): Promise<void> {
  const end = Date.now() + 3000;
  while (!true_()) {
    assert.ok(Date.now() < end, `never: ${true_}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

test("after a goodbye it comes again, from the last id, when woken at once", async () => {
  const { live, asked, heard, ups } = listening((_, init) => streamOf(init, `id: 5\ndata: ${JSON.stringify(windowOf(5))}\n\n`, 'event: typing\ndata: {"name":"Marta"}\n\n', "event: bye\ndata: {}\n\n"));
  live.start();
  await until(() => ups.includes(false));
  assert.deepEqual(heard, ["window 5", "typing Marta"]);
  live.wake();
  await until(() => asked.length === 2);
  assert.deepEqual(asked, ["stream", "stream5"]);
  live.stop();
});

test("a stream that gives nothing is a proxy that holds it back: long polls from then on", async () => {
  let polls = 0;
  const { live, asked, heard } = listening(async (url, init) => {
    if (url.pathname.endsWith("stream")) return streamOf(init);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return Response.json(windowOf(10 + ++polls));
  });
  live.start();
  await until(() => asked.length);
  await new Promise((resolve) => setTimeout(resolve, 50));
  live.wake();
  await until(() => heard.length > 2);
  assert.equal(asked.filter((each) => each.startsWith("stream")).length, 1);
  live.stop();
  const after = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.ok(asked.length <= after + 1);
});

test("a stream that falls silent is cut and opened again", async () => {
  const { live, asked, ups } = listening((_, init) => streamOf(init, ": hello\n\n"));
  live.start();
  await until(() => ups.includes(false));
  live.wake();
  await until(() => asked.length === 2);
  live.stop();
});

test("a proxy that holds back even the head of the answer: long polls from then on", async () => {
  const { live, asked, heard } = listening(async (url, init) => {
    if (url.pathname.endsWith("stream")) return await new Promise((_, fail) => init.signal!.addEventListener("abort", () => fail(new Error("cut"))));
    await new Promise((resolve) => setTimeout(resolve, 5));
    return Response.json(windowOf(7));
  });
  live.start();
  await until(() => asked.length);
  await new Promise((resolve) => setTimeout(resolve, 50));
  live.wake();
  await until(() => heard.length > 2);
  assert.equal(asked.filter((each) => each.startsWith("stream")).length, 1);
  live.stop();
});

test("in doubt an open stream is given up for a new one at once; without doubt a fresh one stays", async () => {
  const slow = { ...quick, silence: 60_000, comment: 60_000 };
  const { live, asked, heard, ups } = listening((_, init) => streamOf(init, `id: 5\ndata: ${JSON.stringify(windowOf(5))}\n\n`), slow);
  live.start();
  await until(() => heard.length === 1);
  live.wake();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(asked.length, 1);
  live.wake(true);
  await until(() => heard.length === 2);
  assert.deepEqual(asked, ["stream", "stream5"]);
  assert.ok(!ups.includes(false), "no pause, and nobody was told of a lost line");
  live.stop();
});

test("after a sleep the first look finds the silence and comes again at once", async () => {
  const slow = { ...quick, silence: 60_000, comment: 20 };
  const { live, asked, heard } = listening((_, init) => streamOf(init, `id: 5\ndata: ${JSON.stringify(windowOf(5))}\n\n`), slow);
  live.start();
  await until(() => heard.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  live.wake();
  await until(() => heard.length === 2);
  assert.deepEqual(asked, ["stream", "stream5"]);
  live.stop();
});

test("a conversation that is gone ends the listening", async () => {
  const { live, asked } = listening(() => Response.json({}, { status: 404 }));
  live.start();
  await until(() => asked.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(asked.length, 1);
  live.stop();
});
