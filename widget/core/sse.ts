export interface Frame {
  event: string;
  data: string;
}

/** Server-sent events out of text that comes in pieces of any size. Comments and unknown fields are passed over. */
export class SseParser {
  private rest_ = "";
  private data_: string[] = [];
  private event_ = "";
  private afterReturn_ = false;

  push(text: string): Frame[] {
    const frames: Frame[] = [];
    // A line may end in \r\n, and the piece between them.
    if (this.afterReturn_ && text.startsWith("\n")) text = text.slice(1);
    if (text) this.afterReturn_ = text.endsWith("\r");
    const lines = (this.rest_ + text).split(/\r\n|\n|\r/);
    this.rest_ = lines.pop() ?? "";
    for (const line of lines) {
      if (line) this.line_(line);
      else {
        if (this.data_.length) frames.push({ event: this.event_ || "message", data: this.data_.join("\n") });
        this.data_ = [];
        this.event_ = "";
      }
    }
    return frames;
  }

  private line_(line: string): void {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data_.push(value);
    else if (field === "event") this.event_ = value;
  }
}
