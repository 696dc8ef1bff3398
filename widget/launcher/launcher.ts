import type { Panel } from "../panel/index";
import { languageOf } from "../core/words";
import { adopt, type Host, type Load } from "./host";
import css from "./launcher.css";
import { legible } from "./legible";

type Queue = ((...args: unknown[]) => void) & { q?: ArrayLike<unknown>[]; on_?: boolean };
declare global {
  interface Window {
    warmline?: Queue;
  }
}

const ICON = "M7.9 20A9 9 0 1 0 4 16.1L2 22Z";
const RESUME = /[#&]warmline-resume=([\w-]+)/;

/** Nothing of ours may stop the shop's page. */
function safely<A extends unknown[]>(work: (...args: A) => unknown): (...args: A) => void {
  return (...args) => {
    try {
      const made = work(...args);
      if (made instanceof Promise) made.catch(report);
    } catch (error) {
      report(error);
    }
  };
}

function report(error: unknown): void {
  console.info("Warmline:", error);
}

export function launch(load: Load): void {
  safely(() => {
    const script = (document.currentScript ?? document.querySelector("script[data-site][src*='/widget.']")) as HTMLScriptElement | null;
    // Pasted twice, it runs once.
    if (!script || window.warmline?.on_ || customElements.get("warmline-chat")) return;
    const start = safely(() => new Launcher(script.dataset, new URL(script.src).origin, load));
    if (document.body) start();
    else addEventListener("DOMContentLoaded", start);
  })();
}

class Launcher {
  private host_: Host;
  private panel_: Panel | null = null;
  private loading_: Promise<Panel> | null = null;
  private wanted_ = false;
  private hidden_ = false;
  private heard_: Record<string, ((detail: unknown) => void)[]> = {};
  private sorry_: HTMLElement | null = null;

  constructor(
    private data_: DOMStringMap,
    base: string,
    private load_: Load,
  ) {
    customElements.define("warmline-chat", class extends HTMLElement {});
    const element = document.createElement("warmline-chat");
    const root = element.attachShadow({ mode: "open" });
    const page = document.documentElement;
    const told = [data_["lang"], page.lang];
    const lang = languageOf([...told, ...navigator.languages], Object.keys(LABELS));
    // A language that nobody asked for follows the page's direction.
    const pageDir = getComputedStyle(document.body).direction === "rtl" ? "rtl" : "ltr";
    const asked = told.some((each) => each?.toLowerCase().split("-")[0] === lang);
    const dir = asked ? (LABELS[lang]?.[1] ?? "ltr") : pageDir;
    element.dataset["end"] = pageDir === "rtl" ? "left" : "right";
    if (data_["theme"]) element.dataset["theme"] = data_["theme"];
    adopt(root, css);
    this.host_ = {
      site: data_["site"] ?? "",
      base,
      lang,
      dir,
      root,
      element,
      button: null,
      resume: RESUME.exec(location.hash)?.[1] ?? "",
      identity: "",
      page: null,
      emit: (name, detail) => (this.heard_[name] ?? []).forEach((each) => safely(each)(detail)),
      shown: (open) => {
        if (this.host_.button) this.host_.button.hidden = open;
        if (open) tune();
      },
      label: (text, count) => this.label_(text, count),
      remove: () => element.remove(),
    };
    if (data_["launcher"] !== "none") this.draw_(LABELS[lang]?.[0] ?? "Open chat");
    this.place_();
    document.body.append(element);
    const tune = safely(() => legible(element, root));
    tune();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tune);
    this.listen_();

    if (this.host_.resume) {
      history.replaceState(history.state, "", location.pathname + location.search + location.hash.replace(RESUME, ""));
      this.open_();
    } else if ("open" in data_ && data_["open"] !== "false") this.open_();
    else if (this.known_()) (window.requestIdleCallback ?? setTimeout)(safely(() => this.ready_()));
  }

  private draw_(label: string): void {
    const button = document.createElement("button");
    button.className = "launch";
    button.type = "button";
    button.dir = this.host_.dir;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("d", ICON);
    svg.append(path);
    button.append(svg);
    button.onclick = () => this.open_();
    button.onpointerenter = button.onfocus = safely(() => this.ready_());
    this.host_.button = button;
    this.label_(label, 0);
    this.host_.root.append(button);
  }

  private label_(text: string, count: number): void {
    const { button } = this.host_;
    if (!button) return;
    button.ariaLabel = text;
    button.querySelector("b")?.remove();
    if (!count) return;
    const badge = document.createElement("b");
    badge.textContent = count > 9 ? "9+" : `${count}`;
    button.append(badge);
  }

  /** The panel, fetched once. A failure is told, and the next press tries again. */
  private ready_(): Promise<Panel> {
    this.loading_ ??= this.load_().then(
      ({ start }) => (this.panel_ = start(this.host_)),
      (error) => {
        this.loading_ = null;
        this.host_.emit("error", { message: "the panel could not be loaded" });
        throw error;
      },
    );
    return this.loading_;
  }

  private open_(): void {
    this.sorry_?.remove();
    this.wanted_ = true;
    safely(() =>
      this.ready_().then(
        (panel) => this.wanted_ && panel.open(),
        () => {
          const sorry = (this.sorry_ = document.createElement("div"));
          sorry.className = "sorry";
          sorry.role = "status";
          sorry.textContent = LABELS[this.host_.lang]?.[2] ?? "The chat could not be loaded. Try again.";
          this.host_.root.append(sorry);
        },
      ),
    )();
  }

  /** Is there a conversation to go on with? */
  private known_(): boolean {
    try {
      return !!localStorage.getItem(`warmline:${this.host_.site}`);
    } catch {
      return false;
    }
  }

  private place_(): void {
    const patterns = (this.data_["hideOn"] ?? "").split(/[\s,]+/).filter(Boolean);
    const here = patterns.some((each) => new RegExp(`^${each.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`).test(location.pathname));
    this.host_.element.hidden = here || this.hidden_;
  }

  private listen_(): void {
    addEventListener("popstate", safely(() => this.place_()));
    document.addEventListener(
      "click",
      safely((event: MouseEvent) => {
        if (!(event.target as Element | null)?.closest?.("[data-warmline-open]")) return;
        event.preventDefault();
        this.open_();
      }),
    );
    const early = window.warmline?.q ?? [];
    const queue: Queue = (...args) => safely(() => this.command_(args))();
    queue.on_ = true;
    window.warmline = queue;
    for (const args of Array.from(early)) queue(...Array.from(args));
  }

  private command_([name, first, second]: unknown[]): void {
    const host = this.host_;
    if (name === "open") this.open_();
    else if (name === "close") {
      this.wanted_ = false;
      this.panel_?.close();
    } else if (name === "hide" || name === "show") {
      this.hidden_ = name === "hide";
      this.place_();
    } else if (name === "on" && typeof second === "function") (this.heard_[String(first)] ??= []).push(second as () => void);
    else if (name === "identify") {
      host.identity = String((first as { token?: string } | null)?.token ?? "");
      this.panel_?.identify(host.identity);
    } else if (name === "page") {
      host.page = first as Host["page"];
      this.place_();
    }
  }
}
