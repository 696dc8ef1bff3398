// On every page: menus that close, copying, and toasts for what failed in the background. Pages work without it.

const words = (id: string): string => (document.getElementById(id) as HTMLTemplateElement | null)?.content.textContent ?? "";

export function toast(text: string, link?: string): void {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const note = document.createElement("div");
  note.className = "toast";
  note.append(text);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.target = "_blank";
    anchor.textContent = "↗";
    anchor.setAttribute("aria-label", text);
    note.append(" ", anchor);
  }
  place.replaceChildren(note);
  setTimeout(() => note.remove(), 10_000);
}

const openMenus = (): HTMLDetailsElement[] => [...document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")];

document.addEventListener("click", ({ target }) => {
  for (const menu of openMenus()) if (!menu.contains(target as Node)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

document.addEventListener("click", async ({ target }) => {
  const button = (target as Element).closest<HTMLElement>("[data-copy]");
  const source = button?.parentElement?.querySelector<HTMLInputElement>("[data-copy-source]");
  if (!button || !source) return;
  source.select();
  await navigator.clipboard.writeText(source.value);
  button.classList.add("done");
});

if (navigator.clipboard) for (const button of document.querySelectorAll<HTMLElement>("[data-copy]")) button.hidden = false;

// On a phone the open page of Settings may stand beyond the bar's end. The page itself stays where it is.
const bar = document.querySelector(".places-bar");
const open = bar?.querySelector("[aria-current]");
if (bar && open) {
  const [at, all] = [open.getBoundingClientRect(), bar.getBoundingClientRect()];
  bar.scrollLeft += at.left + at.width / 2 - all.left - all.width / 2;
}

document.addEventListener("warmline:signed-out", () => toast(words("say-signed-out"), "/sign-in"));
for (const name of ["htmx:error", "htmx:sse:error"]) document.addEventListener(name, () => toast(words("say-failed")));
document.addEventListener("htmx:response:error", (event) => {
  const status = (event as CustomEvent<{ ctx?: { response?: { status?: number } } }>).detail?.ctx?.response?.status;
  if (status !== 401) toast(words("say-failed"));
});

document.addEventListener("warmline:say", (event) => toast(words((event as CustomEvent<string>).detail)));

// Saved, or shown again with what was typed: a form that was sent is not kept any longer (forms.ts).
if (document.querySelector(".flash, [data-sent]")) {
  try {
    sessionStorage.removeItem("warmline-unsent");
  } catch {
    // storage is off: nothing was kept
  }
}

document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
