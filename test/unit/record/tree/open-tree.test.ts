import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { TestLog, write } from "../../../support/record/test-log.ts";

let here: TestLog;
beforeEach(() => {
  here = new TestLog();
});
afterEach(() => here.remove());

/** So many decisions, then a clean end. */
async function run(count: number, from = 0): Promise<void> {
  const writer = here.writer();
  await writer.open();
  for (let n = from; n < from + count; n += 1) await write(writer, n);
  await writer.close();
}

const tlog = (...parts: string[]): string => join(here.log, "tlog", ...parts);
const checkpoint = () => parseCheckpoint(readFileSync(tlog("checkpoint"), "utf8"));
const kinds = (): string[] => here.lines().map(({ kind }) => kind);

async function problems(): Promise<string[]> {
  return (await here.verified(false)).problems.map(({ code, detail }) => `${code}: ${detail}`);
}

test("a log that ends has a checkpoint of all its lines, and the next start goes on in the same tree", async () => {
  await run(3);
  const first = checkpoint();
  expect(first?.size).toBe(4);
  expect(first?.origin).toMatch(/^example\.com\/gw-1\/[0-9a-f]{16}$/);
  await run(300, 3);
  expect(checkpoint()).toMatchObject({ origin: first?.origin, size: 304 });
  expect(await problems()).toEqual([]);
  expect(readdirSync(tlog("tile", "0")).toSorted()).toEqual(["000", "001.p"]);
});

test("lines that the tree lacks after a crash are taken in at the start, and a record says how many", async () => {
  await run(3);
  cpSync(tlog(), join(here.dir, "before"), { recursive: true });
  await run(5, 3);
  // As if the gateway had been killed before the tree had them.
  rmSync(tlog(), { recursive: true });
  cpSync(join(here.dir, "before"), tlog(), { recursive: true });
  expect(await problems()).toEqual(["uncovered: 5 lines are behind the newest checkpoint"]);
  await run(2, 8);
  const told = { kind: "adopted", lines: 5, to_leaf: 9 };
  expect(here.lines().slice(-3)).toMatchObject([told, { decision_id: "d_8" }, { decision_id: "d_9" }]);
  expect(await problems()).toEqual([]);
});

test("a torn line of a crash is no line of the tree", async () => {
  await run(2);
  appendFileSync(here.first, '{"seq":4,"kind":"deci');
  await run(1, 2);
  expect(await problems()).toEqual([]);
});

test("a log from before there were trees is taken in whole", async () => {
  await run(4);
  const lines = here.lines().filter(({ kind }) => kind === "decision");
  rmSync(tlog(), { recursive: true });
  writeFileSync(here.first, lines.map((line, at) => `${JSON.stringify({ ...line, seq: at + 1 })}\n`).join(""));
  await run(1, 4);
  expect(checkpoint()?.size).toBe(6);
  expect(kinds()).toEqual(["decision", "decision", "decision", "decision", "adopted", "decision"]);
  expect(await problems()).toEqual([]);
});

test.each([
  ["a tile was lost", () => rmSync(tlog("tile"), { recursive: true })],
  ["a tile was changed", () => writeFileSync(tlog("tile", "0", "000.p", "4"), Buffer.alloc(128))],
  ["the history was cut", () => truncateSync(tlog("checkpoints"), 40)],
])("a tree is made anew from the lines when %s, and tells", async (_what, damage) => {
  await run(3);
  const { origin } = checkpoint() ?? {};
  damage();
  await run(1, 3);
  expect(here.lines().slice(-2)).toMatchObject([{ kind: "interruption" }, { kind: "decision" }]);
  expect(here.lines().at(-2)?.problem).toContain("was made anew from the lines");
  expect(checkpoint()).toMatchObject({ origin, size: 6 });
});

test("a tree is made anew from its own lines when segments of another log are before them", async () => {
  await run(3);
  rmSync(tlog(), { recursive: true });
  await run(3, 3);
  const { origin } = checkpoint() ?? {};
  rmSync(tlog("tile"), { recursive: true });
  await run(1, 6);
  expect(here.lines().at(-2)?.problem).toContain("was made anew from the lines");
  expect(checkpoint()?.origin).toBe(origin);
});

test("a tree that its lines do not lead to is kept aside, and another one begins", async () => {
  await run(3);
  const { origin } = checkpoint() ?? {};
  rmSync(tlog("tile"), { recursive: true });
  truncateSync(here.first, 250);
  await run(1, 3);
  expect(existsSync(join(here.log, "tlog-damaged-1", "checkpoint"))).toBe(true);
  expect(checkpoint()?.origin).not.toBe(origin);
  expect(here.lines().at(-2)?.problem).toContain("is kept as tlog-damaged-1");
  expect(await problems()).toEqual([expect.stringContaining(`begins as a segment of the log ${origin}`)]);
});

test("a tree that is gone is told, and another one begins", async () => {
  await run(3);
  rmSync(tlog(), { recursive: true });
  await run(1, 3);
  expect(here.lines().at(-2)?.problem).toContain("the tree over the log is gone");
});

test("lines that were cut off are missed by the tree, which goes on above them", async () => {
  await run(3);
  truncateSync(here.first, readFileSync(here.first, "utf8").indexOf('{"seq":3'));
  await run(1, 3);
  const [told] = here.linesOf("decisions-000002.jsonl");
  expect(told).toMatchObject({ kind: "interruption", leaf: 4, why: "problem", after: "decisions-000001.jsonl" });
  expect(told?.problem).toContain("it lacks 2 lines at its end that the tree over it holds");
  expect(await problems()).toEqual(["missing: lines 2 to 3 of the log are gone, and nothing tells why"]);
});

test("a last line that was changed while the gateway was down is told, and nothing is put behind it", async () => {
  await run(3);
  writeFileSync(here.first, readFileSync(here.first, "utf8").replace('"d_2"', '"d_9"'));
  await run(1, 3);
  expect(here.linesOf("decisions-000002.jsonl")[0]?.problem).toContain("has another line 3 than the tree");
});
