// Forms with data-guard: leaving with changes asks, and what was typed survives a way to another page and back, a line
// that breaks, and a server that starts again.

type Pairs = [string, string][];

const form = document.querySelector<HTMLFormElement>("form[data-guard]");

if (form) {
  const key = `warmline:${location.pathname}`;
  const unsent = "warmline-unsent";
  const here = location.pathname + location.search;
  const noted = (): string => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrf" && !name.startsWith("pv.")));
  const before = noted();
  let leaving = false;
  let sure = false;
  const changed = (): boolean => !leaving && noted() !== before;

  addEventListener("beforeunload", (event) => {
    if (changed()) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    const by = event.submitter;
    if (sure || by?.hasAttribute("formaction")) {
      leaving = true;
      return;
    }
    // Without a server the browser would show a page of its own, and this one with all that was typed would be gone.
    event.preventDefault();
    void answers().then((there) => {
      if (!there) return say("failed");
      sure = true;
      keep(unsent);
      form.requestSubmit(by);
    });
  });
  // Shown again from the browser's memory, after a failure: it may be sent again. Not at the first showing, which may
  // come late, while Save was clicked already: the browser would ask whether to leave.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) sure = leaving = false;
  });

  document.addEventListener("click", ({ target }) => {
    const link = (target as Element).closest<HTMLAnchorElement>("a[data-discard], form[data-guard] a[href*='back=']");
    if (!link) return;
    leaving = true;
    if (!link.matches("[data-discard]") && noted() !== before) keep(key);
  });

  async function answers(): Promise<boolean> {
    try {
      return (await fetch("/console/static/logo.svg", { cache: "no-store", signal: AbortSignal.timeout(8000) })).ok;
    } catch {
      return false;
    }
  }

  function say(what: string): void {
    document.dispatchEvent(new CustomEvent("warmline:say", { detail: `say-${what}` }));
  }

  // A secret is never kept in the browser: password fields stay out. What was sent keeps the mark of what its writer
  // saw, so that it does not replace unseen what somebody else saved meanwhile.
  function keep(name: string): void {
    const out = new Set([...form!.querySelectorAll<HTMLInputElement>("input[type=password], [name^='held.']")].map((field) => field.name));
    out.add("csrf");
    if (name !== unsent) out.add("seen");
    const pairs = [...new FormData(form!)].filter(([field]) => !out.has(field)) as Pairs;
    try {
      sessionStorage.setItem(name, JSON.stringify({ path: here, pairs }));
    } catch {
      // storage is off: then the way there and back begins anew
    }
  }

  function taken(name: string): Pairs | null {
    try {
      const kept = JSON.parse(sessionStorage.getItem(name) ?? "null") as { path: string; pairs: Pairs } | null;
      if (!kept || (name === unsent && kept.path !== here)) return null;
      sessionStorage.removeItem(name);
      return kept.pairs;
    } catch {
      return null;
    }
  }

  function fill(pairs: Pairs): void {
    const typed = new Map(pairs);
    for (const field of form!.elements) {
      if (field instanceof HTMLInputElement && (field.type === "radio" || field.type === "checkbox")) {
        field.checked = typed.get(field.name) === field.value;
      } else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) {
        if (typed.has(field.name)) field.value = typed.get(field.name)!;
      }
    }
    form!.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const there = taken(key);
  if (there && new URLSearchParams(location.search).has("helpdesk")) fill(there);

  // Sent, and neither saved nor shown again by the server (shell.ts would have seen that): it failed on the way.
  const lost = taken(unsent);
  if (lost) {
    fill(lost);
    say("again");
  }
}
