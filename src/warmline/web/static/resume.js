// The page behind the link of a mail: shows the conversation, lets the shopper go on, and follows by long poll.
// Whatever anybody wrote becomes text nodes only.
"use strict";

const WORDS = {
  en: {
    title: "Your conversation", label: "Message", send: "Send", you: "You", agent: "AI assistant", team: "Team",
    loading: "Loading your conversation…", none: "Open this page by the link in our e-mail.",
    expired: "This link has expired or was used on too many devices. Start a new chat on the shop's page.",
    closed: "This conversation is closed. Start a new chat on the shop's page.",
    failed: "Not sent. Your text is still here: try again.", offline: "No connection. Trying again…",
    slow: "That's a lot of messages at once. Try again in a moment.",
  },
  pl: {
    title: "Twoja rozmowa", label: "Wiadomość", send: "Wyślij", you: "Ty", agent: "Asystent AI", team: "Zespół",
    loading: "Wczytywanie rozmowy…", none: "Otwórz tę stronę linkiem z naszego e-maila.",
    expired: "Ten link wygasł albo użyto go na zbyt wielu urządzeniach. Zacznij nową rozmowę na stronie sklepu.",
    closed: "Ta rozmowa jest zakończona. Zacznij nową rozmowę na stronie sklepu.",
    failed: "Nie wysłano. Tekst został w polu: spróbuj ponownie.", offline: "Brak połączenia. Próbujemy ponownie…",
    slow: "To dużo wiadomości naraz. Spróbuj za chwilę.",
  },
};
const lang = (navigator.languages || [navigator.language]).map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) || "en";
const say = WORDS[lang];
const find = (id) => document.getElementById(id);
const log = find("log"), status = find("status"), form = find("form"), field = find("text"), send = find("send");
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const KEPT = "warmline-resume";

let chat = null; // {id, token}
let cursor = 0;
let draft = null; // {client_id, text}: the same id as long as the text is the same, so that a repeat is one message

function show(words) {
  status.textContent = words;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function call(path, body, token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  if (body) headers["Content-Type"] = "application/json";
  const how = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store" };
  const answer = await fetch(`/api/widget/${path}`, { ...how, credentials: "omit", referrerPolicy: "no-referrer" });
  return { status: answer.status, body: await answer.json().catch(() => ({})) };
}

const mine = (path, body) => call(`conversations/${encodeURIComponent(chat.id)}/${path}`, body, chat.token);

function linked(items, text) {
  const list = element("ul");
  for (const item of items) {
    const line = element("li");
    const safe = /^https?:\/\//i.test(item.url || "");
    const shown = element(safe ? "a" : "span", text(item));
    if (safe) Object.assign(shown, { href: item.url, rel: "noopener noreferrer", target: "_blank" });
    line.append(shown);
    list.append(line);
  }
  return list;
}

function add(event) {
  if (event.kind !== "message") return;
  const { kind, name } = event.author;
  const bubble = element("article", "", kind);
  const who = { visitor: say.you, agent: say.agent, teammate: name || say.team }[kind];
  if (who) bubble.append(element("span", who, "who"));
  bubble.append(element("p", event.text));
  if (event.sources) bubble.append(linked(event.sources, (source) => source.title));
  if (event.links) bubble.append(linked(event.links, (link) => link.label));
  const at = new Date(event.at);
  const time = element("time", at.toLocaleString(lang, { dateStyle: "medium", timeStyle: "short" }));
  time.dateTime = event.at;
  bubble.append(time);
  log.append(bubble);
}

function take(found) {
  const atEnd = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 80;
  found.events.forEach(add);
  log.removeAttribute("aria-busy"); // the history is not read out, what comes after it is
  cursor = found.cursor;
  form.hidden = !found.state.open;
  show(found.state.open ? "" : say.closed);
  if (found.events.length && atEnd) window.scrollTo(0, document.documentElement.scrollHeight);
}

// An expired token may be renewed; when even that fails the page has nothing more to show.
async function renewed() {
  const answer = await mine("token", {});
  if (answer.status !== 200) return false;
  keep({ ...chat, token: answer.body.token });
  return true;
}

async function follow() {
  for (let failures = 0, first = true; ; first = false) {
    try {
      const answer = await mine(`events?after=${cursor}&wait=${first ? 0 : 25}`);
      if (answer.status === 401 && (await renewed())) continue;
      if ([401, 403, 404].includes(answer.status)) return end(say.expired);
      if (answer.status !== 200) throw new Error(String(answer.status));
      failures = 0;
      take(answer.body);
      if (!answer.body.state.open && !answer.body.more) await pause(30);
    } catch {
      failures += 1;
      show(say.offline);
      await pause(Math.min(30, 2 ** failures) * (0.5 + Math.random() / 2));
    }
  }
}

async function post(event) {
  event.preventDefault();
  const text = field.value;
  if (!text.trim() || send.disabled) return;
  if (!draft || draft.text !== text) draft = { client_id: crypto.getRandomValues(new Uint32Array(4)).join("-"), text };
  send.disabled = true;
  try {
    let answer = await mine("messages", draft);
    if (answer.status === 401 && (await renewed())) answer = await mine("messages", draft);
    if (answer.status === 429) return show(say.slow);
    if (answer.status === 409 && answer.body.code === "closed") return show(say.closed);
    if (answer.status > 201) return show(answer.body.detail || say.failed);
    draft = null;
    field.value = "";
  } catch {
    show(say.failed);
  } finally {
    send.disabled = false;
    field.focus();
  }
}

// A reload of this tab goes on; the link itself is used once for each device.
function keep(opened) {
  chat = opened;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(chat));
  } catch {
    // Private windows may refuse: then a reload needs the link again.
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

function end(words) {
  form.hidden = true;
  show(words);
}

async function opened(link) {
  for (;;) {
    const answer = await call("resume", { link }).catch(() => null);
    if (answer && answer.status < 500) return answer;
    show(say.offline);
    await pause(3);
  }
}

async function start() {
  document.documentElement.lang = lang;
  document.title = find("title").textContent = say.title;
  find("label").textContent = say.label;
  send.textContent = say.send;
  const link = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  form.addEventListener("submit", post);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) post(event);
  });
  show(say.loading);
  if (link) {
    const answer = await opened(link);
    if (answer.status !== 200) return end(say.expired);
    keep({ id: answer.body.conversation.id, token: answer.body.token });
  } else if (!(chat = kept())) {
    return end(say.none);
  }
  await follow();
}

start();
