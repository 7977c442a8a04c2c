import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { count } from "../../../../gateway/cli/decisions/count.ts";
import { exportAll } from "../../../../gateway/cli/decisions/export.ts";
import type { DecisionCounts, RecordsOfDecision } from "../../../../gateway/domain/ports.ts";
import { type ConsoleCli, startConsoleCli } from "../console-cli.ts";
import { expectExamples } from "../run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

const counted = async (...args: string[]) =>
  JSON.parse((await cli.asApprover("decisions", "count", "--json", ...args)).stdout) as DecisionCounts;
const exported = async (...args: string[]) => (await cli.asApprover("decisions", "export", ...args)).stdout;
const records = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordsOfDecision);

test("counts by several fields in aligned columns, with the total of all below", async () => {
  const { code, stdout } = await cli.asApprover("decisions", "count", "--by", "tool,effect");
  const lines = stdout.trimEnd().split("\n");
  expect([code, lines[0], lines.at(-1)]).toEqual([
    0,
    expect.stringMatching(/^DECISIONS {2}TOOL {2,}EFFECT$/),
    expect.stringMatching(/^ {6}120 {2}total$/),
  ]);
  const column = lines[0]?.indexOf("EFFECT") ?? 0;
  expect(lines.slice(1, -1).map((line) => line.slice(column))).toEqual(
    expect.arrayContaining(["allow", "deny", "hold"]),
  );
  const sum = lines.slice(1, -1).reduce((total, line) => total + Number(line.slice(0, 9)), 0);
  expect(sum).toBe(120);
  expect((await cli.asApprover("decisions", "count")).stdout).toBe("120\n");
});

test.each<[some: boolean, query: readonly string[]]>([
  [true, []],
  [true, ["--rule", "chain/exfiltration", "--route", "crm", "--instance", "gw-1"]],
  [true, ["--approval", "a_refund_881", "--outcome", "held", "--status", "202", "--person", "alice@shop.example"]],
  [false, ["--revision", "no such revision"]],
])("exports as many lines as it counts, each once, newest first: %j %j", async (some, query) => {
  const { total } = await counted(...query);
  expect(total > 0).toBe(some);
  const text = await exported("--format", "ndjson", ...query);
  const numbers = total === 0 ? [] : records(text).map(({ decision }) => Number(decision["seq"]));
  expect([text.split("\n").length - 1, new Set(numbers).size]).toEqual([total, total]);
  expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
  const csv = await exported("--format", "csv", ...query);
  expect(csv.split("\r\n").length - 2).toBe(total);
});

test("exports the records whole, as `show` has them", async () => {
  const [first] = records(await exported("--format", "ndjson", "--effect", "hold"));
  const shown = await cli.asApprover("decisions", "show", String(first?.decision["decision_id"]), "--json");
  expect(JSON.parse(shown.stdout)).toMatchObject({ ...first });
  expect(first?.outcome).toMatchObject({ approval_id: "a_refund_881" });
});

test("writes a file when all of it is there, and none when the export fails", async () => {
  const file = join(cli.cwd, "denied.csv");
  const done = await cli.asApprover(
    "decisions",
    "export",
    "--format",
    "csv",
    "--code",
    "NO_ENTITLEMENT",
    "--out",
    file,
  );
  const { total } = await counted("--code", "NO_ENTITLEMENT");
  expect(done.stdout).toBe(`${total} decisions in ${file}\n`);
  const [head, ...lines] = readFileSync(file, "utf8").trimEnd().split("\r\n");
  expect(head).toMatch(/^decision_id,seq,timestamp,effect,tool,.*,duration_ms$/);
  expect([lines.length, lines[0]]).toEqual([total, expect.stringContaining(",deny,crm/run_report,support-bot,")]);
  const other = join(cli.cwd, "other.csv");
  const failed = await cli.asApprover(
    "decisions",
    "export",
    "--format",
    "csv",
    "--tool",
    "x".repeat(300),
    "--out",
    other,
  );
  expect([failed.code, existsSync(other), existsSync(`${other}.part`)]).toEqual([1, false, false]);
});

describe("what stands in the place of the file", () => {
  const csv = ["decisions", "export", "--format", "csv", "--effect", "hold", "--out"];
  const at = (name: string): string => join(cli.cwd, name);
  const head = /^decision_id,seq,timestamp/;

  test("a pipe is written to, and stays one", async () => {
    expect(spawnSync("mkfifo", [at("pipe")]).status).toBe(0);
    const [read, done] = await Promise.all([readFile(at("pipe"), "utf8"), cli.asApprover(...csv, at("pipe"))]);
    expect([done.code, read, lstatSync(at("pipe")).isFIFO()]).toEqual([0, expect.stringMatching(head), true]);
  });

  test("a link is followed, also to a file that is not there yet", async () => {
    writeFileSync(at("old.csv"), "old");
    for (const name of ["old.csv", "new.csv"]) {
      symlinkSync(name, at(`to-${name}`));
      expect((await cli.asApprover(...csv, at(`to-${name}`))).code).toBe(0);
      expect(lstatSync(at(`to-${name}`)).isSymbolicLink()).toBe(true);
      expect(readFileSync(at(name), "utf8")).toMatch(head);
    }
  });

  test("a folder, and one that is not there, are told in one line", async () => {
    expect(await cli.asApprover(...csv, cli.cwd)).toMatchObject({
      code: 2,
      stderr: `${cli.cwd} is a folder; name a file in it with --out.\n`,
    });
    expect(await cli.asApprover(...csv, at("none/x.csv"))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^\S+none\/x.csv cannot be written: ENOENT[^\n]*\n$/),
    });
  });
});

test.each([
  [["count", "--by", "tool,colour"], "Expected effect, tool,"],
  [["count", "--by", "tool,effect,code,rule,route"], "four fields at most"],
  [["export"], "--format"],
  [["export", "--format", "xml"], "Allowed choices are ndjson, csv"],
])("refuses %j with what is possible", async (args, sentence) => {
  expect(await cli.asApprover("decisions", ...args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(sentence),
  });
});

test("the help of both verbs has its examples", async () => {
  await expectExamples("decisions", [count, exportAll]);
});
