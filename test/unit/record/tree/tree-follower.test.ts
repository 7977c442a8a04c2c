import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../../support/eventually.ts";
import { TestLog, testTree, write } from "../../../support/record/test-log.ts";

const faulty = new URL("../../../support/record/faulty-thread.ts", import.meta.url);

let here: TestLog;
beforeEach(() => {
  here = new TestLog();
});
afterEach(() => here.remove());

const kinds = (): string[] => here.lines().map(({ kind }) => kind);

async function problems(): Promise<string[]> {
  return (await here.verified(false)).problems.map(({ code, detail }) => `${code}: ${detail}`);
}

test("who waits for a checkpoint is told that the thread has ended, and a finding says so with what happens next", async () => {
  const tree = testTree(here.log, { thread: faulty, restartMs: 3_600_000 });
  await tree.open();
  await expect(tree.cover()).rejects.toThrow("its thread failed: it was made to fail");
  expect(tree.findings()).toMatchObject([
    {
      name: "decision-log-tree",
      problem: expect.stringContaining("made to fail"),
      fix: expect.stringContaining("by itself"),
    },
  ]);
  await expect(tree.cover()).rejects.toThrow("made to fail");
  expect(tree.isToBeOpened).toBe(false);
  await tree.room();
  await tree.close();
});

test("lines wait for a thread that is behind, and are refused when it stays so", async () => {
  const tree = testTree(here.log, { thread: faulty, backlogBytes: 300_000, roomMs: 20 });
  await tree.open();
  const line = Buffer.from(`${"x".repeat(250_000)}\n`);
  tree.append(line);
  await tree.room();
  // One that fills a buffer hands over the one before it; both buffers count whole.
  tree.append(line);
  tree.append(line);
  await expect(tree.room()).rejects.toThrow("too far behind");
  await tree.close();
});

test("a record that the tree has no room for is refused", async () => {
  const writer = here.writer({ treeLimits: { thread: faulty, backlogBytes: -1, roomMs: 0 } });
  await expect(write(writer, 1)).rejects.toThrow("too far behind");
  expect(writer.failure?.message).toContain("too far behind");
  await writer.close();
});

test("a tree whose thread has ended is opened again with the next record", async () => {
  const writer = here.writer({ treeLimits: { thread: faulty, restartMs: 0 } });
  for (let n = 0; n < 3; n += 1) await write(writer, n);
  await expect(here.tree.cover()).rejects.toThrow("made to fail");
  expect(here.tree.isToBeOpened).toBe(true);
  await write(writer, 3);
  expect(here.tree.findings()).toEqual([]);
  await writer.close();
  expect(kinds()).toEqual(["segment", "decision", "decision", "decision", "decision"]);
});

test("a tree that cannot be written does not grow without end, and has every line when it can be again", async () => {
  const writer = here.writer({ treeLimits: { mostUncovered: 20, restartMs: 0 } });
  await write(writer, 0);
  await here.tree.cover();
  const [tlog, aside] = [join(here.log, "tlog"), join(here.dir, "aside")];
  renameSync(tlog, aside);
  writeFileSync(tlog, "a file where the folder was");
  await write(writer, 1);
  await expect(here.tree.cover()).rejects.toThrow("ENOTDIR");
  expect(writer.findings()).toMatchObject([{ name: "decision-log-tree", severity: "degraded" }]);
  for (let n = 2; n < 40; n += 1) await write(writer, n);
  await expect(here.tree.cover()).rejects.toThrow("ENOTDIR");
  rmSync(tlog);
  renameSync(aside, tlog);
  await eventually("its thread ends", () => Promise.resolve(here.tree.isToBeOpened ? true : null));
  await write(writer, 40);
  await writer.close();
  expect(here.lines().find(({ kind }) => kind === "adopted")).toMatchObject({ lines: 39, to_leaf: 41 });
  expect([await problems(), here.tree.findings()]).toEqual([[], []]);
});
