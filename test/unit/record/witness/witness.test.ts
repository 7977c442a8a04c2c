import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addCheckpointText } from "../../../../gateway/lib/tlog/add-checkpoint.ts";
import { parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { cosignedAt } from "../../../../gateway/lib/tlog/cosignature.ts";
import { parseNote, signersOf } from "../../../../gateway/lib/tlog/note.ts";
import { Witness } from "../../../../gateway/record/witness/witness.ts";
import { TestTree } from "../../../support/record/test-tree.ts";

const clock = { now: () => 1_700_000_000_123, monotonic: () => 0 };
const log = new TestTree(["a", "b", "c", "d", "e", "f", "g"]);
const dir = mkdtempSync(join(tmpdir(), "witness-"));
const { privateKey } = generateKeyPairSync("ed25519");
const open = () => new Witness({ dir, name: "witness.example.com", privateKey, logs: [log.key], clock });
const add = (old: number, size: number, tree = log, proof = tree.proof(old, size)) =>
  open().addCheckpoint(addCheckpointText(old, proof, tree.checkpoint(size)));

afterAll(() => rmSync(dir, { recursive: true }));

test("cosigns the first checkpoint and each that follows on the last one, also after it was started again", () => {
  for (const [old, size] of [
    [0, 3],
    [3, 3],
    [3, 7],
  ] as const) {
    const { status, body } = add(old, size);
    expect(status).toBe(200);
    expect(cosignedAt(parseNote(`${log.checkpoint(size)}${body}`) ?? { text: "", signatures: [] }, open().key)).toBe(
      1_700_000_000,
    );
  }
  const kept = parseCheckpoint(open().newest(log.origin) ?? "");
  expect(kept?.size).toBe(7);
  expect(signersOf(kept?.note ?? { text: "", signatures: [] }, [log.key])).toHaveLength(1);
  expect(cosignedAt(kept?.note ?? { text: "", signatures: [] }, open().key)).toBe(1_700_000_000);
});

const changed = log.with(["a", "b", "X", "d", "e", "f", "g"]);
const longer = log.with([...log.lines, "h", "i"]);
const longerChanged = log.with([...changed.lines, "h", "i"]);
const stranger = new TestTree(log.lines);

test.each<readonly [string, number, () => { status: number; body: string }]>([
  ["a checkpoint of fewer lines than the last", 409, () => add(3, 5)],
  ["a checkpoint from the begin", 409, () => add(0, 9, longer)],
  ["another tree of the same size", 409, () => add(7, 7, changed, [])],
  ["a longer tree whose earlier lines were changed", 422, () => add(7, 9, longerChanged)],
  ["a proof that is not whole", 422, () => add(7, 9, longer, longer.proof(7).slice(1))],
  ["no proof", 422, () => add(7, 9, longer, [])],
  ["an old size above the size", 400, () => add(9, 7, log, [])],
  ["a key that is not of the log", 403, () => add(7, 9, new TestTree(longer.lines, log.origin))],
  ["a log that it does not know", 404, () => add(7, 7, new TestTree(stranger.lines, "other.example.com"))],
  ["what is no request", 400, () => open().addCheckpoint("old 7\n\nnothing")],
  [
    "a size with a leading zero",
    400,
    () => open().addCheckpoint(addCheckpointText(7, [], log.checkpoint()).replace("old 7", "old 07")),
  ],
  [
    "more than 63 hashes",
    400,
    () =>
      add(
        7,
        9,
        longer,
        Array.from({ length: 64 }, () => Buffer.alloc(32)),
      ),
  ],
])("does not cosign %s", (_what, expected, ask) => {
  const before = open().newest(log.origin);
  const { status, body } = ask();
  expect(status).toBe(expected);
  if (status === 409) expect(body).toBe("7\n");
  expect(open().newest(log.origin)).toBe(before);
});

test("keeps no signature of strangers with what it cosigns", () => {
  const { status } = open().addCheckpoint(
    addCheckpointText(7, longer.proof(7), `${longer.checkpoint()}${stranger.checkpoint().split("\n\n")[1] ?? ""}`),
  );
  expect(status).toBe(200);
  expect(parseCheckpoint(open().newest(log.origin) ?? "")?.note.signatures).toHaveLength(2);
});

test("does not go on when what it knew cannot be read", () => {
  const name = readdirSync(dir).find((one) => one.endsWith(".checkpoint")) ?? "";
  writeFileSync(join(dir, name), "nothing");
  expect(() => add(0, 9, longer)).toThrow("a witness that lost what it knew must not go on");
});
