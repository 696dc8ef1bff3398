import { launch } from "./launcher";

const source = document.currentScript as HTMLScriptElement | null;
let tries = 0;

// A module that failed to load stays failed under its address: the next try gets another one.
launch(() => import(new URL(`/widget/${PANEL}${tries++ ? `?${tries}` : ""}`, source?.src ?? location.href).href));
