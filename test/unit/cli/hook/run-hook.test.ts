import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { runHook } from "../../../../gateway/cli/hook/run-hook.ts";
import { readToken } from "../../../../gateway/cli/hook/token.ts";
import { hook } from "../../../../gateway/cli/hook/verb.ts";
import { answeringGateway } from "../../../support/hooks/answering.ts";
import { expectExamples } from "../run.ts";

const message = JSON.stringify({
  hook_event_name: "PreToolUse",
  session_id: "s",
  cwd: "/w",
  tool_name: "Bash",
  tool_input: { command: "ls" },
});
const deps = (input: string) => ({ readInput: () => Promise.resolve(input), clock: systemClock });

let dir: string;
let file: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-hook-"));
  file = join(dir, "token");
  writeFileSync(file, "t\n", { mode: 0o600 });
});
afterAll(() => rmSync(dir, { recursive: true }));

it("lets a call go that the gateway allows, and blocks one that it denies", async () => {
  const gateway = await answeringGateway([
    [200, { decision: true }],
    [200, { decision: false, context: {} }],
  ]);
  try {
    const words = ["claude-code", "--gateway", gateway.url, "--token", `file:${file}`];
    expect(await runHook(words, deps(message))).toEqual({ stdout: "", stderr: "", exit: 0 });
    expect((await runHook(words, deps(message))).stdout).toContain('"permissionDecision":"deny"');
  } finally {
    await gateway.close();
  }
});

it("asks nobody about a call that the gateway judges when it arrives", async () => {
  const words = ["claude-code", "--gateway", "http://127.0.0.1:9", "--through", "crm"];
  const mcp = message.replace('"Bash"', '"mcp__crm__find_ticket"');
  expect(await runHook(words, deps(mcp))).toEqual({ stdout: "", stderr: "", exit: 0 });
});

it.each([
  ["a wrong option", ["claude-code", "--gateway"], message],
  ["a wrong client", ["nano", "--gateway", "https://a.example"], message],
  ["a message that is no JSON", ["claude-code", "--gateway", "https://a.example"], "{"],
  ["no message", ["claude-code", "--gateway", "https://a.example"], ""],
])("blocks by exit code 2 after %s", async (_what, words, input) => {
  const { stdout, stderr, exit } = await runHook(words, deps(input));
  expect([stdout, exit]).toEqual(["", 2]);
  expect(stderr).toMatch(/^Blocked by Sallyport, because it could not be asked: .+\.$/);
});

it("blocks in the client's own form after whatever else goes wrong", async () => {
  const words = ["claude-code", "--gateway", "https://a.example"];
  const other = await runHook(words, deps(message.replace("PreToolUse", "Stop")));
  expect(other.stdout).toContain('"permissionDecision":"deny"');
  const broken = { ...deps(message), readInput: () => Promise.reject(new Error("EIO")) };
  expect(await runHook(words, broken)).toMatchObject({ exit: 2, stderr: expect.stringContaining("EIO") });
});

it("takes a token by reference alone, from a file that nobody else can read", () => {
  expect(readToken(`file:${file}`)).toBe("t");
  expect(() => readToken("eyJhbGciOi")).toThrow("not the token itself");
  expect(() => readToken("eyJhbGciOi")).not.toThrow("eyJhbGciOi");
  expect(() => readToken(`file:${file}.none`)).toThrow("there is no token");
  expect(() => readToken("env:SALLYPORT_NO_SUCH")).toThrow("SALLYPORT_NO_SUCH is not set");
  chmodSync(file, 0o640);
  expect(() => readToken(`file:${file}`)).toThrow(`chmod 600 ${file}`);
});

it("has its examples in the help", async () => {
  await expectExamples("", [hook]);
});
