import { list, show, timeSpan, watch } from "../../../../gateway/cli/approvals/approvals.ts";
import { hostileApproval } from "../../../support/console/sample-approvals.ts";
import { type ConsoleCli, startConsoleCli } from "../console-cli.ts";
import { expectExamples, sallyport } from "../run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

test("lists what waits, as a table for people and as JSON for machines", async () => {
  cli.hold("a_list");
  const people = await cli.asApprover("approvals", "list");
  expect(people).toMatchObject({ code: 0, stderr: "" });
  expect(people.stdout).toMatch(/^a_list +held +1[45]m .*refund-bot +payments\/create_refund +Refund 120\.00 EUR/m);
  const machine = await cli.asApprover("approvals", "list", "--json");
  expect(machine).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(machine.stdout)).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ id: "a_list", state: "held" })]),
  });
});

test("says that an approval is unknown", async () => {
  const done = await cli.asApprover("approvals", "show", "a_none");
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining("no approval with this id") });
});

test("shows characters that would deceive an approver by their number", async () => {
  await cli.running.service.add(hostileApproval(Date.now()));
  const shown = await cli.asApprover("approvals", "show", "a_hostile");
  expect(shown.stdout).toContain("invoice⟦U+202E⟧gpj.exe");
  expect(shown.stdout).toContain("pay⟦U+200B⟧pal");
  expect(shown.stdout).toContain("THE END");
  expect(shown.stdout).not.toMatch(/[\u001b\u202e\u200b]/);
});

test("watches holds until it is interrupted", async () => {
  cli.hold("a_seen");
  let adding: NodeJS.Timeout | undefined;
  let added = 0;
  const watched = await sallyport(
    ["approvals", "watch", "--json", "--console", cli.running.url, "--user", cli.running.user],
    {
      cwd: cli.cwd,
      env: { SALLYPORT_PASSWORD: cli.running.password },
      until(stdout) {
        // It follows what happens a moment after it has shown what is there: one of these is heard.
        if (stdout.includes("a_seen")) adding ??= setInterval(() => cli.hold(`a_live_${++added}`), 200);
        return stdout.includes("a_live");
      },
    },
  ).finally(() => clearInterval(adding));
  expect(watched).toMatchObject({ code: 0, stderr: "" });
  const rows = watched.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; state: string });
  expect(rows.at(-1)).toMatchObject({ id: expect.stringMatching(/^a_live_/), state: "held" });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("approvals", [list, show, watch]);
});

test.each([
  [-1, "over"],
  [0, "over"],
  [1, "1s"],
  [61_000, "1m 1s"],
  [3_600_000, "1h 0m"],
])("writes %d ms as %s", (ms, text) => {
  expect(timeSpan(ms)).toBe(text);
});
