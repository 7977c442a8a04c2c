import { list, remove } from "../../../gateway/cli/people.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

test("people list shows who may sign in, and remove says what it cannot", async () => {
  const listed = await cli.asApprover("people", "list");
  expect(listed.stdout).toMatch(/^approver +configuration +– +payments-approver, data-approver, operator +0/m);
  const removed = await cli.asApprover("people", "remove", "u-1", "--reason", "left");
  expect([removed.code, removed.stderr]).toEqual([
    1,
    expect.stringMatching(/^Nobody from a provider has the subject u-1/),
  ]);
});

test("the help of every verb has its examples", async () => {
  await expectExamples("people", [list, remove]);
});
