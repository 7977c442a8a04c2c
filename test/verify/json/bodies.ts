import type { Random } from "../check.ts";

/** Where JSON texts are wrong or odd in the ways that JSONTestSuite collects, re-created here piece by piece. */
const oddNumbers = [
  ..."-0 0 1 -1 1e5 1E+2 1e-7 0.1 12.50 1.0 100 0e1 0E+1 123456789012345 0.30000000000000004 1.7976931348623157e308".split(
    " ",
  ),
  ..."9007199254740991 9007199254740992 9007199254740993 9223372036854775807 18446744073709551616 -9007199254740993".split(
    " ",
  ),
  ..."1e999 -1e999 1e-999 123123e100000 0.1e1 1.000000000000000005 0.12345678901234567890 5e-324 4.9e-324 2.5e-324".split(
    " ",
  ),
  ..."01 -01 +1 .5 1. 1.e1 1e 1e+ 1eE2 0x1F 1_000 - -- NaN Infinity -Infinity 1a 0.1.2 ++1 1.2.3 0e 0e+ -.1 2.e3".split(
    " ",
  ),
];
const oddStrings = [
  ...['""', '"a"', '"\\u0061"', '"\\/"', '"\\b\\f\\n\\r\\t\\"\\\\"', '"é"', '"\\u00e9"', '"😀"', '"\\ud83d\\ude00"'],
  ...[
    '"\\ud800"',
    '"\\udc00"',
    '"\\ud800\\ud800"',
    '"\\ud83d\\u0041"',
    '"\\udead"',
    '"\\u0000"',
    '"\u2028"',
    '"\\u2028"',
  ],
  ...[
    '"\u0001"',
    '"\t"',
    '"\n"',
    '"\\x41"',
    '"\\u12"',
    '"\\u12G4"',
    '"\\"',
    '"\\a"',
    '"a',
    'a"',
    "'a'",
    '"\\U0061"',
    '"\\u{61}"',
  ],
  ...[
    '"\ufeff"',
    '"\uffff"',
    '"\ufffd"',
    '"\\uFFFF"',
    '"\u007f"',
    '"\u0080"',
    `"${"x".repeat(70)}"`,
    `"${"x".repeat(70)}\u0002"`,
  ],
];
const oddWords = [
  "true",
  "false",
  "null",
  "True",
  "nul",
  "nulll",
  "truth",
  "undefined",
  "TRUE",
  "NaN",
  "",
  ",",
  "]",
  "}",
  "/*c*/1",
  "#",
];
const oddKeys = [
  ..."a b A B id Id ID name Name NAME amount Amount key Kelvin params path straße strasse".split(" "),
  ..."\u212aey param\u017f \u00e9 \u00c9 e\u0301 \uff41 \u0130d \u0131d ﬁ fi toString length hasOwnProperty 0 1".split(
    " ",
  ),
  ...[
    "",
    " ",
    "__proto__",
    "constructor",
    "prototype",
    "a.b",
    "a\\u0062",
    "\\u0061",
    "\\u0041",
    "\\ud83d\\ude00",
    "\\ud800",
    `${"k".repeat(60)}`,
  ],
];
const spaces = ["", "", "", "", " ", "\n", "\t", "\r\n", "  ", "\u00a0", "\f", "\v", "\ufeff"];

/** A body of any shape: sound, doubtful, or broken. */
export function makeBody(random: Random): Buffer {
  const text = value(random, 1 + random.below(5));
  const whole = random.chance(0.05) ? broken(random, text) : text;
  const bytes = Buffer.from(space(random) + whole + space(random));
  return random.chance(0.04) ? spoiled(random, bytes) : bytes;
}

function value(random: Random, depth: number): string {
  const kind = random.below(depth > 0 ? 10 : 5);
  if (kind < 2)
    return random.chance(0.6) ? soundNumber(random) : random.chance(0.5) ? random.pick(oddNumbers) : anyNumber(random);
  if (kind < 4) return random.chance(0.7) ? JSON.stringify(text(random)) : random.pick(oddStrings);
  if (kind === 4) return random.chance(0.9) ? random.pick(["true", "false", "null"]) : random.pick(oddWords);
  if (kind < 8) return object(random, depth);
  if (kind === 8 && random.chance(0.02)) return nested(random);
  return `[${space(random)}${items(random, () => value(random, depth - 1), "]")}`;
}

function object(random: Random, depth: number): string {
  // Few names make duplicates likely; many make bodies that pass.
  const few = random.chance(0.3);
  const member = (): string =>
    `${key(random, few)}${space(random)}${random.chance(0.995) ? ":" : random.pick(["", "::", ",", "="])}${space(random)}${value(random, depth - 1)}`;
  return `{${space(random)}${items(random, member, "}")}`;
}

function items(random: Random, item: () => string, end: string): string {
  const parts = Array.from({ length: random.below(5) }, item);
  const tail = random.chance(0.01) ? random.pick([",", "", "]", "}", ",,"]) : "";
  return `${parts.join(`${space(random)},`)}${tail}${space(random)}${end}`;
}

function key(random: Random, few: boolean): string {
  if (few) return `"${random.pick(oddKeys)}"`;
  const plain = `k${random.below(100_000)}`;
  return random.chance(0.05) ? `"${plain.replace("k", "\\u006b")}"` : `"${plain}"`;
}

function soundNumber(random: Random): string {
  return random.chance(0.5) ? String(random.below(100_000)) : String(random.next() * 10 ** random.below(8));
}

function anyNumber(random: Random): string {
  const digits = (most: number): string =>
    Array.from({ length: 1 + random.below(most) }, () => random.below(10)).join("");
  const whole = random.chance(0.3) ? "0" : digits(20);
  const fraction = random.chance(0.6) ? `.${digits(22)}` : "";
  return `${random.chance(0.2) ? "-" : ""}${whole}${fraction}${random.chance(0.2) ? `e${random.below(40) - 20}` : ""}`;
}

function text(random: Random): string {
  const alphabet = random.pick(["abc xyz", "aé😀\u2028 ", '"\\/\n\t\u0007', "0123456789"]);
  const letters = [...alphabet];
  return Array.from({ length: random.below(random.chance(0.1) ? 200 : 12) }, () => random.pick(letters)).join("");
}

function nested(random: Random): string {
  const depth = 55 + random.below(20);
  return random.chance(0.5) ? "[".repeat(depth) + "]".repeat(depth) : '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
}

function space(random: Random): string {
  return random.chance(0.97) ? random.pick(["", "", " ", "\n"]) : random.pick(spaces);
}

function broken(random: Random, whole: string): string {
  const at = random.below(whole.length + 1);
  return (
    whole.slice(0, at) +
    random.pick(["", ",", "}", "]", '"', "\\", "\u0000", "//", "1", ":"]) +
    whole.slice(at + random.below(3))
  );
}

/** Bytes that are not UTF-8, or another encoding altogether. */
function spoiled(random: Random, bytes: Buffer): Buffer {
  if (random.chance(0.1)) return Buffer.from(bytes.toString(), "utf16le");
  if (random.chance(0.1)) return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
  const bad = random.pick([
    [0xff],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe2, 0x82],
    [0x80],
    [0xf0, 0x9f],
  ]);
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(bad), bytes.subarray(at)]);
}
