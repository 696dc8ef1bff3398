import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../core/protocol";
import { cardOf, rows } from "../core/rows";

const at = (minute: number) => `2026-06-12T15:${String(minute).padStart(2, "0")}:00+00:00`;
let seq = 0;
const said = (kind: "visitor" | "agent" | "teammate" | "system", text: string, minute: number, more: object = {}): Event => ({ seq: ++seq, at: at(minute), kind: "message", author: { kind, name: kind === "teammate" ? "Marta" : null }, text, ...more });
const step = (name: "offered" | "needs_email" | "declined" | "owed", minute: number, n = 1): Event => ({ seq: ++seq, at: at(minute), kind: "handoff", n, step: name });
const drawn = (events: Event[]) => rows(events, []).map((row) => (row.is === "group" ? `${row.side}: ${row.bubbles.map((each) => each.text).join(" | ")}` : row.is === "chose" ? row.choice : row.is));

test("bubbles of one author within minutes are one group", () => {
  assert.deepEqual(drawn([said("visitor", "a", 1), said("visitor", "b", 2), said("agent", "c", 2), said("visitor", "d", 3), said("visitor", "e", 30)]), ["me: a | b", "ai: c", "me: d", "me: e"]);
});

test("a pressed button leaves a line, and the e-mail question is left to the form", () => {
  assert.deepEqual(drawn([said("agent", "shall I?", 1), step("offered", 1), step("needs_email", 2), said("agent", "which?", 2)]), ["ai: shall I?", "yes"]);
  assert.deepEqual(drawn([said("agent", "shall I?", 1), step("offered", 1), step("declined", 2), said("agent", "fine", 2)]), ["ai: shall I?", "no", "ai: fine"]);
});

test("a typed yes and a wish for a person leave none", () => {
  assert.deepEqual(drawn([step("offered", 1), said("visitor", "yes", 2), step("owed", 2)]), ["me: yes"]);
  assert.deepEqual(drawn([step("offered", 1), said("agent", "Of course.", 2), step("owed", 2)]), ["ai: Of course."]);
});

test("notices are cards, a joining teammate is the knot, and the disclosure stands elsewhere", () => {
  const events = [said("system", "hi", 1, { notice: "greeting" }), said("system", "AI", 1, { notice: "disclosure" }), said("system", "q", 2, { notice: "queued" }), said("system", "m", 3, { notice: "joined" }), said("teammate", "hello", 3)];
  assert.deepEqual(drawn(events), ["ai: hi", "card", "knot", "team: hello"]);
});

test("a card's text falls into title, body and a line of its own", () => {
  assert.deepEqual(cardOf("ticket", "Done. Our team has your question and this conversation. We'll write to a.b@c.example. Reference: #35"), {
    title: "Done. Our team has your question and this conversation.",
    body: "We'll write to a.b@c.example.",
    extra: "Reference: #35",
  });
  assert.deepEqual(cardOf("away", "Nasz zespół jest teraz niedostępny. Pytanie jest zapisane, odpiszemy na a@b.pl. Wracamy: poniedziałek, 09:00"), {
    title: "Nasz zespół jest teraz niedostępny.",
    body: "Pytanie jest zapisane, odpiszemy na a@b.pl.",
    extra: "Wracamy: poniedziałek, 09:00",
  });
  assert.deepEqual(cardOf("queued", "no end"), { title: "no end", body: "", extra: "" });
});
