import assert from "node:assert/strict";
import { test } from "node:test";
import polish from "../locales/pl.json";
import { bound, type Dictionary, languageOf, safeUrl, keys as allKeys, Words } from "../core/words";

test("a placeholder is filled, and an unknown one is left as it stands", () => {
  const words = new Words("en");
  assert.equal(words.say("chose", { label: "Yes {label}" }), "You chose: Yes {label}");
  assert.deepEqual(words.parts("email.known", { email: 7 }), ["We'll reply to ", 7, "."]);
  assert.equal(words.say("chose"), "You chose: {label}");
});

test("numbers take the form of their language", () => {
  const english = new Words("en");
  const pl = new Words("pl", polish as Dictionary);
  assert.deepEqual([1, 2].map((n) => english.say("unread", { n })), ["1 new message", "2 new messages"]);
  assert.deepEqual(
    [1, 3, 5, 22].map((n) => pl.say("unread", { n })),
    ["1 nowa wiadomość", "3 nowe wiadomości", "5 nowych wiadomości", "22 nowe wiadomości"],
  );
});

test("Polish has every key, and the same placeholders", () => {
  const keys = allKeys();
  assert.deepEqual(Object.keys(polish).filter((key) => key !== "$dir").sort(), keys.sort());
  const names = (text: string) => [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name).sort();
  for (const key of keys) assert.deepEqual(names(polish[key]), names(new Words("en").say(key)), key);
});

test("a Polish one-letter word never ends a line", () => {
  for (const text of Object.values(polish)) assert.ok(!/(^|[\s(„"])[aiouwz] /i.test(text), text);
  assert.equal(bound("dni, w którym i tak", "pl"), "dni, w\u00a0którym i\u00a0tak");
  assert.equal(bound("I am a tent", "en"), "I am a tent");
});

test("the script's language wins over the page's, and that over the browser's", () => {
  assert.equal(languageOf(["pl-PL", "en"], ["pl"]), "pl");
  assert.equal(languageOf([undefined, "", "de", "pl"], ["pl"]), "pl");
  assert.equal(languageOf(["en-GB", "pl"], ["pl"]), "en");
  assert.equal(languageOf(["ar"], ["pl"]), "en");
});

test("only web and mail addresses become links", () => {
  assert.equal(safeUrl("https://shop.example/a"), "https://shop.example/a");
  assert.equal(safeUrl("mailto:a@b.example"), "mailto:a@b.example");
  for (const bad of ["javascript:alert(1)", " jAvAsCrIpT:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "//x.example", "", null, "blob:https://x"]) assert.equal(safeUrl(bad), undefined);
});
