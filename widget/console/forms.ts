// Forms with data-guard: leaving with changes asks, and what was typed survives a way to another page and back.

const form = document.querySelector<HTMLFormElement>("form[data-guard]");

if (form) {
  const key = `warmline:${location.pathname}`;
  const noted = (): string => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrf" && !name.startsWith("pv.")));
  const before = noted();
  let leaving = false;
  const changed = (): boolean => !leaving && noted() !== before;

  addEventListener("beforeunload", (event) => {
    if (changed()) event.preventDefault();
  });
  form.addEventListener("submit", () => (leaving = true));

  document.addEventListener("click", ({ target }) => {
    const link = (target as Element).closest<HTMLAnchorElement>("a[data-discard], form[data-guard] a[href*='back=']");
    if (!link) return;
    leaving = true;
    // A secret is never kept in the browser: password fields stay out.
    if (!link.matches("[data-discard]") && noted() !== before) keep();
  });

  function keep(): void {
    const secrets = new Set([...form!.querySelectorAll<HTMLInputElement>("input[type=password]")].map((field) => field.name));
    const pairs = [...new FormData(form!)].filter(([name]) => name !== "csrf" && name !== "seen" && !secrets.has(name));
    try {
      sessionStorage.setItem(key, JSON.stringify(pairs));
    } catch {
      // storage is off: then the way there and back begins anew
    }
  }

  function restore(): void {
    let pairs: [string, string][];
    try {
      pairs = JSON.parse(sessionStorage.getItem(key) ?? "[]") as [string, string][];
      sessionStorage.removeItem(key);
    } catch {
      return;
    }
    if (!pairs.length || !new URLSearchParams(location.search).has("helpdesk")) return;
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

  restore();
}
