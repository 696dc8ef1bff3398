// Lucide (ISC), chosen ones; a few with plainer corners, which nobody sees at this size.
const PATHS = {
  close: "M18 6 6 18M6 6l12 12",
  send: "m5 12 7-7 7 7M12 19V5",
  check: "M20 6 9 17l-5-5",
  person: "M12 13a5 5 0 1 0 0-10 5 5 0 0 0 0 10M20 21a8 8 0 0 0-16 0",
  people: "M10 13a5 5 0 1 0 0-10 5 5 0 0 0 0 10M18 21a8 8 0 0 0-16 0M22 20c0-3-2-6-4-8a5 5 0 0 0 0-8",
  file: "M15 2H4v20h16V7ZM8 9h2M8 13h8M8 17h8",
  moon: "M12 3a6 6 0 0 0 9 9 9 9 0 1 1-9-9Z",
  clock: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M12 6v6l4 2",
  mail: "M22 13V4H2v16h10M22 7l-10 6L2 7M16 19l2 2 4-4",
  alert: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M12 8v4M12 16h.01",
  out: "M7 7h10v10M7 17 17 7",
  fresh: "M7.9 20A9 9 0 1 0 4 16.1L2 22ZM8 12h8M12 8v8",
  ai: "M12 2q1 9 10 10-9 1-10 10-1-9-10-10 9-1 10-10Z",
  yes: "M7 10v12M15 6l-1 4h6a2 2 0 0 1 2 3l-2 9H2V10h5l5-8a3 3 0 0 1 3 4Z",
  down: "M12 5v14M19 12l-7 7-7-7",
};

export function Icon({ of }: { of: keyof typeof PATHS | "no" }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[of === "no" ? "yes" : of]} transform={of === "no" ? "rotate(180 12 12)" : undefined} />
    </svg>
  );
}
