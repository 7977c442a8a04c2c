/** OPA's own hash is the oracle: many documents in one folder, signed by the real opa at once. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  canonicalJsonInWorker,
  canonicalJson,
  fileHash,
  hashedBytes,
} from "../../../../gateway/bundles/signatures/file-hash.ts";
import { claimsOf } from "../../../support/bundles/signed-bundle.ts";
import { opa } from "../../decide/support/compile-rego.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-canonical-"));
});
afterAll(() => rm(folder, { recursive: true }));

const documents = [
  '{"b":1,"a":{"d":[1,2,{"z":null,"y":true}],"c":"x"}}',
  '{ "n" : [ 1.50, 1e5, 1E+5, 1e-7, -0, 0.0, 100000000000000000000000, 123456789012345678901, 1e400, 0.1 ] }',
  '{"n":[9007199254740993,1.0,1.10,-0.0,1e21,1E21,5e-324,2.2250738585072014e-308]}',
  String.raw`{"s":"\u0000\u0001\u001f\b\f\n\r\t\"\\\/\u007f\u0080<>&' \u2028\u2029 ü 漢 \ud83d\ude00"}`,
  '{"raw":"\u2028\u2029\u007f\u0080ü漢😀<b>&amp;"}',
  // By UTF-16 the emoji comes before U+FB01, by UTF-8 after it.
  '{"😀":1,"ﬁ":2,"￿":3,"é":4,"z":5,"Z":6,"":7,"10":8,"9":9}',
  '{"__proto__":{"a":1},"constructor":2,"rawJSON":"3","toString":null}',
  '{"a":1,"a":2,"b":{"x":1},"b":{"y":2}}',
  String.raw`{"\u0061b":1,"k\u2028":"\u003c"}`,
  "[]",
  "{}",
  ' "text" ',
  "17.250",
  "null",
  "\r\n\t[1 , 2\n]\n",
  `${"[".repeat(500)}${"]".repeat(500)}`,
];

const generated = Array.from({ length: 60 }, (_, seed) =>
  JSON.stringify(anyValue(mulberry(seed + 1), 4), null, seed % 3),
);

test("hashes JSON exactly as opa sign does, whatever its layout, numbers, keys and characters", async () => {
  const all = [...documents, ...generated];
  for (const [index, text] of all.entries()) {
    await mkdir(join(folder, `d${index}`));
    await writeFile(join(folder, `d${index}`, "data.json"), text);
  }
  await promisify(execFile)(opa, ["sign", "--signing-key", "secret", "--signing-alg", "HS256", "--bundle", "."], {
    cwd: folder,
  });
  const { files } = claimsOf(await readFile(join(folder, ".signatures.json"), "utf8"));
  const theirs = new Map(files.map(({ name, hash }) => [name, hash]));
  expect(theirs.size).toBe(all.length);
  for (const [index, text] of all.entries()) {
    const path = `d${index}/data.json`;
    const ours = fileHash(path, await hashedBytes(path, Buffer.from(text)), "SHA-256");
    expect({ text, hash: ours }).toEqual({ text, hash: theirs.get(path) });
  }
});

test("reads what is large on a thread of its own, and to the same text", async () => {
  const large = Buffer.from(JSON.stringify({ z: Array.from({ length: 20_000 }, (_, n) => ({ n: n / 7 })), a: "1.50" }));
  expect(large.length).toBeGreaterThan(64 * 1024);
  expect(await canonicalJsonInWorker(large)).toBe(canonicalJson(large));
  const broken = Buffer.from(`${large.toString()}x`);
  await expect(canonicalJsonInWorker(broken)).rejects.toThrow(/JSON/);
});

test.each([
  ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ["half of a surrogate pair", Buffer.from(String.raw`{"a":"\ud800"}`)],
  ["half of a pair in a key", Buffer.from(String.raw`{"\udc00":1}`)],
  ["a byte order mark", Buffer.from("\ufeff{}")],
  ["something after the end", Buffer.from("{} {}")],
  ["YAML", Buffer.from("a: 1")],
  ["nothing", Buffer.alloc(0)],
  ["more levels than can be read", Buffer.from("[".repeat(200_000))],
])("refuses %s, which could be read in two ways", async (_name, bytes) => {
  await expect(hashedBytes("data.json", bytes)).rejects.toMatchObject({ problem: "file_unverifiable" });
});

test("takes every other file as it is", async () => {
  const bytes = Buffer.from([0xff, 0x00]);
  for (const path of ["policy.wasm", "a/my-data.json", "data.json.rego", "x.manifest"])
    expect(await hashedBytes(path, bytes)).toBe(bytes);
});

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Texts from all over Unicode, numbers of all sizes, objects with keys that sort differently by code unit and by byte. */
function anyValue(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 0 ? 6 : 4));
  if (kind === 0) return random() < 0.5 ? null : random() < 0.5;
  if (kind === 1) return (random() - 0.5) * 10 ** Math.floor(random() * 40 - 15);
  if (kind <= 3) return anyText(random);
  const size = Math.floor(random() * 6);
  if (kind === 4) return Array.from({ length: size }, () => anyValue(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [anyText(random), anyValue(random, depth - 1)]));
}

function anyText(random: () => number): string {
  const most = [0x20, 0x7f, 0x800, 0xd800, 0xffff, 0x10ffff];
  return Array.from({ length: Math.floor(random() * 6) }, () => {
    const point = Math.floor(random() * (most[Math.floor(random() * most.length)] as number));
    return String.fromCodePoint(point >= 0xd800 && point <= 0xdfff ? point - 0x800 : point);
  }).join("");
}
