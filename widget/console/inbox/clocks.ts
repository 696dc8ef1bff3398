// Waiting times count on between two readings of the page.

export function clocks(): void {
  const tick = (): void => {
    for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-since]")) {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time.dataset.since ?? "")) / 1000));
      if (seconds < 3600) time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
  };
  setInterval(tick, 1000);
}
