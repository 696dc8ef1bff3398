// Shortcuts: J and K through the list, A accept, R reply, N note, E close. Never while somebody types.

export function keys(root: HTMLElement): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = event.target as HTMLElement;
    if (at.closest("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") at.blur();
      return;
    }
    const act = ACTIONS[event.key.toLowerCase()];
    if (act && act(root)) event.preventDefault();
  });
}

const ACTIONS: Record<string, (root: HTMLElement) => boolean> = {
  j: () => step(1),
  k: () => step(-1),
  a: (root) => press("a", root),
  r: () => open("tab-reply"),
  n: () => open("tab-note"),
  e: () => {
    const menu = document.getElementById("close-menu");
    menu?.setAttribute("open", "");
    menu?.querySelector<HTMLElement>(".menu-item")?.focus();
    return Boolean(menu);
  },
};

function step(by: number): boolean {
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".talk-name")];
  const focused = links.indexOf(document.activeElement as HTMLAnchorElement);
  const here = focused >= 0 ? focused : links.findIndex((link) => link.getAttribute("aria-current") === "true");
  const next = links[Math.max(0, Math.min(links.length - 1, here + by))];
  next?.focus();
  return Boolean(next);
}

// What is open is meant, and nothing else. With nothing open it is the row that has the focus, else the list's first.
function press(key: string, root: HTMLElement): boolean {
  const meant = root.dataset.id ? root.querySelector(".thread") : (document.activeElement?.closest("[data-row]") ?? root.querySelector(".inbox-list"));
  const button = [...(meant?.querySelectorAll<HTMLButtonElement>(`button[data-key=${key}]`) ?? [])].find((each) => each.offsetParent);
  button?.click();
  return Boolean(button);
}

function open(id: string): boolean {
  const tab = document.getElementById(id);
  tab?.setAttribute("open", "");
  tab?.querySelector("textarea")?.focus();
  return Boolean(tab);
}
