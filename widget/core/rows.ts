import type { Outgoing } from "./keep";
import type { Event, Handoff, Message } from "./protocol";

const TOGETHER = 5 * 60_000;

export interface Bubble {
  key: string;
  text: string;
  event?: Message;
  out?: Outgoing;
}
export interface Group {
  is: "group";
  key: string;
  side: "me" | "ai" | "team";
  name: string;
  at: number;
  bubbles: Bubble[];
}
export type Row =
  | Group
  | { is: "card"; key: string; notice: string; text: string; links?: Message["links"] }
  | { is: "knot"; key: string; text: string; back: boolean }
  | { is: "chose"; key: string; choice: "yes" | "no"; n: number }
  | { is: "line"; key: string; text: string }
  | { is: "day"; key: string; at: number };

const CARDS = /^(queued|auto_reply|away|ticket|saved)$/;

/** The log as it is drawn: bubbles in groups, cards, and the line with its knots. */
export function rows(events: Event[], outbox: Outgoing[]): Row[] {
  const found: Row[] = [];
  const steps = new Map<number, string>();
  let day = "";
  const bubble = (side: Group["side"], name: string, at: number, one: Bubble) => {
    const today = new Date(at).toDateString();
    if (day && today !== day) found.push({ is: "day", key: `day-${today}`, at });
    day = today;
    const last = found.at(-1);
    if (last?.is === "group" && last.side === side && last.name === name && at - last.at < TOGETHER) {
      last.bubbles.push(one);
      last.at = at;
    } else found.push({ is: "group", key: `group-${one.key}`, side, name, at, bubbles: [one] });
  };
  events.forEach((event, index) => {
    const key = `${event.seq}`;
    if (event.kind === "handoff") {
      const choice = choiceOf(event, steps.get(event.n), events[index - 1]);
      if (choice) found.push({ is: "chose", key, choice, n: event.n });
      steps.set(event.n, event.step);
    }
    if (event.kind !== "message") return;
    const before = events[index - 1];
    // The form asks the same.
    if (before?.kind === "handoff" && before.step === "needs_email" && before.at === event.at) return;
    const { author, notice, text } = event;
    const at = Date.parse(event.at);
    if (author.kind === "visitor") bubble("me", "", at, { key: event.client_id ?? key, text, event });
    else if (author.kind === "teammate") bubble("team", author.name ?? "", at, { key, text, event });
    else if (author.kind === "agent" || notice === "greeting" || notice === "custom") bubble("ai", "", at, { key, text, event });
    else if (notice === "joined" || notice === "handback") found.push({ is: "knot", key, text, back: notice === "handback" });
    else if (CARDS.test(notice ?? "")) found.push({ is: "card", key, notice: notice!, text, links: event.links });
    else if (notice !== "disclosure") found.push({ is: "line", key, text });
  });
  for (const out of outbox) bubble("me", "", out.at, { key: out.id, text: out.text, out });
  return found;
}

/** A pressed button leaves a line; a typed yes, or a wish for a person, stands in the log already. */
function choiceOf(event: Handoff, before: string | undefined, previous: Event | undefined): "yes" | "no" | null {
  if (before !== "offered") return null;
  const typed = previous?.kind === "message" && previous.at === event.at;
  return typed ? null : event.step === "declined" ? "no" : "yes";
}

/** The text of a status card: what happened, what follows, and what stands on a line of its own. */
export function cardOf(notice: string, text: string): { title: string; body: string; extra: string } {
  const sentences = text.match(/.+?(?:[.!?](?=\s+\p{Lu})|$)/gsu)?.map((each) => each.trim()) ?? [text];
  const titles = notice === "ticket" && sentences.length > 2 ? 2 : 1;
  const own = sentences.length > titles && /^[^.!?@]+: \S/.test(sentences.at(-1)!) ? sentences.pop()! : "";
  return { title: sentences.slice(0, titles).join(" "), body: sentences.slice(titles).join(" "), extra: own };
}
