/** A client that was connected by the command line runs what was written for it. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const main = fileURLToPath(new URL("../../gateway/main.ts", import.meta.url));

let upstream: RecordingUpstream;
let gateway: TestGateway;
let home: string;

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({
    routes: [crmRoute(upstream.origin)],
    config: { authzen: { hooks: { issuers: ["dev"] } } },
  });
  home = join(gateway.dir, "home");
  mkdirSync(home);
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], input = "", env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { PATH: process.env["PATH"] ?? "", HOME: home, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

const connect = (...args: string[]) =>
  run(process.execPath, [main, "connect", ...args, "-c", join(gateway.dir, "sallyport.yaml")]);

const json = (path: string) => JSON.parse(readFileSync(join(home, path), "utf8")) as Record<string, unknown>;

describe("the command line", () => {
  it("connects a client, which reaches the route and asks by the hook that was written; undone, all is as it was", async () => {
    const token = gateway.token({ sub: "ann", role: "developers" }, "/access/v1/self");
    writeFileSync(join(home, "hook.token"), token, { mode: 0o600 });
    mkdirSync(join(home, ".claude"));
    const before = '{\n  // mine\n  "model": "opus"\n}\n';
    writeFileSync(join(home, ".claude/settings.json"), before);
    const done = await connect("claude-code", "--token", `file:${join(home, "hook.token")}`);
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining("connected in 2 files")]);

    const { mcpServers } = json(".claude.json") as { mcpServers: { crm: { url: string } } };
    expect(mcpServers).toEqual({ crm: { type: "http", url: `${gateway.agents}/mcp/crm` } });
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
    expect((await fetch(mcpServers.crm.url, { method: "POST", headers, body })).status).toBe(401);

    const text = readFileSync(join(home, ".claude/settings.json"), "utf8");
    expect(text).toContain("// mine");
    const settings = JSON.parse(text.replace("// mine", "")) as {
      hooks: { PreToolUse: { hooks: { command: string; onFailure: string }[] }[] };
    };
    const [hook] = settings.hooks.PreToolUse[0]?.hooks ?? [];
    expect(hook).toMatchObject({ type: "command", timeout: 65, onFailure: "block" });
    const message = (tool_name: string) =>
      JSON.stringify({
        session_id: "s",
        cwd: "/w",
        hook_event_name: "PreToolUse",
        tool_name,
        tool_input: { command: "git status" },
      });
    const command = hook?.command ?? "";
    expect(await run("sh", ["-c", command], message("Bash"))).toEqual({ code: 0, stdout: "", stderr: "" });
    const denied = await run("sh", ["-c", command], message("LaunchRocket"));
    expect([denied.code, denied.stdout]).toEqual([0, expect.stringContaining("TOOL_UNKNOWN")]);
    expect(await run("sh", ["-c", command], message("mcp__crm__find_ticket"))).toMatchObject({ code: 0, stdout: "" });

    expect(await connect("claude-code", "--undo")).toMatchObject({ code: 0 });
    expect(readFileSync(join(home, ".claude/settings.json"), "utf8")).toBe(before);
    expect(() => json(".claude.json")).toThrow("ENOENT");
  });

  it("writes hooks that block when they cannot be started", async () => {
    const project = join(gateway.dir, "project");
    mkdirSync(project);
    const start = "/no/such/sallyport";
    const args = ["--scope", "project", "--project", project, "--command", start];
    expect(await connect("gemini", ...args)).toMatchObject({ code: 0 });
    const { hooks } = JSON.parse(readFileSync(join(project, ".gemini/settings.json"), "utf8")) as {
      hooks: { BeforeTool: { hooks: { command: string }[] }[] };
    };
    const command = hooks.BeforeTool[0]?.hooks[0]?.command ?? "";
    expect(command.startsWith(start)).toBe(true);
    expect(await run("sh", ["-c", command], "{}")).toMatchObject({ code: 2, stdout: "" });
  });
});
