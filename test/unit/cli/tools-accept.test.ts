import { accept } from "../../../gateway/cli/tools-accept.ts";
import { listTool, toolOf } from "../../support/test-definitions.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli({ pins: { mail: "accepted" } });
});
afterAll(() => cli.close());

const run = (...args: string[]) => cli.asApprover("tools", "accept", ...args);
const list = (name: string, description: string) =>
  listTool(cli.running.definitions, "mail", name, { name, description });

test("all that wait are shown first, and accepted by the digest of exactly what was shown", async () => {
  await list("send", "Sends.");
  await list("find", "Finds.\u202e");
  const shown = await run("--all", "mail");
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toContain('mail/find\n  description: "Finds.\u27e6U+202E\u27e7"');
  const digest = /--digest (sha256:[0-9a-f]{64})/.exec(shown.stdout)?.[1] ?? "";
  expect(await cli.running.definitions.fact(toolOf("mail", "send"))).toMatchObject({ accepted: false });
  expect(shown.stdout).toMatch(
    / -- tools accept --all mail --digest \S+ --console \S+ --user \S+ --password-file \S+\n$/,
  );
  await list("forward", "Forwards.");
  expect(await run("--all", "mail", "--digest", digest)).toMatchObject({ code: 1, stdout: "" });
  expect(await cli.running.definitions.fact(toolOf("mail", "send"))).toMatchObject({ accepted: false });
  const again = JSON.parse((await run("--all", "mail", "--json")).stdout) as { digest: string; total: number };
  expect(again).toMatchObject({ total: 3 });
  expect(await run("--all", "mail", "--digest", again.digest)).toMatchObject({
    code: 0,
    stdout: "Accepted 3 of mail.\n",
  });
  expect(await cli.running.definitions.fact(toolOf("mail", "forward"))).toMatchObject({ accepted: true });
  expect((await run("--all", "mail")).stdout).toBe("Nothing of mail waits.\n");
});

test("neither a tool without a digest, nor a tool beside --all, is a question", async () => {
  for (const args of [[], ["mail/find"], ["mail/find", "--all", "mail"], ["--digest", `sha256:${"0".repeat(64)}`]])
    expect((await run(...args)).code).toBe(2);
});

test("its help has its examples", async () => {
  await expectExamples("tools", [accept]);
});
