import { Component, createRef } from "preact";
import type { Seen } from "./face";
import { Icon } from "./icons";

/** As much as the server takes; the words say it, too. */
const MOST = 8000;

/** Always there while the chat is open. What is typed is kept, also over a reload. */
export class Composer extends Component<Seen, { empty: boolean }> {
  private field_ = createRef<HTMLTextAreaElement>();
  override state = { empty: !this.props.chat.draft.trim() };

  override componentDidMount(): void {
    this.field_.current!.value = this.props.chat.draft;
    this.grow_();
  }

  private typed_ = (): void => {
    const { value } = this.field_.current!;
    const { chat } = this.props;
    chat.draft = value;
    const empty = !value.trim();
    if (!empty) chat.types();
    // Nothing is cut off: it stays, to be shortened.
    if (value.length > MOST !== (chat.problem === "long")) {
      chat.problem = chat.problem === "long" ? null : "long";
      chat.onChange();
    }
    if (this.state.empty !== empty) this.setState({ empty });
    this.grow_();
  };
  private grow_(): void {
    const field = this.field_.current!;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }
  private key_ = (event: KeyboardEvent): void => {
    // Enter also ends the spelling of a Japanese or Chinese word: that one is not ours.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) this.send_(event);
  };
  private send_ = (event: Event): void => {
    event.preventDefault();
    const { chat } = this.props;
    const field = this.field_.current!;
    this.typed_();
    if (this.state.empty || chat.problem === "long") return;
    chat.say(field.value);
    field.value = "";
    this.typed_();
    field.focus({ preventScroll: true });
  };

  override render() {
    const { words } = this.props;
    return (
      <form class="composer" onSubmit={this.send_}>
        <textarea
          ref={this.field_}
          rows={1}
          dir="auto"
          placeholder={words.say("composer.placeholder")}
          aria-label={words.say("composer.placeholder")}
          enterkeyhint="send"
          onInput={this.typed_}
          onKeyDown={this.key_}
        />
        <button type="submit" class={this.state.empty ? "icon send" : "icon send full"} aria-label={words.say("composer.send")} aria-disabled={this.state.empty ? "true" : undefined}>
          <Icon of="send" />
        </button>
      </form>
    );
  }
}
