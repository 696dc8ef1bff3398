// What the widget API answers with (DESIGN.md section 5), as far as the widget reads it.

export type Owner = "agent" | "queue" | "teammate" | "helpdesk";
export type Step = "offered" | "needs_email" | "owed" | "delivered" | "stuck" | "declined";

export interface State {
  owner: Owner;
  step: Step | null;
  handoff: number | null;
  reply: "chat" | "email" | "message";
  /** A teammate can answer in the chat now. `chat` without it: on this page, later. */
  live?: boolean;
  open: boolean;
  /** The address that is asked for may be left out. */
  skip?: boolean;
  teammate?: string | null;
  email?: string;
  ticket?: { helpdesk: string; reference: string };
}

export interface Site {
  name: string;
  locale: string;
  person: boolean;
  reply: State["reply"];
  greeting: string;
  disclosure: string;
  starters: string[];
  open: boolean;
  privacy_url?: string;
  next_opening?: string;
}

interface Happened {
  seq: number;
  at: string;
}

export interface Message extends Happened {
  kind: "message";
  author: { kind: "visitor" | "agent" | "teammate" | "system"; name: string | null };
  text: string;
  sources?: { title: string | null; url: string | null }[];
  links?: { label: string; url: string }[];
  choices?: { label: string; text: string }[];
  reply_to?: number;
  client_id?: string;
  notice?: string;
}

export interface Handoff extends Happened {
  kind: "handoff";
  n: number;
  step: Step;
}

export interface Owned extends Happened {
  kind: "owner";
  owner: Owner;
  name?: string;
}

export interface Closed extends Happened {
  kind: "closed";
  by: string;
}

export type Event = Message | Handoff | Owned | Closed;

/** Public events after a cursor, and the state that goes with them. `prev` is the last public seq before them. */
export interface Window {
  events: Event[];
  cursor: number;
  prev: number;
  more: boolean;
  state: State;
}

export interface Opened {
  conversation: { id: string };
  state: State;
  token: string;
  cursor: number;
}
