import { registry } from "../../../../gateway/decide/builtins/registry.ts";
import { HostedPolicy } from "../../../../gateway/decide/host/hosted-policy.ts";
import { defaultLimits } from "../../../../gateway/decide/host/limits.ts";
import { compileModule, loadCompiled, preparedModule } from "../../../../gateway/decide/host/prepare.ts";
import { type DataImage, dataImage, imageOfJson } from "../../../../gateway/decide/runtime-patches/data-image.ts";
import { type JsonObject, type JsonValue, parseExact } from "../../../../gateway/lib/json.ts";
import { compileRego } from "../support/compile-rego.ts";

const limits = { ...defaultLimits, fuel: 100_000_000 };

const names = Array.from({ length: 80 }, (_, length) =>
  length % 9 === 4 ? "\u00e4\u{1f600}".repeat(length) : `${"n".repeat(length)}${length}`,
);
/** Objects of every number of buckets up to 256. */
const grown = Array.from({ length: 180 }, (_, size) =>
  Object.fromEntries(Array.from({ length: size }, (_unused, index) => [`${index}-${size}`, index])),
);
const data = {
  d: {
    plain: [null, true, false, "", "a", '\u2028<&>\n"\\', [], {}, [[]], { "": {} }],
    numbers: [0, -1, 1.5, -0.25, 1e21, 1e-7, 9007199254740991, 123456789012],
    names: Object.fromEntries(names.map((name, index) => [name, { index, of: name, tags: ["one", "two"] }])),
    grown,
    ["__proto__x"]: { constructor: 1 },
    escapes: { '"a"': 1, "\n\t": 2, "\\": 3, plain: 4 },
    shared: { a: { deep: { list: [1, { x: 1 }] } }, b: { deep: { list: [1, { x: 1 }] } }, c: [{ x: 1 }, { x: 2 }] },
    many: Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key ${index}`, index % 7])),
  },
};
const rego = `
all := data.d

looked := [data.d.names[name].index | some name in input.names]

walked := {name | some name, one in data.d.names; one.of == name; one.tags[1] == "two"}

sizes := [count(one) | some one in data.d.grown]

escaped := [data.d.escapes["\\"a\\""], data.d.escapes["\\n\\t"], data.d.escapes["\\\\"], data.d.escapes.plain]

found := [data.d.many[key] | some key in input.keys]

sums := [sum(data.d.numbers), data.d.numbers[4] > 1, data.d.numbers[1] + 2, data.d.plain[4] == "a"]

replaced := one if {
	one := all with data.d.plain as {"x": data.d.numbers}
}

shared := [data.d.shared.a, data.d.shared.b, data.d.shared.c]

apart := one if {
	one := shared with data.d.shared.a.deep.list as [2]
}

patched_apart := json.patch(data.d.shared, [{"op": "replace", "path": "b/deep/list/1/x", "value": 3}])

removed := object.remove(data.d.names, ["n1"])

patched := json.patch(data.d, [{"op": "remove", "path": "plain/0"}, {"op": "add", "path": "new", "value": [1]}])

joined := object.union(data.d, {"plain": {"x": 1}})
`;
const rules = [
  "all",
  "looked",
  "walked",
  "sizes",
  "escaped",
  "found",
  "sums",
  "replaced",
  "shared",
  "apart",
  "patched_apart",
  "removed",
  "patched",
  "joined",
];

interface Pair {
  readonly image: HostedPolicy;
  /** Of the bytes, without objects. */
  readonly bytes: HostedPolicy;
  readonly read: HostedPolicy;
}

let pair: Pair;
beforeAll(async () => {
  const files = { "p/p.rego": `package p\n${rego}`, "data.json": JSON.stringify(data) };
  const compiled = await compileRego(
    files,
    rules.map((rule) => `p/${rule}`),
  );
  const module = await compileModule(compiled.wasm, []);
  const json = Buffer.from(JSON.stringify(compiled.data, null, 1));
  const host = (foreign: string | null, from: JsonObject | Buffer = compiled.data): HostedPolicy => {
    const loaded = loadCompiled({ ...module, foreign }, from, limits);
    return new HostedPolicy(preparedModule(loaded, compiled.data, { registry, redirects: [] }), limits);
  };
  // Said to be foreign, the same module reads the data itself.
  pair = { image: host(null), bytes: host(null, json), read: host("said so") };
});

const text = JSON.stringify({ names: [...names, "no name", ""], keys: ["key 0", "key 19999", "key 20000", 3] });

// Twice: no evaluation changes data.
test.each([...rules, ...rules])("gives %s as with data that OPA's runtime has read", (rule) => {
  const of = (policy: HostedPolicy): string => policy.ask({ entrypoint: `p/${rule}`, text, format: "value" }).text;
  const [image, read] = [of(pair.image), of(pair.read)];
  expect(of(pair.bytes)).toBe(image);
  expect(read).toContain("result");
  let at = 0;
  while (at < read.length && image[at] === read[at]) at += 1;
  expect(image.slice(at - 80, at + 80)).toBe(read.slice(at - 80, at + 80));
});

const bytesOf = (value: JsonValue): number => (dataImage(value, 1_000)?.end ?? 0) - 1_000;

const line = { owner: "a team with a long name", tags: ["one", "two"], size: 12345.5, of: { a: null, b: [] } };

test("has values that are equal once", () => {
  const [one, ten] = [bytesOf([line]), bytesOf(Array.from({ length: 10 }, () => line))];
  // The list has nine more items, and eight more indexes than the one of tags.
  expect(ten - one).toBe(9 * 8 + 8 * 16);
});

test.each([
  ["an item", { ...line, tags: ["one", "three"] }],
  ["the order of items", { ...line, tags: ["two", "one"] }],
  ["a value", { ...line, of: { a: false, b: [] } }],
  ["a name", { ...line, of: { a: null, c: [] } }],
  ["what two names have", { ...line, of: { a: [], b: null } }],
  ["one member more", { ...line, of: { a: null, b: [], c: 1 } }],
  ["one member less", { ...line, of: { a: null } }],
])("has lists and objects that differ in %s apart", (_what, other) => {
  const value = [line, other, line];
  expect(valueIn(dataImage(value, 1_000) as DataImage)).toEqual([line, other, line].map((one) => aloneIn(one)));
});

test.each<[string, (one: number, other: number) => JsonValue]>([
  ["lists", (one, other) => [one, other, one, other]],
  ["objects", (one, other) => ({ a: one, b: other })],
])("has %s with the same hash apart", (_what, made) => {
  // Some of so many have the hash of another one.
  const rows = Array.from({ length: 100_000 }, (_, index) => made(index % 1_000, Math.floor(index / 1_000)));
  const found = valueIn(imageOfJson(Buffer.from(JSON.stringify(rows)), 1_000) as DataImage) as unknown[];
  const wrong = rows.filter((row, index) => JSON.stringify(plainOf(found[index])) !== JSON.stringify(row));
  expect([found.length, wrong.slice(0, 3)]).toEqual([rows.length, []]);
});

/** More texts than are known at once. */
const many = Array.from({ length: 600_000 }, (_, index) => `"${index}"`).join();

test("forgets texts of which it knows too many, and finds a name that is there twice nevertheless", () => {
  const text = `"${"long ".repeat(20_000)}"`;
  const sizeOf = (json: string): number => (imageOfJson(Buffer.from(json), 1_000) as DataImage).end;
  const [once, near, far] = [`[${many},${text},1]`, `[${many},${text},${text}]`, `[${text},${many},${text}]`].map(
    sizeOf,
  ) as [number, number, number];
  expect([near - once < 100, far - once > 90_000]).toEqual([true, true]);
  expect(imageOfJson(Buffer.from(`{"twice":1,"many":[${many}],"twice":2}`), 1_000)).toBeNull();
});

test("has texts once that are there once in each of several large maps", () => {
  const map = Array.from({ length: 140_000 }, (_, index) => `"a rather long name with the number ${index}":1`).join();
  const sizeOf = (maps: number): number => {
    const json = `[${Array.from({ length: maps }, (_, index) => `{${map},"of":${index}}`).join()}]`;
    return (imageOfJson(Buffer.from(json), 1_000) as DataImage).end;
  };
  // A member, and its part of the buckets.
  expect((sizeOf(2) - sizeOf(1)) / 140_000).toBeLessThan(12 + 8);
});

/** Texts in one list, of which the one at an address makes a member `b` that has the hash of the member `a`. */
function sameHash(): string {
  const [start, key, value] = [1_000, 1_000, 1_016];
  const factor = 0x85ebca6b;
  let inverse = 1;
  for (let step = 0; step < 5; step += 1) inverse = Math.imul(inverse, 2 - Math.imul(factor, inverse));
  for (let first = 4; ; first += 4) {
    const other = start + 2 * 16 + 12 + first;
    const wanted = Math.imul(inverse, other ^ key ^ Math.imul(value, factor)) >>> 0;
    const gap = wanted - (other + 16) - 12;
    if (wanted % 4 === 0 && gap > 0 && gap < 2_000_000)
      return `"a","V","${"f".repeat(first)}","b","${"g".repeat(gap)}","W"`;
  }
}

test("takes no object that has a name twice for one with another name and the same hash", () => {
  const json = (objects: string): Buffer => Buffer.from(`[${sameHash()},${objects}]`);
  expect(imageOfJson(json('{"a":"V","b":"W"},{"a":"V"}'), 1_000)).not.toBeNull();
  expect(imageOfJson(json('{"a":"V","b":"W"},{"a":"V","a":"V"}'), 1_000)).toBeNull();
});

test("has addresses beyond 2 GiB, as memory of 4 GiB has", () => {
  const start = 2 ** 31 + 1;
  const image = dataImage({ a: "text" }, start);
  expect(image?.address).toBeGreaterThan(start);
  expect(image?.end).toBeGreaterThan(image?.address ?? Infinity);
});

test.each([
  ["half a surrogate pair", { a: ["\ud800"] }],
  ["a number with all of its digits", parseExact('{"a": 12345678901234567890}') as JsonValue],
  ["more than 500 levels", JSON.parse(`${"[".repeat(501)}${"]".repeat(501)}`) as JsonValue],
  ["an object that is no plain one", { a: new Date(0) } as unknown as JsonValue],
])("leaves %s to the runtime", (_name, value) => {
  expect(dataImage(value, 1_000)).toBeNull();
});

describe("of JSON that is made no objects", () => {
  const values: JsonValue[] = [
    ...[data.d, {}, [], "text", 'ä😀"\\\n', 0, -1.5, 1e21, true, null, { a: { a: { a: ["a", 1, "1"] } } }],
    Array.from({ length: 3_000 }, () => ({})),
    Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`n${index * 7}`, [index, `n${index}`]])),
  ];

  test.each(values.map((value, index) => [index, value] as const))(
    "has the values, each once (%i)",
    (_index, value) => {
      const json = Buffer.from(JSON.stringify(value));
      const [read, made] = [imageOfJson(json, 1_000), dataImage(value, 1_000)];
      expect(valueIn(read as DataImage)).toEqual(valueIn(made as DataImage));
      expect(read?.end).toBe(made?.end);
    },
  );

  test("has the same bytes where its text is given back", () => {
    const rows = Array.from({ length: 40_000 }, (_, index) => [
      `n\u00e4me "${index}"`,
      { index, tags: ["a", `t${index}`], "": {} },
    ]);
    const json = Buffer.from(JSON.stringify(Object.fromEntries(rows)));
    const copy = new Uint8Array(json);
    const { buffer } = copy;
    const kept = imageOfJson(json, 1_000) as DataImage;
    const given = imageOfJson(copy, 1_000, { given: true }) as DataImage;
    expect(buffer.detached).toBe(true);
    expect([given.end, given.address]).toEqual([kept.end, kept.address]);
    expect(Buffer.compare(given.memory, kept.memory)).toBe(0);
  });

  test.each([
    ["a name that is there twice", '{"b": {"a": 1, "a": 2}}'],
    ["a name that is there twice, once with an escape", '{"a": 1, "\\u0061": 2}'],
    ["half a surrogate pair", '["\\ud800"]'],
    ["text behind the value", "[] []"],
    ["more than 500 levels", `${"[".repeat(501)}${"]".repeat(501)}`],
  ])("is not there for %s", (_name, json) => {
    expect(imageOfJson(Buffer.from(json), 1_000)).toBeNull();
  });
});

/** What was read of an image, with numbers, and with objects in the order of their names. */
function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== "object" || value === null) return value;
  const { number, members = [] } = value as {
    readonly number?: string;
    readonly members?: readonly [string, unknown][];
  };
  if (number !== undefined) return Number(number);
  return Object.fromEntries(members.map(([name, one]) => [name, plainOf(one)]).toSorted());
}

function aloneIn(value: JsonValue): unknown {
  return valueIn(dataImage(value, 1_000) as DataImage);
}

/** The value of an image, as one reads it by the layout of value.h. */
function valueIn({ memory, address }: DataImage): unknown {
  const bytes = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
  const word = (at: number): number => bytes.readUInt32LE(at);
  const text = (at: number, length: number): string => bytes.toString("utf8", at, at + length);
  const members = (buckets: number, size: number, read: (at: number) => unknown): unknown[] => {
    const found: unknown[] = [];
    for (let bucket = 0; bucket < size; bucket += 1)
      for (let at = word(buckets + bucket * 4); at !== 0; at = word(at + 8))
        found.push([read(word(at)), read(word(at + 4))]);
    return found;
  };
  const read = (at: number): unknown => {
    const kind = bytes[at];
    if (kind === 1) return null;
    if (kind === 2) return bytes[at + 1] === 1;
    if (kind === 3) return bytes[at + 1] === 1 ? word(at + 8) : { number: text(word(at + 8), word(at + 12)) };
    if (kind === 4) return text(word(at + 8), word(at + 4));
    if (kind === 5) return Array.from({ length: word(at + 8) }, (_, index) => read(word(word(at + 4) + index * 8 + 4)));
    return { members: members(word(at + 4), word(at + 8), read) };
  };
  return read(address);
}
