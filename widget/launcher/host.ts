import type { Panel } from "../panel/index";

/** What the launcher hands to the panel, and takes from it. Old launchers meet newer panels: only ever add to it. */
export interface Host {
  site: string;
  base: string;
  lang: string;
  dir: "ltr" | "rtl";
  root: ShadowRoot;
  button: HTMLButtonElement | null;
  element: HTMLElement;
  resume: string;
  identity: string;
  page: { url: string; title: string } | null;
  emit(name: string, detail?: unknown): void;
  /** The panel came or went. */
  shown(open: boolean): void;
  label(text: string, count: number): void;
  /** A page that may not use this chat: take it away. */
  remove(): void;
}

export type Load = () => Promise<{ start(host: Host): Panel }>;

export function adopt(root: ShadowRoot, css: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    const style = document.createElement("style");
    style.textContent = css;
    root.append(style);
  }
}
