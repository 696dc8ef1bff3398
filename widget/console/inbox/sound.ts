// A sound when somebody begins to wait: off until this person wants it, remembered in this browser.

const KEY = "warmline-sound";

export function sound(): () => void {
  const button = document.getElementById("sound") as HTMLButtonElement | null;
  let on = recall();
  let context: AudioContext | null = null;
  const show = (): void => button?.setAttribute("aria-pressed", String(on));
  show();
  button?.addEventListener("click", () => {
    on = !on;
    show();
    try {
      localStorage.setItem(KEY, on ? "1" : "");
    } catch {
      // It is remembered until the page is left.
    }
    if (on) ring();
  });

  function ring(): void {
    if (!on) return;
    try {
      context ??= new AudioContext();
      const at = context.currentTime;
      for (const [pitch, after] of [[660, 0], [880, 0.14]] as const) tone(context, pitch, at + after);
    } catch {
      // No sound device.
    }
  }
  return ring;
}

function tone(context: AudioContext, pitch: number, at: number): void {
  const voice = context.createOscillator();
  const loud = context.createGain();
  voice.frequency.value = pitch;
  loud.gain.setValueAtTime(0.0001, at);
  loud.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
  loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
  voice.connect(loud).connect(context.destination);
  voice.start(at);
  voice.stop(at + 0.32);
}

function recall(): boolean {
  try {
    return localStorage.getItem(KEY) === "1";
  } catch {
    return false;
  }
}
