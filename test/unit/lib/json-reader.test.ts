import { JsonReader, UnreadJson } from "../../../gateway/lib/json-reader.ts";

/** What the reader says of a text, as objects. */
function read(text: string | Buffer): unknown {
  return valueOf(new JsonReader(Buffer.from(text as string)));
}

function valueOf(reader: JsonReader, isWhole = true): unknown {
  const value = (): unknown => {
    const { next } = reader;
    if (next === "text") return reader.string();
    if (next === "other") return reader.other();
    if (next === "list") {
      const items: unknown[] = [];
      reader.list(() => void items.push(value()));
      return items;
    }
    const members: [string, unknown][] = [];
    reader.object(() => {
      const name = reader.string();
      reader.colon();
      members.push([name, value()]);
    });
    return Object.fromEntries(members);
  };
  const whole = value();
  if (isWhole) reader.end();
  return whole;
}

function skipped(text: string | Buffer): void {
  const reader = new JsonReader(Buffer.from(text as string));
  reader.skip();
  reader.end();
}

const pieces = [
  ...['{"a":1}', "[]", "{}", "[1,2]", '"text"', '"\\u00e4\\n"', '"ä😀"', '"\\ud800"', "-0", "1e999", "1.5e-7"],
  ...["0", "-1.25", "12345678901234567890", "true", "false", "null", ' \t\r\n{ "a" : [ { } , [ ] ] } ', "\u00a0"],
  ...[
    '{"__proto__":{"x":1}}',
    '{"a":1,"a":2}',
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    "01",
    "1.",
    ".5",
    "+1",
    "--1",
    "1e",
    "0x1",
  ],
  ...[
    "tru",
    "nulll",
    "NaN",
    "Infinity",
    "'a'",
    '"a',
    '"a\\"',
    '"\\x"',
    '"\\u12g4"',
    '"\n"',
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "",
  ],
  ...[
    '{"a"}',
    '{"a":}',
    '{"a" 1}',
    "{1:2}",
    "[1 2]",
    "[,]",
    "\ufeff1",
    "1 1",
    "{}{}",
    "/* */1",
    "E",
    "1E5",
    "1e+5",
    '"\u007f"',
  ],
];

/** Each piece alone, within others, and with one character changed, put in or left out. */
function* texts(): Generator<string> {
  for (const one of pieces) {
    yield one;
    yield `[${one}]`;
    yield `{"name":${one},"other":[${one}]}`;
    for (let at = 0; at < one.length; at += 1)
      for (const other of ["", '"', "\\", ",", "0", "}", "]", " ", "\u0001", "e", "-", ":"]) {
        yield one.slice(0, at) + other + one.slice(at + 1);
        yield one.slice(0, at) + other + one.slice(at);
      }
  }
}

/** JSON of the value, with what JSON cannot tell apart; null where it is refused. */
function outcome(read: () => unknown): string | null {
  try {
    return JSON.stringify(read(), (_name, value: unknown) => (typeof value === "number" ? String(value) : value));
  } catch (error) {
    if (error instanceof UnreadJson || error instanceof SyntaxError) return null;
    throw error;
  }
}

test("gives what JSON.parse gives, and refuses what it refuses", () => {
  let [taken, refused] = [0, 0];
  const differing = [...texts()].filter((text) => {
    // Half a pair becomes another character in bytes.
    const parsed = outcome(() => JSON.parse(Buffer.from(text).toString("utf8")));
    if (parsed === null) refused += 1;
    else taken += 1;
    const isSkipped = outcome(() => skipped(text) ?? null) !== null;
    const isWhole = parsed !== null && !/(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(parsed);
    return outcome(() => read(text)) !== parsed || isSkipped !== isWhole;
  });
  expect(differing).toEqual([]);
  expect([taken > 300, refused > 1_000]).toEqual([true, true]);
});

test.each([
  ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ["more than 500 levels", "[".repeat(600) + "]".repeat(600)],
])("does not read %s, which JSON.parse reads", (_name, text) => {
  expect(() => skipped(text)).toThrow(UnreadJson);
});

test("gives back what it has read, and reads the rest as it was", () => {
  const rows = Array.from({ length: 60_000 }, (_, index) => ({ [`n${index}`]: [index, '\u00e9 "x"', { deep: [] }] }));
  const bytes = new Uint8Array(Buffer.from(JSON.stringify({ rows, last: "here" })));
  const { buffer } = bytes;
  const reader = new JsonReader(bytes, { given: true });
  let [most, least] = [0, Infinity];
  const seen: unknown[] = [];
  const memories = new Set<ArrayBufferLike>();
  reader.members((name) => {
    if (name === "last") return void seen.push(reader.string());
    reader.list(() => {
      const length = reader.bytes.buffer.byteLength;
      memories.add(reader.bytes.buffer);
      [most, least] = [Math.max(most, length), Math.min(least, length)];
      seen.push(valueOf(reader, false));
    });
  });
  reader.end();
  expect(seen).toEqual([...rows, "here"]);
  expect([buffer.detached, most > 2_000_000, least < 1_500_000]).toEqual([true, true, true]);
  // What is left moves once. Of many memories, each smaller than the one before, the C library keeps what was given back.
  expect(memories.size).toBe(2);
});

test("gives resizable bytes back where they are", () => {
  const text = Buffer.from(
    JSON.stringify(Array.from({ length: 60_000 }, (_, index) => `text with the number ${index}, and ä`)),
  );
  const buffer = new ArrayBuffer(text.length, { maxByteLength: text.length });
  const bytes = Buffer.from(buffer, 0, text.length);
  bytes.set(text);
  const reader = new JsonReader(bytes, { given: true });
  const seen: string[] = [];
  const memories = new Set<ArrayBufferLike>();
  reader.list(() => {
    memories.add(reader.bytes.buffer);
    seen.push(reader.string());
  });
  reader.end();
  expect(seen).toEqual(JSON.parse(text.toString("utf8")));
  expect([...memories]).toEqual([buffer]);
  expect([buffer.detached, text.length > 1_500_000, buffer.byteLength < 600_000]).toEqual([false, true, true]);
});

test("reads over no object that has a name twice, where that is asked for", () => {
  const twice = '[{"a": {"b": 1, "\\u0062": 2}}]';
  expect(() => new JsonReader(Buffer.from(twice)).skip(true)).toThrow(UnreadJson);
  expect(() => new JsonReader(Buffer.from('[{"a": {"b": 1}, "b": {"b": 2}}]')).skip(true)).not.toThrow();
});
