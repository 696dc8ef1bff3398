import { Component, createRef, type ComponentChildren } from "preact";
import type { Chat } from "../core/chat";
import { type Bubble, cardOf, type Group, type Row, rows } from "../core/rows";
import { bound, safeUrl, type Words } from "../core/words";
import type { Seen } from "./face";
import { Icon } from "./icons";

const NEAR = 48;
const CARD_ICONS = { queued: "people", auto_reply: "clock", away: "moon", ticket: "mail", saved: "clock" } as const;

/** The log keeps its end in view while the shopper is there, and never jumps while they read above. */
export class Log extends Component<Seen, { news: boolean }> {
  override state = { news: false };
  private box_ = createRef<HTMLDivElement>();
  private end_ = true;
  private last_ = "";
  private watch_: ResizeObserver | null = null;

  override componentDidMount(): void {
    this.watch_ = new ResizeObserver(() => this.end_ && this.down_());
    this.watch_.observe(this.box_.current!);
    this.componentDidUpdate();
  }
  override componentWillUnmount(): void {
    this.watch_?.disconnect();
  }
  override componentDidUpdate(): void {
    const { chat } = this.props;
    const last = `${chat.events.at(-1)?.seq ?? 0} ${chat.outbox.at(-1)?.id ?? ""}`;
    const mine = chat.outbox.at(-1)?.status === "sending";
    const grown = last !== this.last_;
    this.last_ = last;
    if (this.end_ || (grown && mine)) this.down_();
    else if (grown && !this.state.news) this.setState({ news: true });
  }

  private down_ = (): void => {
    const box = this.box_.current;
    if (box) box.scrollTop = box.scrollHeight;
    this.end_ = true;
    if (this.state.news) this.setState({ news: false });
  };
  private scrolled_ = (): void => {
    const box = this.box_.current!;
    this.end_ = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (this.end_ && this.state.news) this.setState({ news: false });
  };

  override render({ chat, words }: Seen) {
    const found = rows(chat.events, chat.outbox);
    const greeting = chat.site && !chat.events.length;
    /** The assistant's words outside the log of events. */
    const says = (text: string, unheard = false) => (
      <Talk
        chat={chat}
        words={words}
        unheard={unheard}
        group={{ is: "group", key: "", side: "ai", name: "", at: 0, bubbles: [{ key: "1", text }] }}
      />
    );
    return (
      <div class="middle">
        <div class="log" role="log" aria-label={words.say("log.label")} aria-live={chat.phase === "ready" ? "polite" : "off"} tabIndex={0} ref={this.box_} onScroll={this.scrolled_}>
          {chat.resumed === "back" && <p class="line">{words.say("resume.back")}</p>}
          {chat.resumed === "expired" && <p class="line">{words.say("resume.expired")}</p>}
          {greeting && says(chat.site!.greeting)}
          {!greeting && chat.phase === "loading" && <div class="skeleton" />}
          {found.map((row, index) => draw(row, chat, words, index === found.length - 1))}
          {/* What is not whole yet is for the eye alone: a reader hears the answer once. */}
          {chat.partial
            ? says(chat.partial, true)
            : chat.thinking && (
                <p class="typing">
                  <Dots />
                </p>
              )}
        </div>
        {this.state.news && (
          <button type="button" class="news" onClick={this.down_}>
            <Icon of="down" />
            {words.say("log.new")}
          </button>
        )}
        <div class="typing team" role="status">
          {chat.typing && [<Dots />, words.say("typing", { name: chat.typing })]}
        </div>
      </div>
    );
  }
}

function draw(row: Row, chat: Chat, words: Words, last: boolean) {
  switch (row.is) {
    case "group":
      return <Talk key={row.key} group={row} chat={chat} words={words} last={last} />;
    case "card": {
      const { title, body, extra } = cardOf(row.notice, row.text);
      const icon = CARD_ICONS[row.notice as keyof typeof CARD_ICONS];
      return (
        <div key={row.key} class={`card ${row.notice}`}>
          <span class="badge">
            <Icon of={icon} />
          </span>
          <div>
            <strong>{bound(title, words.lang)}</strong>
            {body && <p>{strong(bound(body, words.lang), /(\S+@[^\s]*[^\s.,;])/)}</p>}
            {row.links?.map(({ label, url }) => {
              const href = safeUrl(url);
              return href && <Out key={url} href={href} label={label} words={words} />;
            })}
            {extra && (
              <p class="extra">
                {row.notice !== "ticket" && <Icon of="clock" />}
                <span>{strong(extra, /^([^:]+: )/, 0)}</span>
              </p>
            )}
          </div>
        </div>
      );
    }
    case "knot":
      return (
        <p key={row.key} class={row.back ? "knot back" : "knot"}>
          <span>{row.text}</span>
        </p>
      );
    case "chose": {
      const label = words.say(`unsure.${chat.kept?.ways[row.n] ?? chat.way}.${row.choice}` as "unsure.live.yes");
      return (
        <p key={row.key} class="chose">
          <Icon of="check" />
          {words.say("chose", { label })}
        </p>
      );
    }
    case "day":
      return (
        <p key={row.key} class="line">
          {new Date(row.at).toLocaleDateString(words.region, { weekday: "long", day: "numeric", month: "long" })}
        </p>
      );
    case "line":
      return (
        <p key={row.key} class="line">
          {row.text}
        </p>
      );
  }
}

