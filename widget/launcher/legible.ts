const CARD = "light-dark(#fff,#181f1d)";
const TEXT = "light-dark(#17211e,#e8efec)";
const ENOUGH = 4.5;

/** The shop's accent is text on the card, and its on-accent text on the accent: a pair that cannot be read gives way. */
export function legible(element: HTMLElement, root: ShadowRoot): void {
  const { style } = element;
  style.removeProperty("--c-acc");
  style.removeProperty("--c-on");
  const probe = document.createElement("i");
  root.append(probe);
  const light = (colour: string): number => {
    // Mixed, a colour of any notation is read back as `color(srgb r g b)`; a browser that cannot mix leaves all as it is.
    probe.style.color = `color-mix(in srgb,${colour},${colour})`;
    // Without the straight piece near black of sRGB's curve: it is 0.0008 at most.
    const [r, g, b] = (getComputedStyle(probe).color.split("srgb ")[1] ?? "").split(" ").map((part) => ((parseFloat(part) + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! + 0.05;
  };
  const poor = (one: string, other: string): boolean => {
    const ratio = light(one) / light(other);
    return Math.max(ratio, 1 / ratio) < ENOUGH;
  };
  for (let share = 80; poor("var(--c-acc)", CARD) && share >= 0; share -= 20) {
    style.setProperty("--c-acc", `color-mix(in srgb,var(--warmline-accent) ${share}%,${TEXT})`);
  }
  for (const on of ["#fff", "#06231d"]) if (poor("var(--c-on)", "var(--c-acc)")) style.setProperty("--c-on", on);
  probe.remove();
}
