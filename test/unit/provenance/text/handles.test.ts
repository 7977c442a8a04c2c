import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { handlesIn } from "../../../../gateway/provenance/text/handles.ts";
import { Words } from "../../../../gateway/provenance/text/words/words.ts";

const words = new Words(new Digester(digestKey(new Uint8Array(16))).key);

function handles(text: string): string[] {
  const found: string[] = [];
  words.read(text);
  handlesIn(words, (from, to) => found.push(words.text.slice(words.start[from], words.end[to - 1])));
  return found;
}

test.each([
  ["Bo Ek (bo-ek) starts, on the branch leap-week", ["bo-ek", "leap-week"]],
  ["@ann-b and team-a/web-shop", ["ann-b", "team-a/web-shop"]],
  ["a - b, 2 -- 3, no handle", []],
  ["one-two-three-four and one-two-three-four-five", ["one-two-three-four"]],
  ["", []],
])("finds words that a hyphen joins in %j", (text, expected) => {
  expect(handles(text)).toEqual(expected);
});