function Talk({ group, chat, words, last, unheard }: Seen & { group: Group; last?: boolean; unheard?: boolean }) {
  const { side, bubbles, at } = group;
  const name = side === "team" ? group.name : (chat.site?.name ?? "");
  const time = at ? <time dateTime={new Date(at).toISOString()}>{new Date(at).toLocaleTimeString(words.region, { hour: "numeric", minute: "2-digit" })}</time> : null;
  return (
    <div class={`group ${side}`} aria-hidden={unheard && "true"}>
      {side === "me" ? (
        <span class="hear">{words.say("log.you")}: </span>
      ) : (
        <p class="name">
          {name}
          {side === "ai" && <span class="tag">AI</span>}
          {side === "ai" ? <span class="hear">{time}</span> : time}
        </p>
      )}
      {side !== "me" && (
        <span class="face" aria-hidden="true">
          {side === "ai" ? <Icon of="ai" /> : [...name][0]?.toUpperCase()}
        </span>
      )}
      {bubbles.map((bubble, index) => (
        <Say key={bubble.key} bubble={bubble} side={side} chat={chat} words={words} last={!!last && index === bubbles.length - 1} />
      ))}
      {side === "me" && (
        <p class="meta" aria-live="off">
          {time}
          {sentLine(group, chat, words)}
        </p>
      )}
    </div>
  );
}

function sentLine({ bubbles }: Group, chat: Chat, words: Words): ComponentChildren {
  const { out, event } = bubbles.at(-1)!;
  if (out?.status === "failed") return null;
  if (out) return ` · ${words.say(out.status === "sent" ? "sent" : "sending")}`;
  return event && chat.state.owner !== "agent" && chat.events.at(-1) === event ? ` · ${words.say("sent")}` : null;
}

function Say({ bubble, side, chat, words, last }: Seen & { bubble: Bubble; side: Group["side"]; last: boolean }) {
  const { text, event, out } = bubble;
  const failed = out?.status === "failed";
  const rated = event && chat.kept?.rated[event.seq];
  const mayRate = side === "ai" && !!event?.sources?.length && (rated !== undefined || (last && chat.state.owner === "agent" && chat.state.open));
  return (
    <div class={failed ? "said failed" : "said"}>
      <p class="bubble">{side === "team" ? linked(text, words) : side === "ai" ? bound(text, words.lang) : text}</p>
      {event?.sources?.map(({ title, url }) => {
        const href = safeUrl(url);
        const label = title ?? url ?? "";
        return (
          label && (
            <p class="source" key={`${title} ${url}`}>
              <Icon of="file" />
              {href ? <Out href={href} label={label} words={words} /> : <span>{label}</span>}
            </p>
          )
        );
      })}
      {!!event?.links?.length && (
        <ul class="pages">
          {event.links.map(({ label, url }) => {
            const href = safeUrl(url);
            return (
              href && (
                <li key={url}>
                  <a href={href} target="_blank" rel="noopener noreferrer">
                    <span>
                      <b>{label}</b>
                      <small dir="ltr">{href.replace(/^(https?:\/\/(www\.)?|mailto:)/, "").replace(/\/$/, "")}</small>
                      <i class="hear">, {words.say("link.new")}</i>
                    </span>
                    <Icon of="out" />
                  </a>
                </li>
              )
            );
          })}
        </ul>
      )}
      {mayRate && rated === undefined && (
        <p class="rate">
          {words.say("helped")}
          <button type="button" onClick={() => chat.helped(event!.seq, true)}>
            <Icon of="yes" />
            {words.say("helped.yes")}
          </button>
          <button type="button" onClick={() => chat.helped(event!.seq, false)}>
            <Icon of="no" />
            {words.say("helped.no")}
          </button>
        </p>
      )}
      {mayRate && rated !== undefined && (
        <p class="rate">
          {words.say("helped")} <Icon of={rated ? "yes" : "no"} /> {words.say(rated ? "helped.yes" : "helped.no")}
        </p>
      )}
      {failed && (
        <p class="wrong" role="alert">
          <Icon of="alert" />
          {out.why === "offline" ? (
            words.say("offline")
          ) : (
            <button type="button" class="text" onClick={() => chat.retry()}>
              {words.say(out.why ?? "failed")}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function Out({ href, label, words }: { href: string; label: string; words: Words }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {label}
      <span class="hear">, {words.say("link.new")}</span>
    </a>
  );
}

/** Web addresses in a teammate's own words lead there. */
function linked(text: string, words: Words): ComponentChildren[] {
  return bound(text, words.lang)
    .split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/)
    .map((part, index) => {
      const href = index % 2 ? safeUrl(part) : undefined;
      return href ? <Out href={href} label={part} words={words} /> : part;
    });
}

/** What matches in bold, or with 0 what does not. */
function strong(text: string, what: RegExp, odd = 1): ComponentChildren[] {
  return text.split(what).map((part, index) => (index % 2 === odd ? <b>{part}</b> : part));
}

function Dots() {
  return (
    <span class="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

