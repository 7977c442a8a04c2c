import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../gateway/lib/json.ts";
import { SessionMemory } from "../../../gateway/provenance/memory/session-memory.ts";
import { layout, mostGranted, storedBytes } from "../../../gateway/provenance/memory/layout.ts";
import { ofPrivate, TestSession, trusted, untrusted } from "../../support/provenance.ts";

const pieces = fc.constantFrom(
  ...[
    "a@b.example",
    "https://x.example/%2e%2e",
    "DE37 3704 0044",
    "//",
    "\\\\",
    "://",
    "@",
    "%",
    "%40",
    ".",
    "..",
    "+",
    "-",
  ],
  ...[
    "[",
    "]",
    '"',
    "{",
    "\n",
    ",",
    ";",
    ":",
    "*",
    "0",
    "12345678",
    "2026-05-04",
    "\u0000",
    "\u200b",
    "\ud83d",
    "\udc00",
  ],
  ...["ﬀ", "İ", "漢字", "ß", "e\u0301", "xn--", "www.", "AAAAAAAAAAAAAAAAAAAA=", "D E 1 0 "],
);
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(pieces, { maxLength: 40 }).map((all) => all.join("")),
);
const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.double({ noNaN: true }),
    fc.constantFrom<JsonValue>(null, true, 17),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;
const object = fc.dictionary(text, json, { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<JsonObject>;
const returns = fc.constantFrom(trusted, untrusted, ofPrivate, { ...untrusted, trusted_fields: ["id", "a"] });

test("no call, result or task makes it fail, and what it says has at most 257 values", async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.tuple(object, json, returns), { maxLength: 6 }), async (task, calls) => {
      const session = new TestSession(task);
      for (const [said, result, of] of calls) {
        const call = { tool: "any/tool", arguments: said, catalog: { returns: of, destination: ["/a"] } };
        const { provenance, secrets, copied } = await session.trace(call);
        expect(provenance.length).toBeLessThanOrEqual(257);
        expect(secrets.length).toBeLessThanOrEqual(256);
        expect(copied.length).toBeLessThanOrEqual(4_096);
        await session.does(call, result);
      }
    }),
    { numRuns: 150 },
  );
});

test("what a result says is never trusted when its tool is marked untrusted and no field of it is trusted", async () => {
  await fc.assert(
    fc.asyncProperty(text, json, async (value, around) => {
      const session = new TestSession(null);
      await session.reads([value, { around }, value]);
      const { provenance } = await session.trace({ tool: "any/tool", arguments: { to: value } });
      const granted = provenance.filter(({ seen }) => !["untrusted", "private", "never", "self"].includes(seen));
      expect(granted).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

const noises = fc.uint8Array({ minLength: 64, maxLength: 400 });

/** A memory whose parts are all noise, but for the last places of its table of digests, which are empty. */
function noisyBytes(noise: Uint8Array, filledPlaces: number): Uint8Array {
  const bytes = SessionMemory.empty(9).stored;
  for (let at = 64; at < storedBytes; at += 1) bytes[at] = noise[at % noise.length]!;
  layout(bytes).grantedMeta.fill(0, filledPlaces);
  return bytes;
}

test("a memory that was restored from any bytes works", () => {
  fc.assert(
    fc.property(noises, fc.integer({ min: 0, max: mostGranted }), (noise, filledPlaces) => {
      const memory = SessionMemory.restore(noisyBytes(noise, filledPlaces), 9)!;
      for (let at = 1; at < 300; at += 1) {
        const event = memory.begin(`a/b${at}`, at);
        memory.grant(at, at * 7_919, 1, event);
        memory.noteUntrusted(at, at * 104_729, event);
        memory.events.noteSent(`a/b${at}`);
      }
      expect(memory.stored.length).toBe(storedBytes);
    }),
    { numRuns: 100 },
  );
});

test("bytes with more digests than a memory has at most are no memory", () => {
  fc.assert(
    fc.property(noises, fc.integer({ min: mostGranted + 1, max: 736 }), (noise, filledPlaces) => {
      const bytes = noisyBytes(
        noise.map((one) => one | 1),
        filledPlaces,
      );
      expect(SessionMemory.restore(bytes, 9)).toBeNull();
    }),
    { numRuns: 30 },
  );
});

/** Of the processor, not of the clock; some milliseconds on a machine of its own, and many tests share one. */
const limitMs = 6_000;

function repeated(part: string): string {
  return part.repeat(Math.ceil(400_000 / part.length));
}

const parts = [
  ..."a A 1 0 . @ - _ : / \\ % + * , ; [ { ( < > ' = # é 漢".split(" "),
  ...[
    " ",
    "\n",
    "\u200b",
    "\ud83d",
    '"',
    "a.",
    "a@",
    "a@b.",
    "://",
    "//",
    "a://b",
    "1 ",
    "1-",
    "D ",
    "DE",
    "DE 10 ",
    "%40",
    "A1",
  ],
  ...[
    "a, ",
    "a: b\n",
    "https://a.example/ ",
    "a@b.example ",
    "12345678 ",
    "QUJDREVGR0hJSktMTU5P ",
    "a-1_",
    "20260504 ",
    "[[",
  ],
];

test.each(parts)("a result and a call full of %j take time in proportion to their length", async (part) => {
  const session = new TestSession(repeated(part).slice(0, 16_384));
  const before = process.cpuUsage();
  await session.reads({ text: repeated(part) });
  await session.trace({
    tool: "a/b",
    arguments: { a: repeated(part), to: repeated(part) },
    catalog: { destination: ["/to"] },
  });
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(limitMs);
});
