import assert from "node:assert/strict";
import { test } from "node:test";
import { SseParser } from "../core/sse";

const SAMPLE = ': hello\n\nid: 7\ndata: {"a":\ndata: 1}\n\nevent: typing\ndata: {"name":"Marta"}\n\ndata\n\nevent: bye\ndata:x\n\n';
const FRAMES = [
  { event: "message", data: '{"a":\n1}' },
  { event: "typing", data: '{"name":"Marta"}' },
  { event: "message", data: "" },
  { event: "bye", data: "x" },
];

for (const end of ["\n", "\r\n", "\r"]) {
  const text = SAMPLE.replaceAll("\n", end);
  test(`frames come out whole, however the text is cut (${JSON.stringify(end)})`, () => {
    for (let size = 1; size <= text.length; size++) {
      const parser = new SseParser();
      const found = [];
      for (let at = 0; at < text.length; at += size) found.push(...parser.push(text.slice(at, at + size)));
      if (end === "\r") found.push(...parser.push("\n:"));
      assert.deepEqual(found, FRAMES, `pieces of ${size}`);
    }
  });
}

test("a frame without its empty line is not given out", () => {
  assert.deepEqual(new SseParser().push("data: 1\n"), []);
});
