import { Component, createRef } from "preact";
import type { Seen } from "./face";
import { Icon } from "./icons";

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
    this.props.chat.draft = value;
    if (value.trim()) this.props.chat.types();
    if (this.state.empty !== !value.trim()) this.setState({ empty: !value.trim() });
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
    const field = this.field_.current!;
    if (!field.value.trim()) return;
    this.props.chat.say(field.value);
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
          maxLength={8000}
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
