import { ResultReader } from "../../../../../gateway/provenance/learn/result/result-reader.ts";
import { Digester, digestKey } from "../../../../../gateway/provenance/text/digest.ts";
import { Found } from "../../../../../gateway/provenance/text/found.ts";
import { TextReader } from "../../../../../gateway/provenance/text/reader.ts";
import { TaskTexts } from "../../../../../gateway/provenance/text/task-text.ts";
import type { JsonValue } from "../../../../../gateway/lib/json.ts";
import { untrusted } from "../../../../support/provenance.ts";

const digester = new Digester(digestKey(new Uint8Array(16)));
const tasks = [new TaskTexts(digester).compile("Write to ada@corp.example.")];
const returns = { ...untrusted, trusted_fields: ["first"], own_fields: ["own"] };
const people = () => ({ inside: [], names: new Set<string>() });

function readBy(found: Found, content: JsonValue) {
  const reader = new ResultReader(new TextReader(digester, found));
  const read = reader.read(content, { returns, arguments: {}, caller: { tasks }, people });
  return { read, ...foundIn(found) };
}

function foundIn({ count, shingleCount, hi, lo, as, marks, shingles }: Found) {
  const digests = Array.from({ length: count }, (_, at) => [hi[at], lo[at], as[at], marks[at]]);
  return { digests, shingles: [...shingles.subarray(0, shingleCount)] };
}

/** Of each record, read as an answer of its own. */
function ofEach(records: readonly JsonValue[]) {
  const each = records.map((record) => readBy(new Found(digester), record));
  return { digests: each.flatMap(({ digests }) => digests), shingles: each.flatMap(({ shingles }) => shingles) };
}

test("finds in each record the ids and addresses that the records before have too", () => {
  const records = Array.from({ length: 9 }, (_, at) => ({
    customer_id: `c-47${at % 2}1`,
    url: "https://corp.example/a?b=1",
    from: ["ada@corp.example", "bob@corp.example"][at % 2] as string,
  }));
  const { digests, shingles } = readBy(new Found(digester), records);
  expect({ digests, shingles }).toEqual(ofEach(records));
});

test("finds a text that is no id once for each way to read it", () => {
  const text = "open";
  const records = [{ state: text }, { state: text }, { first: text }, { own: text }, { own: text }, { first: text }];
  const { digests } = readBy(new Found(digester), records);
  expect(digests).toEqual(ofEach([{ state: text }, { first: text }, { own: text }]).digests);
  const asId = [{ state: text }, { id: text }, { id: text }];
  expect(readBy(new Found(digester), asId).digests).toEqual(ofEach(asId).digests);
});

test("finds the runs of words that a field has not given away", () => {
  const text = "a b c d e f g";
  const { shingles } = readBy(new Found(digester), [{ first: text, id: "x-1" }, { id: text }, { key: text }]);
  expect(shingles).toEqual(ofEach([{ id: text }, { key: text }]).shingles);
  expect(shingles).toHaveLength(4);
});

test("reads a text again where what was found in it has no room", () => {
  // Two values each, as codes are: with one more there are as many as are kept.
  const records = Array.from({ length: 383 }, (_, at) => ({ id: `v${at}x` }));
  expect(readBy(new Found(digester), [...records, { id: "v0x" }]).read.isCut).toBe(false);
  expect(readBy(new Found(digester), [...records, { id: "v0x" }, { id: "v0x" }]).read.isCut).toBe(true);
});
