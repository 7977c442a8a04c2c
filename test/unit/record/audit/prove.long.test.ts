import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseVkey } from "../../../../gateway/lib/tlog/note.ts";
import { NotProved, proveAction } from "../../../../gateway/record/audit/prove.ts";
import { verifyProof } from "../../../../gateway/record/audit/verify-proof.ts";
import { TestLog, write } from "../../../support/record/test-log.ts";

let here: TestLog;
beforeAll(async () => {
  here = new TestLog();
  const writer = here.writer({ segmentBytes: 2_000 });
  for (let n = 0; n < 600; n += 1) await write(writer, n);
  await writer.close();
});
afterAll(() => here.remove());

const keys = () => [parseVkey(readFileSync(join(here.log, "tlog", "keys"), "utf8").split("\n")[2] ?? "")];

test.each(["d_0", "d_255", "d_599"])(
  "the line of %s is proved, wherever in the segments and tiles it is",
  async (id) => {
    const [made, ...others] = (await proveAction(here.log, id)).lines;
    expect([made?.kind, others]).toEqual(["decision", []]);
    expect(verifyProof(made?.proof ?? "", keys())).toMatchObject({ ok: true, record: { decision_id: id } });
  },
);

test.each([
  ["another index", (proof: string) => proof.replace(/^index .*$/m, "index 7"), "not in the tree"],
  ["a hash less", (proof: string) => proof.replace(/^(index .*\n).*\n/m, "$1"), "not in the tree"],
  ["no line", (proof: string) => proof.replace(/^extra .*\n/m, ""), "lacks the line"],
  ["another size", (proof: string) => proof.replace(/\n\n(.*)\n\d+\n/, "\n\n$1\n900\n"), "no trusted key signs"],
  ["another form", (proof: string) => proof.replace("tlog-proof@v1", "tlog-proof@v2"), "no file of"],
])("a proof with %s does not hold", async (_what, change, problem) => {
  const [made] = (await proveAction(here.log, "d_300")).lines;
  expect(verifyProof(change(made?.proof ?? ""), keys())).toEqual({
    ok: false,
    problem: expect.stringContaining(problem),
  });
});

test("a line that is not the one of the tree is not proved", async () => {
  const name = here.names().find((one) => readFileSync(join(here.log, one), "utf8").includes('"d_300"')) ?? "";
  const file = join(here.log, name);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace('"d_300","timestamp":"2026', '"d_300","timestamp":"2025'));
  await expect(proveAction(here.log, "d_300")).rejects.toThrow(NotProved);
  writeFileSync(file, text);
});

test("lines of several segments from before there were trees are proved, and segments of another log are passed over", async () => {
  const old = new TestLog();
  try {
    const first = old.writer({ segmentBytes: 300 });
    for (let n = 0; n < 6; n += 1) await write(first, n);
    await first.close();
    rmSync(join(old.log, "tlog"), { recursive: true });
    let seq = 0;
    for (const name of old.names()) {
      const lines = old.linesOf(name).filter(({ kind }) => kind === "decision");
      writeFileSync(join(old.log, name), lines.map((line) => `${JSON.stringify({ ...line, seq: ++seq })}\n`).join(""));
    }
    const second = old.writer();
    await write(second, 6);
    await second.close();
    for (let n = 0; n < 7; n += 1) expect((await proveAction(old.log, `d_${n}`)).lines).toHaveLength(1);
    // What is in the folder of the log and belongs to none of its lines.
    const number = String(old.names().length + 1).padStart(6, "0");
    const header = here.linesOf(here.names()[0] ?? "")[0];
    const foreign = [header, { seq: 2, kind: "decision", decision_id: "d_3" }].map((line) => JSON.stringify(line));
    writeFileSync(join(old.log, `decisions-${number}.jsonl`), `${foreign.join("\n")}\n`);
    expect((await proveAction(old.log, "d_3")).lines).toHaveLength(1);
  } finally {
    old.remove();
  }
});
