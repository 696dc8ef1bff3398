// The part of Preact that the panel uses, at a quarter of its size: Preact 11.2 alone would take 4.3 of the 20 kB that
// the widget may have. The panel is written and type-checked against Preact itself; build.mjs puts this in its place,
// and `node build.mjs --preact` does not. Left out: contexts, hooks, partial redraws, hydration, markup.

interface VNode {
  type: string | Draws;
  props: Props;
  key: unknown;
}
type Props = Record<string, unknown> & { children?: unknown; ref?: { current: unknown } };
type Draws = ((props: Props) => unknown) & { prototype?: Component };

/** What stands for a vnode on the page: an element, a text, or what a component drew. */
interface Stand {
  type: unknown;
  key: unknown;
  props: Props;
  node: Element | Text | null;
  part: Component | null;
  below: (Stand | null)[];
}

export class Component {
  state: object = {};
  constructor(public props: Props) {}
  render(_props: Props): unknown {
    return null;
  }
  setState(change: object): void {
    Object.assign(this.state, change);
    queueMicrotask(again);
  }
  componentDidMount?(): void;
  componentDidUpdate?(props: Props, state: object, snapshot: unknown): void;
  componentWillUnmount?(): void;
  getSnapshotBeforeUpdate?(): unknown;
}

export const jsx = (type: VNode["type"], props: Props, key?: unknown): VNode => ({ type, props, key });
export const jsxs = jsx;
export const createRef = () => ({ current: null });

const SVG = "http://www.w3.org/2000/svg";
let again = () => {};
/** What components want to know once the page shows it. */
let after: (() => void)[] = [];

/** Make `place` show this and nothing else. A second call changes only what differs. */
export function render(vnode: unknown, place: Element & { stands_?: (Stand | null)[] }): void {
  again = () => render(vnode, place);
  place.stands_ = renew(place.stands_ ?? [], vnode, place, null);
  arrange(place, place.stands_);
  const told = after;
  after = [];
  for (const tell of told) tell();
}

function renew(old: (Stand | null)[], children: unknown, parent: Element, svg: string | null): (Stand | null)[] {
  const left = new Set(old);
  // null holds its place, so that what follows is compared with what it was.
  const drawn = [children].flat(9).map((child, index) => {
    if (child == null || typeof child === "boolean") return null;
    const { type, key, props } = typeof child === "object" ? (child as VNode) : { type: null, key: undefined, props: { children: `${child as string}` } };
    const fits = (stand: Stand | null | undefined) => stand && left.has(stand) && stand.type === type && stand.key === key;
    const found = fits(old[index]) ? old[index]! : old.find(fits);
    if (found) left.delete(found);
    return stand(found ?? { type, key, props: {}, node: null, part: null, below: [] }, props, parent, svg, !found);
  });
  for (const gone of left) if (gone) remove(gone, true);
  return drawn;
}

function stand(now: Stand, props: Props, parent: Element, svg: string | null, fresh: boolean): Stand {
  const { type, props: before } = now;
  now.props = props;
  if (typeof type === "function") {
    const draws = type as Draws;
    if (!draws.prototype?.render) now.below = renew(now.below, draws(props), parent, svg);
    else {
      const part = (now.part ??= new (draws as unknown as new (props: Props) => Component)(props));
      const snapshot = fresh ? 0 : part.getSnapshotBeforeUpdate?.();
      part.props = props;
      now.below = renew(now.below, part.render(props), parent, svg);
      after.push(() => (fresh ? part.componentDidMount?.() : part.componentDidUpdate?.(before, part.state, snapshot)));
    }
  } else if (typeof type === "string") {
    svg = type === "svg" ? SVG : svg;
    const node = (now.node ??= svg ? document.createElementNS(svg, type) : document.createElement(type)) as Element;
    for (const name in { ...before, ...props }) if (before[name] !== props[name]) set(node, name, props[name]);
    now.below = renew(now.below, props.children, node, svg);
    arrange(node, now.below);
  } else {
    const text = props.children as string;
    now.node ??= document.createTextNode(text);
    if (before.children !== text) (now.node as Text).data = text;
  }
  return now;
}

function set(node: Element, name: string, value: unknown): void {
  if (name === "children") return;
  if (name === "ref") (value as { current: unknown }).current = node;
  else if (name.startsWith("on")) (node as unknown as Record<string, unknown>)[name.toLowerCase()] = value;
  else if (value == null || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : `${value as string}`);
}

/** Nodes that stand where they belong are not touched: they would lose focus and scroll. */
function arrange(parent: Element, stands: (Stand | null)[]): void {
  let next: ChildNode | null = null;
  for (const node of stands.flatMap(nodes).reverse()) {
    if (node.parentNode !== parent || node.nextSibling !== next) parent.insertBefore(node, next);
    next = node;
  }
}

function nodes(stand: Stand | null): (Element | Text)[] {
  return !stand ? [] : stand.node ? [stand.node] : stand.below.flatMap(nodes);
}

function remove(stand: Stand, top: boolean): void {
  stand.part?.componentWillUnmount?.();
  if (stand.props.ref) stand.props.ref.current = null;
  if (top && stand.node) stand.node.remove();
  for (const each of stand.below) if (each) remove(each, top && !stand.node);
}
