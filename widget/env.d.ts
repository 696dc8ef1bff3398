declare module "*.css" {
  const text: string;
  export default text;
}
/** Filled in by build.mjs. */
declare const LABELS: Record<string, [label: string, dir: "ltr" | "rtl", sorry: string]>;
declare const LOCALES: Record<string, string>;
declare const WORDS: Record<string, import("./core/words").Dictionary> | null;
declare const PANEL: string;
