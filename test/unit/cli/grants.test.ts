import { list, revoke } from "../../../gateway/cli/grants.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

test("says that there are no grants, and refuses to revoke an unknown one", async () => {
  expect(await cli.asApprover("grants", "list")).toMatchObject({
    code: 0,
    stdout: "Nothing here. Approvals wider than one call appear here.\n",
  });
  expect(await cli.asApprover("grants", "revoke", "g_none")).toMatchObject({ code: 1, stdout: "" });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("grants", [list, revoke]);
});
