// What a teammate writes: kept in drafts, shown at once, never sent twice, never lost.

const DRAFT = "warmline-draft-";
const TYPING_EVERY = 2500;
const TYPING_SHOWN = 5000;

function recall(key: string): string {
  try {
    return sessionStorage.getItem(DRAFT + key) ?? "";
  } catch {
    return "";
  }
}

function keep(key: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(DRAFT + key, text);
    else sessionStorage.removeItem(DRAFT + key);
  } catch {
    // Storage is off: the field itself still holds the text.
  }
}

type Go = (action: string, body: FormData) => Promise<void>;

interface Unsent {
  id: string;
  about: string;
  draft: string;
  action: string;
  pairs: [string, string][];
}

// What was sent and not yet taken: it stands again after the page is loaded anew, under the same id.
function unsent(): Unsent[] {
  try {
    return JSON.parse(recall("unsent") || "[]") as Unsent[];
  } catch {
    return [];
  }
}

const remember = (sent: Unsent[]): void => keep("unsent", sent.length ? JSON.stringify(sent) : "");
const forget = (id: string): void => remember(unsent().filter((each) => each.id !== id));
const textOf = (sent: Unsent): string => new Map(sent.pairs).get("text") ?? "";
const isShown = (id: string): boolean => Boolean(document.querySelector(`[data-client="${CSS.escape(id)}"]`));

const areas = (): HTMLTextAreaElement[] => [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-draft]")];
const freshId = (): string => crypto.randomUUID?.() ?? `c${Date.now()}-${Math.random().toString(36).slice(2, 12)}`;

export interface Composer {
  say(form: HTMLFormElement, body: FormData, go: Go): Promise<void>;
  resume(go: Go): void;
  settle(page: Document): void;
  typing(): void;
  lost(gone: boolean): void;
  focus(form: HTMLFormElement): void;
}

