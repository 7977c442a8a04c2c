import { lift, list, revoke } from "../../../gateway/cli/access.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

test("access revoke refuses a task and an id that nothing known has, and does nothing", async () => {
  cli.hold("a_access");
  const revoke = (...args: string[]) => cli.asApprover("access", "revoke", ...args, "--reason", "incident");
  const task = await revoke("--task", "ticket-881");
  expect([task.code, task.stderr]).toEqual([1, expect.stringMatching(/^This gateway knows no tasks/)]);
  const mistyped = await revoke("--subject", "refnud-bot");
  expect([mistyped.code, mistyped.stderr]).toEqual([1, expect.stringMatching(/nothing was ended/)]);
  expect((await cli.asApprover("access", "list")).stdout).toBe("Nobody's access was ended.\n");
  expect((await revoke("--subject", "refnud-bot", "--anyway")).code).toBe(0);
  expect((await cli.running.service.get("a_access"))?.state).toBe("held");
  expect((await revoke("--subject", "alice@shop.example")).code).toBe(0);
  expect((await cli.running.service.get("a_access"))?.state).toBe("cancelled");
});

test("the help of every verb has its examples", async () => {
  await expectExamples("access", [list, revoke, lift]);
});
