import { JsonBytes } from "../../../../gateway/decide/host/json-bytes.ts";

const LONG = "\u00e4".repeat(9_000);

test.each([
  "",
  "plain",
  'a"b',
  "a\\b",
  "\t\n",
  "\u007f",
  "\u00e4\u20ac\u{1f600}",
  "\ud800",
  "\udc00x",
  "a".repeat(20_000),
  LONG,
])("writes a string as JSON does", (value) => {
  const json = new JsonBytes();
  json.byte(0x5b);
  json.string(value);
  json.ascii(Buffer.from(",]"), 1);
  expect(json.written.toString()).toBe(`[${JSON.stringify(value)}]`);
  expect(json.length).toBe(Buffer.byteLength(JSON.stringify(value)) + 2);
});

test.each(["1", '{"a":"\u00e4"}', `"${LONG}"`])("writes a JSON text as it is, again and again", (text) => {
  const json = new JsonBytes();
  for (const times of [1, 2]) {
    json.clear();
    for (let time = 0; time < times; time += 1) json.json(text);
    expect(json.written.toString()).toBe(text.repeat(times));
  }
});
