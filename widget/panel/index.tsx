import { render } from "preact";
import { Api } from "../core/api";
import { Chat } from "../core/chat";
import { Keep, storage } from "../core/keep";
import { type Dictionary, Words } from "../core/words";
import { adopt, type Host } from "../launcher/host";
import { Face } from "./face";
import { Preview } from "./preview";
import css from "./panel.css";

export interface Panel {
  open(): void;
  close(): void;
  identify(token: string): void;
}

/** The chat behind the launcher: draws whenever something changed, in one go. */
export function start(host: Host): Panel {
  adopt(host.root, css);
  const place = document.createElement("div");
  place.className = "place";
  place.lang = host.lang;
  place.dir = host.dir;
  host.root.append(place);

  const chat = new Chat(new Api(host.base, host.site), new Keep(host.site, storage("localStorage"), storage("sessionStorage")), {
    locale: host.lang,
    page: () => host.page ?? { url: location.href.replace(/#.*/, ""), title: document.title },
  });
  const phone = matchMedia("(max-width: 480px)");
  let words: Words | null = null;
  let due = false;
  let dismissed = 0;
  let unread = 0;

  const draw = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      try {
        paint();
      } catch (error) {
        console.info(error);
      }
    });
  };
  const paint = () => {
    if (!words) return;
    const news = chat.open ? [] : chat.unread;
    const last = news.at(-1);
    host.label([words.say("launcher.open"), ...(news.length ? [words.say("unread", { n: news.length })] : [])].join(", "), news.length);
    if (news.length !== unread) host.emit("unread", { count: (unread = news.length) });
    render(
      chat.open ? (
        <Face chat={chat} words={words} close={close} phone={phone.matches} shop={host.element} />
      ) : last && last.seq > dismissed && host.button ? (
        <Preview message={last} shop={chat.site?.name ?? ""} words={words} open={open} dismiss={() => ((dismissed = last.seq), draw())} />
      ) : null,
      place,
    );
  };

  let before: Element | null = null;
  const open = () => {
    if (chat.open) return;
    before = host.root.activeElement ?? document.activeElement;
    host.shown(true);
    lock(phone.matches);
    chat.show(true);
    draw();
    host.emit("open");
  };
  const close = () => {
    if (!chat.open) return;
    lock(false);
    chat.show(false);
    host.shown(false);
    draw();
    host.emit("close");
    // Once the panel is gone, so that the focus has somewhere to go.
    queueMicrotask(() => ((host.button ?? (before instanceof HTMLElement ? before : null)) as HTMLElement | null)?.focus({ preventScroll: true }));
  };

  chat.onChange = draw;
  chat.onEvent = host.emit;
  const awake = (event: Event) => {
    if (document.visibilityState === "hidden" && event.type !== "online") return;
    // A page from the browser's memory, and one whose network went and came, has connections that are none.
    chat.wake(event.type === "online" || (event as PageTransitionEvent).persisted);
    if (chat.open) chat.look();
  };
  addEventListener("online", awake);
  addEventListener("offline", draw);
  addEventListener("pageshow", awake);
  document.addEventListener("visibilitychange", awake);
  phone.addEventListener("change", () => {
    lock(chat.open && phone.matches);
    draw();
  });
  void dictionary(host).then((found) => {
    words = new Words(host.lang, found);
    draw();
  });
  if (host.identity) chat.identify(host.identity);
  if (host.resume) void chat.load().then(() => chat.resume(host.resume));
  else if (chat.kept) void chat.load();
  return { open, close, identify: (token) => chat.identify(token) };
}

let locked: string | null = null;

/** On a phone the panel is the screen: the page behind it stays where it is. */
function lock(on: boolean): void {
  const { style } = document.documentElement;
  if (on && locked === null) {
    locked = style.overflow;
    style.overflow = "hidden";
  } else if (!on && locked !== null) {
    style.overflow = locked;
    locked = null;
  }
}

async function dictionary({ lang, base }: Host): Promise<Dictionary> {
  if (WORDS) return WORDS[lang] ?? {};
  const file = LOCALES[lang];
  if (!file) return {};
  // English words are better than none.
  return await fetch(`${base}/widget/${file}`, { credentials: "omit", referrerPolicy: "no-referrer" })
    .then((response) => (response.ok ? response.json() : {}))
    .catch(() => ({}));
}
