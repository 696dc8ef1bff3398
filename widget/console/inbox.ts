// The Inbox, live. The page works without this; with it nobody has to reload. The server draws everything: a hint on the
// stream makes the page read itself again and put what differs into its place, so that drafts, focus and scroll stay.
import { composer } from "./inbox/composer";
import { list } from "./inbox/list";
import { morph, read, send } from "./inbox/page";
import { keys } from "./inbox/keys";
import { sound } from "./inbox/sound";
import { stream } from "./inbox/stream";
import { clocks } from "./inbox/clocks";

const root = document.getElementById("inbox");
if (root) start(root);

function start(root: HTMLElement): void {
  document.documentElement.classList.add("has-js");
  const ring = sound();
  const rows = list(root, ring);
  const write = composer(root);
  clocks();
  keys(root);

  let running: Promise<void> | null = null;
  let again = false;
  // One reading at a time; what changes meanwhile makes one more.
  const refresh = async (): Promise<void> => {
    if (running) {
      again = true;
      return running;
    }
    running = read(location.href)
      .then((page) => {
        if (page) take(page);
      })
      .finally(() => {
        running = null;
        if (again) {
          again = false;
          void refresh();
        }
      });
    return running;
  };
  const take = (page: Document): void => {
    rows.take(page);
    morph(page, write.settle);
  };

  const post = async (action: string, body: FormData): Promise<void> => take(await send(action, body));
  write.resume(post);

  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.dataset.act || !root.contains(form)) return;
    event.preventDefault();
    void act(form, (event as SubmitEvent).submitter);
  });

  // Accepting or opening again leads to another foot of the page; everything else stays where it is.
  async function act(form: HTMLFormElement, by: HTMLElement | null): Promise<void> {
    if (form.classList.contains("is-busy")) return;
    const body = new FormData(form, by);
    const speaks = form.dataset.act === "reply" || form.dataset.act === "note";
    if (speaks && !String(body.get("text") ?? "").trim()) return write.focus(form);
    if (speaks) {
      await write.say(form, body, post);
      return;
    }
    form.classList.add("is-busy");
    // Asked now: what is told of it meanwhile may take the form out of the list.
    const listed = form.closest(".talk");
    try {
      const page = await send(form.action, body);
      const told = page.querySelector(".flash");
      if (told) tell(document.adoptNode(told));
      if (told) await refresh();
      else if (listed) location.assign(page.URL);
      else take(page);
    } catch {
      write.lost(true);
    } finally {
      form.classList.remove("is-busy");
    }
  }

  // Somebody was quicker: the answer says who, and this page then shows it.
  function tell(words: Element): void {
    document.querySelector(".flash")?.remove();
    document.getElementById("main")?.prepend(words);
    (words as HTMLElement).focus();
  }

  stream(root, {
    changed: () => void refresh(),
    typing: () => write.typing(),
    lost: (gone) => write.lost(gone),
    signedOut: () => location.reload(),
  });
}
