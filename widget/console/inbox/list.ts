// The list: rows never move under the pointer. What is new waits behind "2 new"; what left stays, faint, until then.

export interface Rows {
  take(page: Document): void;
}

export function list(root: HTMLElement, ring: () => void): Rows {
  const bar = document.getElementById("new-bar") as HTMLButtonElement | null;
  const count = document.getElementById("new-count");
  let waiting = Number(root.dataset.waiting ?? 0);
  let latest: Element | null = null;

  bar?.addEventListener("click", () => {
    if (latest) show(latest);
    (document.querySelector(".talk-name") as HTMLElement | null)?.focus();
  });

  function show(fresh: Element): void {
    document.getElementById("list")?.replaceWith(document.adoptNode(fresh));
    latest = null;
    if (bar) bar.hidden = true;
  }

  function take(page: Document): void {
    const there = page.getElementById("list");
    const here = document.getElementById("list");
    const now = Number(page.getElementById("inbox")?.dataset.waiting ?? 0);
    if (now > waiting) ring();
    waiting = now;
    if (!there || !here) return;
    const old = rowsOf(here);
    const fresh = rowsOf(there);
    const added = [...fresh.keys()].filter((key) => !old.has(key)).length;
    const busy = here.matches(":hover") || here.contains(document.activeElement);
    // An empty list has nothing that could move away from anybody.
    if (!old.size || (!busy && !added)) return show(there);
    for (const [key, row] of old) update(row, fresh.get(key));
    latest = there;
    if (bar && count) {
      bar.hidden = !added;
      count.textContent = (root.dataset.newOne ?? "").replace("{n}", String(added));
    }
  }

  return { take };
}

function rowsOf(list: Element): Map<string, HTMLElement> {
  return new Map([...list.querySelectorAll<HTMLElement>("[data-row]")].map((row) => [row.dataset.row ?? "", row]));
}

function update(row: HTMLElement, fresh: HTMLElement | undefined): void {
  row.classList.toggle("is-gone", !fresh);
  if (!fresh?.querySelector(".talk-accept")) row.querySelector(".talk-accept")?.remove();
  if (!fresh) return;
  for (const part of [".talk-line", ".talk-foot", ".talk-top time"]) {
    const here = row.querySelector(part);
    const there = fresh.querySelector(part);
    if (here && there && here.textContent !== there.textContent) here.replaceWith(document.adoptNode(there.cloneNode(true)));
  }
  const dot = row.querySelector(".avatar .dot");
  const now = fresh.querySelector(".avatar .dot");
  if (dot && now) dot.className = now.className;
}
