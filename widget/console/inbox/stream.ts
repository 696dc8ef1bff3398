// One stream a page. It opens again by itself, sooner when the browser is back, and says when it is gone for long.

const SAY_AFTER = 3000;
const MOST = 30_000;

interface Hears {
  changed(): void;
  typing(): void;
  lost(gone: boolean): void;
  signedOut(): void;
}

export function stream(root: HTMLElement, hears: Hears): void {
  let tries = 0;
  let source: EventSource | null = null;
  let later = 0;
  let silence = 0;
  const url = `/inbox/stream${root.dataset.id ? `?id=${encodeURIComponent(root.dataset.id)}` : ""}`;

  function open(): void {
    clearTimeout(later);
    source?.close();
    source = new EventSource(url);
    source.addEventListener("open", () => {
      tries = 0;
      clearTimeout(silence);
      silence = 0;
      hears.lost(false);
    });
    // The first hint comes at once: after a gap the page reads what it missed.
    source.addEventListener("changed", () => hears.changed());
    source.addEventListener("typing", () => hears.typing());
    source.addEventListener("signed-out", () => hears.signedOut());
    source.addEventListener("bye", () => again());
    source.addEventListener("error", () => again());
  }

  function again(): void {
    source?.close();
    if (!silence) silence = window.setTimeout(() => hears.lost(true), SAY_AFTER);
    clearTimeout(later);
    later = window.setTimeout(open, Math.min(MOST, 1000 * 2 ** tries++) * (0.5 + Math.random() / 2));
  }

  addEventListener("online", open);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && source?.readyState === EventSource.CLOSED) open();
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
