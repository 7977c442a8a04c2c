import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tasks from "../../../gateway/cli/tasks.ts";
import { sampleTask } from "../../support/console/console-tasks.ts";
import { leaseLimits } from "../../support/tasks/leases.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

let cli: ConsoleCli;
beforeEach(async () => {
  cli = await startConsoleCli();
});
afterEach(() => cli.close());

const run = (...args: string[]) => cli.asApprover("tasks", ...args);
const refund = ["--purpose", "Refund order 881", "--tool", "payments/*", "--agent", "refund-bot"];

async function opened(...args: string[]) {
  const made = await run("open", ...args, "--json");
  return JSON.parse(made.stdout) as { id: string };
}

test("opens a task with all that it is told, and says what comes next", async () => {
  const text = join(cli.cwd, "task.txt");
  writeFileSync(text, "Refund order 881.\nAnn is angry.");
  const limits = ["--calls", "20", "--concurrent", "2", "--spend", "EUR=120.50", "--spend", "mails=1", "--time", "20m"];
  const who = ["--client", "cli-1", "--serves", "ann@shop.example", "--target", "881", "--target", "shop.example"];
  const made = await run("open", ...refund, ...limits, ...who, "--text-file", text);
  const [, id = ""] = /^Task (t_\S+) is open until 20\S+Z\. Its agents exchange/.exec(made.stdout) ?? [];
  expect([made.code, (await run("show", id)).stdout]).toEqual([
    0,
    expect.stringMatching(
      new RegExp(
        `^Task ${id}, open: Refund order 881\nText: Refund order 881.\nAnn is angry.\nOpened by approver at .*\n` +
          `For ann@shop.example, by refund-bot \\(https://idp.example\\), client cli-1 \\(https://idp.example\\)\n` +
          `Tools: payments/\\*\nTargets: 881, shop.example\n` +
          `Used: 0 of 20 calls, 0 of 2 under way, 0 of 120.5 EUR, 0 of 1 mails\nNothing was done in it.\n$`,
      ),
    ),
  ]);
});

test("opens a part of a task, and is told where it would be wider", async () => {
  const { id } = await opened(...refund);
  const part = await opened("--purpose", "Look", "--parent", id, "--tool", "payments/get_order", "--calls", "3");
  expect((await run("show", id)).stdout).toContain(`Parts: ${part.id} (open)`);
  expect((await run("show", part.id)).stdout).toContain(`A part of ${id}`);
  const wider = await run("open", "--purpose", "More", "--parent", id, "--tool", "crm/*");
  expect([wider.code, wider.stderr]).toEqual([1, expect.stringContaining("tools: crm/*")]);
});

test.each([
  [["--purpose", "x", "--tool", "payments/*", "--agent", "a", "--spend", "EUR"], "Expected an amount"],
  [["--tool", "payments/*", "--agent", "a"], "--purpose"],
  [[...refund, "--time", "1h", "--until", "2999-01-01T00:00:00Z"], "cannot be used with"],
  [[...refund, "--until", "2999-02-30"], "Expected a date such as 2026-11-25, or a time such as"],
  [[...refund, "--text-file", "/none/such"], "/none/such cannot be read"],
])("refuses %j", async (args, why) => {
  const refused = await run("open", ...args);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(why)]);
});

test("lists tasks with what is used of them, and says that there is none", async () => {
  expect((await run("list")).stdout).toBe("No task.\n");
  await cli.running.tasks.insert({ limits: leaseLimits({ calls: 5, until: cli.running.now() + 60_000 }) });
  const listed = (await run("list")).stdout;
  expect(listed).toMatch(/^TASK +STATE +PURPOSE +OPENED BY +ENDS +USED\n/);
  expect(listed).toMatch(new RegExp(`${sampleTask} +open +refund order 881 +.* 0 of 5 calls`));
  await cli.running.tasks.insert({ id: "t_part", parent: sampleTask, opened: 0 });
  const first = (await run("list", "--limit", "1")).stdout;
  expect(first).toContain(`More: --after ${sampleTask}`);
  expect((await run("list", "--parent", sampleTask, "--json")).stdout).toContain('"id":"t_part"');
});

test("shows what was done in a task, the latest first", async () => {
  await cli.running.tasks.insert();
  const shown = (await run("show", sampleTask, "--limit", "2")).stdout;
  expect(shown).toMatch(/\n\n20\S+Z {2}. allow {2}payments\/get_order\n/);
  expect(shown).toMatch(/\nMore: --after \d+\n$/);
  expect(await run("show", "t_none")).toMatchObject({ code: 1 });
});

test("closes a task with its parts, and says what ended with it", async () => {
  await cli.running.tasks.insert();
  await cli.running.tasks.insert({ id: "t_part", parent: sampleTask });
  const closed = await run("close", sampleTask, "--reason", "enough");
  expect(closed.stdout).toBe(
    `Task ${sampleTask} is closed with 1 of its parts.\n` +
      "Ended with it: 0 sessions, 0 held calls, 0 calls under way, 0 open streams, 0 grants, 0 credentials.\n",
  );
  expect((await run("show", "t_part")).stdout).toContain(`Ended by approver at `);
  expect((await run("close", sampleTask, "--reason", "again")).code).toBe(1);
});

test("opening is for those who have the role", async () => {
  await cli.running.setRoles(["payments-approver"]);
  expect((await run("open", ...refund)).stderr).toContain("needed: operator");
});

test("the help of every verb has its examples", async () => {
  await expectExamples("tasks", [tasks.open, tasks.list, tasks.show, tasks.close]);
});
