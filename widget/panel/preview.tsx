import type { Message } from "../core/protocol";
import type { Words } from "../core/words";
import { Icon } from "./icons";

/** Beside the closed launcher: a real message that was not read yet. */
export function Preview({ message, shop, words, open, dismiss }: { message: Message; shop: string; words: Words; open(): void; dismiss(): void }) {
  const person = message.author.kind === "teammate" ? message.author.name : null;
  return (
    <div class="preview" role="status">
      <button type="button" class="read" onClick={open}>
        <span class={person ? "face team" : "face"} aria-hidden="true">
          {person ? [...person][0]?.toUpperCase() : <Icon of="ai" />}
        </span>
        <span class="what">
          <span>
            <b>{person ?? shop}</b>
            {person ? ` · ${shop}` : message.author.kind === "agent" ? " · AI" : ""}
          </span>
          <span>{message.text}</span>
        </span>
      </button>
      <button type="button" class="icon" aria-label={words.say("preview.dismiss")} onClick={dismiss}>
        <Icon of="close" />
      </button>
    </div>
  );
}
