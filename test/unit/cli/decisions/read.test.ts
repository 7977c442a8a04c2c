import { search, show, tail } from "../../../../gateway/cli/decisions/read.ts";
import { type ConsoleCli, startConsoleCli } from "../console-cli.ts";
import { expectExamples, sallyport } from "../run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

test("finds decisions by effect and goes on at the cursor", async () => {
  const first = JSON.parse(
    (await cli.asApprover("decisions", "search", "--effect", "deny", "--limit", "3", "--json")).stdout,
  ) as { rows: { seq: number; effect: string }[]; next: string };
  expect(first.rows.map((row) => row.effect)).toEqual(["deny", "deny", "deny"]);
  const next = JSON.parse(
    (await cli.asApprover("decisions", "search", "--effect", "deny", "--limit", "3", "--after", first.next, "--json"))
      .stdout,
  ) as typeof first;
  expect(next.rows[0]?.seq).toBeLessThan(first.rows.at(-1)?.seq ?? 0);
  const people = await cli.asApprover("decisions", "search", "--tool", "crm/post_update");
  expect(people.stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}✕ deny .*EXFILTRATION_CHAIN/m);
});

test("finds decisions of a time, said as how long ago or as a moment", async () => {
  const found = async (...when: string[]): Promise<string[]> => {
    const { stdout } = await cli.asApprover("decisions", "search", "--limit", "200", "--json", ...when);
    return (JSON.parse(stdout) as { rows: { timestamp: string }[] }).rows.map(({ timestamp }) => timestamp);
  };
  const all = await found();
  const middle = all[all.length >> 1] ?? "";
  expect(await found("--since", middle)).toEqual(all.filter((timestamp) => timestamp >= middle));
  expect(await found("--until", middle.replace("Z", "+00:00"))).toEqual(all.filter((timestamp) => timestamp < middle));
  expect([await found("--since", "365d"), await found("--until", "365d")]).toEqual([all, []]);
  const wrong = await cli.asApprover("decisions", "search", "--since", "yesterday");
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/'yesterday' is invalid. Expected how long ago, such as 2h or 30d, a date/),
  ]);
});

test("tails with each column at the same place in every line", async () => {
  const lines = (await cli.asApprover("decisions", "tail", "--limit", "7")).stdout.trimEnd().split("\n");
  const places = lines
    .filter((line) => !line.includes("⟦"))
    .map((line) => [
      line.search(/(refund|support)-bot/),
      line.search(/crm\/|payments\//),
      line.search(/forwarded|refused|held/),
    ]);
  expect(places).toHaveLength(6);
  expect(new Set(places.map(String)).size).toBe(1);
});

test("tails the latest decisions, oldest first, and shows one as recorded", async () => {
  const lines = (await cli.asApprover("decisions", "tail", "--limit", "5", "--json")).stdout.trim().split("\n");
  const rows = lines.map((line) => JSON.parse(line) as { seq: number; decision_id: string });
  expect(rows.map((row) => row.seq)).toEqual(rows.map((row) => row.seq).toSorted((a, b) => a - b));
  expect(rows).toHaveLength(5);
  const id = rows[0]?.decision_id ?? "";
  expect(JSON.parse((await cli.asApprover("decisions", "show", id, "--json")).stdout)).toMatchObject({
    decision: { decision_id: id },
  });
  expect((await cli.asApprover("decisions", "show", "d_none")).code).toBe(1);
});

test("follows decisions that come many at once, each once and in order", async () => {
  const { cwd, running } = cli;
  let added = false;
  const ran = sallyport(
    [
      ...["decisions", "tail", "--follow", "--json", "--limit", "5"],
      ...["--console", running.url],
      ...["--user", running.user],
    ],
    {
      cwd,
      env: { SALLYPORT_PASSWORD: running.password },
      until(stdout) {
        const lines = stdout.split("\n").length - 1;
        if (!added && lines === 5) {
          added = true;
          void running.decisions.add(450, running.now());
        }
        return lines >= 455;
      },
    },
  );
  const numbers = (await ran).stdout
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
  expect(numbers).toEqual(Array.from({ length: 455 }, (_, at) => (116 + at) * 2));
});

test("refuses a wrong effect with what is possible", async () => {
  const done = await cli.asApprover("decisions", "search", "--effect", "dney");
  expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining("Allowed choices are allow, deny, hold") });
});

test.each([
  ["--after", "%%%", "Expected the `next` of the last answer"],
  ["--status", "abc", "Expected an HTTP status, such as 403."],
  ["--status", "4x", "Expected an HTTP status, such as 403."],
])("refuses %s %s, and does not say that nothing matches", async (option, value, sentence) => {
  const done = await cli.asApprover("decisions", "search", option, value);
  expect(done).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(sentence) });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("decisions", [tail, search, show]);
});
