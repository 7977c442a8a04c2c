import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseVkey } from "../../../../gateway/lib/tlog/note.ts";
import { NotProved, proveAction, verifyProof } from "../../../../gateway/record/audit/prove.ts";
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
    const [made, ...others] = await proveAction(here.log, id);
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
  const [made] = await proveAction(here.log, "d_300");
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
