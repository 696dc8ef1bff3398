// Reading a page again and putting what differs into its place.

// XMLHttpRequest parses the answer into a document in which no script ever runs: no markup is built from strings here.
export function read(url: string): Promise<Document | null> {
  return ask("GET", url, null).catch(() => null);
}

export function send(url: string, body: FormData): Promise<Document> {
  const pairs = new URLSearchParams();
  for (const [name, value] of body) if (typeof value === "string") pairs.append(name, value);
  return ask("POST", url, pairs);
}

function ask(method: string, url: string, body: URLSearchParams | null): Promise<Document> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader("Accept", "text/html");
    request.responseType = "document";
    request.timeout = 20_000;
    request.onload = () => {
      const page = request.responseXML;
      // A conflict or a wrong field is a page as well: it says so in its place.
      if (page?.getElementById("inbox") && [200, 409, 422].includes(request.status)) resolve(page);
      else reject(new Error(String(request.status)));
    };
    request.onerror = request.ontimeout = () => reject(new Error("network"));
    request.send(body);
  });
}

const same = (a: Element, b: Element): boolean => plain(a) === plain(b);

// What the reader did to it (opened, moved on by a clock, shown in their hand) is no difference.
function plain(node: Element): string {
  const copy = node.cloneNode(true) as Element;
  for (const each of [copy, ...copy.querySelectorAll("details, time")]) {
    if (each.tagName === "DETAILS") each.removeAttribute("open");
    if (each.tagName === "TIME" && each.hasAttribute("data-since")) each.textContent = "";
  }
  return copy.outerHTML;
}

export function morph(page: Document, settle: (page: Document) => void): void {
  const log = document.getElementById("log");
  const atEnd = log ? log.scrollHeight - log.scrollTop - log.clientHeight < 80 : false;
  const held = document.activeElement;
  for (const selector of ["#thread-head", "#context"]) swap(page, selector);
  keyed(page, "log");
  settle(page);
  for (const selector of [".subplaces", "#rail-waiting", "#rail-needs", "#tabs-row", "#empty"]) swap(page, selector);
  document.title = page.title;
  if (log && atEnd) log.scrollTop = log.scrollHeight;
  if (held && !held.isConnected) land();
}

function swap(page: Document, selector: string): void {
  const here = document.querySelector(selector);
  const there = page.querySelector(selector);
  if (here && there && !same(here, there)) replace(here, there);
}

// Whoever is in the middle of something there is not disturbed: what they opened stays open, and the focus stays on the
// same control. A button that is being pressed is not taken away from under the pointer; the next hint tries again.
function replace(here: Element, there: Element): Element {
  if (here.matches(":active")) return here;
  const opened = [...here.querySelectorAll("details[open]")].map(nameOf);
  const held = here.contains(document.activeElement) ? nameOf(document.activeElement!) : null;
  const fresh = document.adoptNode(there);
  for (const each of fresh.querySelectorAll("details")) if (opened.includes(nameOf(each))) each.open = true;
  here.replaceWith(fresh);
  if (held) [...fresh.querySelectorAll<HTMLElement>("a, button, summary, [tabindex]")].find((each) => nameOf(each) === held)?.focus();
  return fresh;
}

const nameOf = (node: Element): string =>
  [node.tagName, node.closest<HTMLElement>("[data-act]")?.dataset.act, node.closest("details")?.id || node.closest<HTMLElement>("details")?.dataset.key, ...["href", "name", "value"].map((each) => node.getAttribute(each))].join(" ");

// What held the focus is gone, with what it did: on to the reply, when there is one to write, else to what was said, which
// is next to it in the order of Tab.
function land(): void {
  if (document.activeElement && document.activeElement !== document.body) return;
  for (const id of ["reply-text", "log", "main"]) {
    document.getElementById(id)?.focus();
    if (document.activeElement !== document.body) return;
  }
}

// Children known by data-key: new ones are put in, changed ones replaced, and lines never move.
function keyed(page: Document, id: string): void {
  const here = document.getElementById(id);
  const there = page.getElementById(id);
  if (!here || !there) return;
  const known = new Map([...here.children].map((child) => [(child as HTMLElement).dataset.key, child as HTMLElement]));
  let before: Element | null = null;
  for (const fresh of [...there.children] as HTMLElement[]) {
    const old = known.get(fresh.dataset.key);
    let now: HTMLElement = fresh;
    if (old) now = same(old, fresh) ? old : (replace(old, fresh) as HTMLElement);
    else document.adoptNode(fresh);
    const place: Element | null = before ? before.nextElementSibling : here.firstElementChild;
    if (place !== now) here.insertBefore(now, place);
    before = now;
  }
  const kept = new Set([...there.children, ...here.children].map((child) => (child as HTMLElement).dataset.key));
  for (const [key, child] of known) if (!kept.has(key)) child.remove();
}