export function composer(root: HTMLElement): Composer {
  let told = 0;
  let hush = 0;
  restore();
  const log = document.getElementById("log");
  if (log) log.scrollTop = log.scrollHeight;

  root.addEventListener("input", (event) => {
    const area = event.target as HTMLTextAreaElement;
    if (!area.dataset?.draft) return;
    keep(area.dataset.draft, area.value);
    if (area.dataset.draft.startsWith("reply-") && Date.now() - told > TYPING_EVERY) {
      told = Date.now();
      tell(area.form);
    }
  });
  root.addEventListener("keydown", (event) => {
    const area = event.target as HTMLTextAreaElement;
    if (area.dataset?.draft && event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      area.form?.requestSubmit(area.form.querySelector<HTMLButtonElement>("[data-send]"));
    }
  });

  function restore(): void {
    for (const area of areas()) if (!area.value && area.dataset.draft) area.value = recall(area.dataset.draft);
  }

  function tell(form: HTMLFormElement | null): void {
    if (!form) return;
    const body = new URLSearchParams({ csrf: String(new FormData(form).get("csrf") ?? "") });
    void fetch(`/inbox/${root.dataset.id}/typing`, { method: "POST", body }).catch(() => undefined);
  }

  // The bubble stands at once. Failed: it stays with "Try again", under the same id, so that nothing is said twice.
  async function say(form: HTMLFormElement, body: FormData, go: Go): Promise<void> {
    const area = form.querySelector("textarea")!;
    if (!body.get("client_id")) body.set("client_id", freshId());
    const pairs = [...body].filter(([name]) => name !== "csrf") as [string, string][];
    const sent = { id: String(body.get("client_id")), about: root.dataset.id ?? "", draft: area.dataset.draft ?? "", action: form.action, pairs };
    remember([...unsent(), sent]);
    area.value = "";
    keep(sent.draft, "");
    area.focus();
    await attempt(sent, pending(sent), go);
  }

  async function attempt(sent: Unsent, bubble: Pending, go: Go): Promise<void> {
    bubble.state(root.dataset.sending ?? "");
    const body = new FormData();
    for (const [name, value] of sent.pairs) body.set(name, value);
    body.set("csrf", document.querySelector<HTMLInputElement>("#foot [name=csrf]")?.value ?? "");
    try {
      await go(sent.action, body);
      bubble.node.remove();
      forget(sent.id);
      lost(false);
      giveBack(sent);
    } catch {
      fail(sent, bubble, go);
    }
  }

  function fail(sent: Unsent, bubble: Pending, go: Go): void {
    bubble.fail(root.dataset.failed ?? "", root.dataset.again ?? "", () => void attempt(sent, bubble, go));
  }

  // Refused, and the page says why: the words go back to where they were written.
  function giveBack(sent: Unsent): void {
    const area = document.querySelector<HTMLTextAreaElement>(`textarea[data-draft="${sent.draft}"]`);
    if (!document.getElementById("foot-error") || area?.value) return;
    const text = textOf(sent);
    keep(sent.draft, text);
    if (!area) return;
    area.value = text;
    area.focus();
  }

  function resume(go: Go): void {
    for (const sent of unsent().filter((each) => each.about === root.dataset.id)) {
      if (isShown(sent.id)) forget(sent.id);
      else fail(sent, pending(sent), go);
    }
  }

  // The answer to a message was lost, and the message stands in the thread all the same.
  function settlePending(): void {
    for (const node of document.querySelectorAll<HTMLElement>(".is-pending.is-failed")) {
      const id = node.dataset.key?.slice(2) ?? "";
      if (!isShown(id)) continue;
      node.remove();
      forget(id);
    }
  }

  function pending(sent: Unsent): Pending {
    const node = document.createElement("div");
    node.className = "line half-team is-pending";
    node.dataset.key = `p-${sent.id}`;
    const rail = node.appendChild(document.createElement("span"));
    rail.className = "spine";
    const body = node.appendChild(document.createElement("div"));
    body.className = "line-body";
    const who = body.appendChild(document.createElement("p"));
    who.className = "line-top";
    who.appendChild(document.createElement("strong")).textContent = root.dataset.you ?? "";
    const said = body.appendChild(document.createElement("p"));
    said.className = "said";
    said.textContent = textOf(sent);
    const state = body.appendChild(document.createElement("p"));
    state.className = "send-state";
    log?.appendChild(node);
    if (log) log.scrollTop = log.scrollHeight;
    return {
      node,
      state: (words) => {
        node.classList.remove("is-failed");
        state.textContent = words;
      },
      fail: (words, again, retry) => {
        node.classList.add("is-failed");
        state.textContent = `${words} `;
        const button = state.appendChild(document.createElement("button"));
        button.type = "button";
        button.className = "link-button";
        button.textContent = again;
        button.addEventListener("click", retry, { once: true });
      },
    };
  }

  // The foot changes only when its state did; what was typed goes along.
  function settle(page: Document): void {
    settlePending();
    const here = document.getElementById("foot");
    const there = page.getElementById("foot");
    if (!here || !there) return;
    const wrong = page.getElementById("foot-error");
    document.getElementById("foot-error")?.remove();
    if (here.dataset.state === there.dataset.state) {
      const way = page.getElementById("way");
      const shown = document.getElementById("way");
      if (way && shown && way.textContent !== shown.textContent) shown.replaceWith(document.adoptNode(way));
      if (wrong) here.prepend(document.adoptNode(wrong));
      return;
    }
    const typed = new Map(areas().map((area) => [area.dataset.draft, area.value]));
    const focused = document.activeElement instanceof HTMLElement && here.contains(document.activeElement);
    here.replaceWith(document.adoptNode(there));
    for (const area of areas()) area.value = typed.get(area.dataset.draft) || area.value || recall(area.dataset.draft ?? "");
    if (focused) document.querySelector<HTMLElement>("#reply-text, #note-text")?.focus();
  }

  function typing(): void {
    const line = document.getElementById("typing");
    if (!line) return;
    if (!line.textContent) line.textContent = root.dataset.typing ?? "";
    clearTimeout(hush);
    hush = window.setTimeout(() => (line.textContent = ""), TYPING_SHOWN);
  }

  function lost(gone: boolean): void {
    const line = document.getElementById("lost");
    if (!line) return;
    line.hidden = !gone;
    line.querySelector("span")!.textContent = gone ? (root.dataset.lost ?? "") : "";
  }

  return { say, resume, settle, typing, lost, focus: (form) => form.querySelector("textarea")?.focus() };
}

interface Pending {
  node: HTMLElement;
  state(words: string): void;
  fail(words: string, again: string, retry: () => void): void;
}
