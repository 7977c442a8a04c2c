import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differenceText } from "../../../../gateway/cli/connect/difference.ts";
import { settingsOf, type SettingsOptions } from "../../../../gateway/cli/connect/settings.ts";
import { connect } from "../../../../gateway/cli/connect/verb.ts";
import { configuredFolder } from "../configured-folder.ts";
import { expectExamples, inProcess } from "../run.ts";

let cwd: string;
let home: string;
const before = { ...process.env };

beforeAll(() => {
  cwd = configuredFolder();
  home = mkdtempSync(join(tmpdir(), "sallyport-home-"));
  Object.assign(process.env, { HOME: home, USERPROFILE: home, XDG_STATE_HOME: join(home, "state") });
  delete process.env["CODEX_HOME"];
  const text = readFileSync(join(cwd, "sallyport.yaml"), "utf8");
  const mcp = text.replaceAll("protocol: http", "protocol: mcp");
  writeFileSync(join(cwd, "mcp.yaml"), `${mcp}authzen: { hooks: { issuers: [dev] } }\n`);
  writeFileSync(join(cwd, "closed.yaml"), mcp);
});
afterAll(() => {
  process.env = before;
  rmSync(cwd, { recursive: true });
  rmSync(home, { recursive: true });
});

const run = (...args: string[]) => inProcess(["connect", ...args, "-c", join(cwd, "mcp.yaml")]);
const project = () => ["--scope", "project", "--project", join(cwd, "project")];

it("shows what it would write, and changes nothing", async () => {
  mkdirSync(join(cwd, "project"));
  writeFileSync(join(cwd, "project/.mcp.json"), '{\n  "mcpServers": {\n    "mine": {}\n  }\n}\n');
  const { code, stdout, stderr } = await run("claude-code", "--dry-run", ...project());
  expect(code).toBe(0);
  expect(stderr).toContain("from the variable SALLYPORT_HOOK_TOKEN");
  expect(stdout).toContain("Claude Code, project: would be connected in 2 files");
  expect(stdout).toContain('"url": "http://127.0.0.1:8700/payments"');
  expect(stdout).toContain("sallyport hook claude-code");
  expect(readFileSync(join(cwd, "project/.mcp.json"), "utf8")).not.toContain("8700");
});

it("writes, says so the second time, and undoes it", async () => {
  const file = join(cwd, "project/.mcp.json");
  const first = readFileSync(file, "utf8");
  expect(await run("claude-code", ...project(), "--route", "crm")).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    mcpServers: { mine: {}, crm: { type: "http", url: "http://127.0.0.1:8700/crm" } },
  });
  const again = await run("claude-code", ...project(), "--route", "crm", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({
    client: "Claude Code",
    scope: "project",
    dry_run: false,
    files: [{ file, changed: false }, { changed: false }],
  });
  const undone = await run("claude-code", ...project(), "--undo");
  expect(undone.stdout).toContain("taken out of 2 files");
  expect(readFileSync(file, "utf8")).toBe(first);
  expect(await run("claude-code", ...project(), "--undo")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("there is nothing to take out"),
  });
});

it("takes out what an earlier run has put in and this one does not want, and says so", async () => {
  const at = (...args: string[]) => run("claude-code", ...project(), ...args);
  await at("--route", "crm");
  const other = await at("--route", "payments", "--json");
  expect(JSON.parse(other.stdout)).toMatchObject({
    files: [
      { changed: true, taken_out: ["mcpServers.crm"] },
      { changed: true, taken_out: [] },
    ],
  });
  const both = await at("--route", "payments", "--route", "crm");
  expect(both.stdout).not.toContain("taken out");
  const without = await at("--hooks", "off");
  expect(without.stdout).toContain("settings.json: removed\n    taken out, since it was put in before");
  expect(() => readFileSync(join(cwd, "project/.claude/settings.json"))).toThrow("ENOENT");
  expect((await at("--undo")).stdout).toContain("taken out of one file");
});

it("tells the tables of TOML that it takes out", async () => {
  const at = (...args: string[]) => run("codex", "--hooks", "off", ...project(), ...args);
  await at();
  expect((await at("--route", "crm")).stdout).toContain("not wanted now: mcp_servers.payments");
  await at("--undo");
});

it("changes no file when one of them cannot be read", async () => {
  mkdirSync(join(home, ".cursor"));
  writeFileSync(join(home, ".cursor/hooks.json"), '{\n  "version": 1\n  "hooks": {}\n}\n');
  const { code, stderr } = await run("cursor");
  expect([code, stderr]).toEqual([2, expect.stringContaining(".cursor/hooks.json:3:3 is not valid JSON")]);
  expect(() => readFileSync(join(home, ".cursor/mcp.json"))).toThrow("ENOENT");
});

it("writes the settings of the machine below another root", async () => {
  const root = join(cwd, "image");
  expect(await run("claude-code", "--managed", "--root", root)).toMatchObject({ code: 0 });
  const settings = JSON.parse(readFileSync(join(root, "etc/claude-code/managed-settings.json"), "utf8")) as object;
  expect(settings).toMatchObject({ allowManagedHooksOnly: true });
  expect(JSON.stringify(settings)).toContain("main.ts hook claude-code");
});

it.each([
  [["nano"], 2, "Say which client"],
  [["toString"], 2, "Say which client"],
  [["vscode", "--managed"], 1, "VS Code has no settings in a file that its users cannot change"],
  [["cursor", "--managed", "--hooks", "off"], 2, "These files hold hooks alone, and no hook is wanted"],
  [["claude-desktop", "--managed"], 1, "Claude Desktop has no settings in a file"],
  [["claude-desktop", "--scope", "project"], 2, "Claude Desktop has the scope user, not project"],
  [
    ["codex", "--route", "paymets"],
    2,
    "No MCP route has the id paymets (did you mean payments?); there is payments, crm.",
  ],
  [["codex", "--route", "nope"], 2, "No MCP route has the id nope; there is payments, crm."],
  [["codex", "--hooks", "maybe"], 2, "--hooks is auto, on or off"],
  [["codex", "--wait", "long"], 2, "--wait is a number of seconds"],
  [["codex", "--token", "eyJhbGci"], 2, "not the token itself"],
  [["codex", "--url", "gw"], 2, "gw is not the URL of a route"],
  [["codex", "--gateway", "nonsense"], 2, "nonsense is not the URL of a gateway"],
  [["codex", "--gateway", "ftp://x", "--hooks", "off"], 2, "ftp://x is not the URL of a gateway"],
  [["codex", "--gateway", "http://gw.example"], 2, "http://gw.example would get the token in plain text"],
  [
    ["codex", "--url", "http://gw.example/x", "--hooks", "on"],
    2,
    "http://gw.example would get the token in plain text",
  ],
  [["codex", "--wait", "3601"], 2, "--wait is a number of seconds, at most 3600"],
  [["codex", "--url", "https://user:pw@gw.example/x"], 2, "has a name or password"],
  [["codex", "--url", "https://gw.example/x", "--route", "crm"], 2, "--route names a route of the configuration"],
  [["codex", "--token-env", "A B;$(x)"], 2, "--token-env takes the name of a variable"],
  [["codex", "--root", "image"], 2, "add --managed"],
  [["codex", "--managed", "--scope", "project"], 2, "leave --scope out"],
])("refuses %j", async (args, code, sentence) => {
  expect(await run(...args)).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(sentence) });
});

const options: SettingsOptions = { config: "", route: [], url: [], prefix: "", hooks: "auto", wait: "45" };

it("needs no configuration where the addresses are given", () => {
  const url = ["https://gw.example/mcp/crm", "https://gw.example/"];
  const settings = settingsOf({ ...options, url, prefix: "sp-", hooks: "on" }, "user", "linux");
  expect(settings.servers).toEqual([
    { name: "sp-crm", url: url[0] },
    { name: "sp-gw-example", url: url[1] },
  ]);
  expect(settings.hook).toMatchObject({ gateway: "https://gw.example", token: "env:SALLYPORT_HOOK_TOKEN" });
  expect(settingsOf({ ...options, url }, "user", "linux")).toMatchObject({
    hook: null,
    steps: [expect.stringMatching(/^Only the configuration says .* --hooks on/)],
  });
});

it("gives each server a name that every client takes, and no two the same", () => {
  const url = ["https://gw.example/billing.mcp", "https://gw.example/billing-mcp", "https://gw.example/a%20b"];
  const { servers } = settingsOf({ ...options, url }, "user", "linux");
  expect(servers.map(({ name }) => name)).toEqual(["billing-mcp", "billing-mcp-2", "a-20b"]);
});

it("says where a token is so that it is found from every folder", () => {
  const of = (token: string) =>
    settingsOf({ ...options, url: ["https://gw.example/x"], hooks: "on", token }, "user", "linux").hook?.token;
  expect([of("env:T"), of("file:~/t"), of("file:/t"), of("file:t")]).toEqual([
    ...["env:T", "file:~/t", "file:/t"],
    `file:${join(process.cwd(), "t")}`,
  ]);
});

it("writes hooks where the gateway answers them, and says so where it does not", () => {
  const at = (file: string, hooks: string) =>
    settingsOf({ ...options, config: join(cwd, file), hooks }, "project", "linux");
  expect(at("mcp.yaml", "auto").hook).toMatchObject({
    start: "sallyport",
    server: "local",
    console: "http://127.0.0.1:8701",
  });
  expect(at("mcp.yaml", "off").hook).toBeNull();
  expect(at("closed.yaml", "auto")).toMatchObject({
    hook: null,
    steps: [expect.stringContaining("authzen: { hooks: { issuers: [dev] } }")],
  });
});

it("says to a client without hooks nothing of how the gateway answers them", async () => {
  const dryRun = (client: string) => inProcess(["connect", client, "--dry-run", "-c", join(cwd, "closed.yaml")]);
  expect((await dryRun("cursor")).stderr).toContain("answers no hooks");
  expect((await dryRun("claude-desktop")).stderr).not.toContain("answers no hooks");
});

it("tells where a client can get no token, unless it is given one", () => {
  const notes = (changes: Partial<SettingsOptions> = {}) =>
    settingsOf({ ...options, config: join(cwd, "mcp.yaml"), hooks: "off", ...changes }, "user", "linux").notes;
  expect(notes()).toEqual([expect.stringMatching(/^Nobody can sign in for payments, crm: .* --token-env/)]);
  expect(notes({ tokenEnv: "T" })).toEqual([
    expect.stringMatching(/^The client sends the token in T: .* export T=\$\(.* --route payments --route crm -c /),
  ]);
  const open = readFileSync(join(cwd, "mcp.yaml"), "utf8");
  const signIn = "authorization: {}\nlisteners: { console: { login: { users: [{ name: ana, roles: [support] }] } } }\n";
  writeFileSync(join(cwd, "open.yaml"), `${open}${signIn}`);
  expect(notes({ config: join(cwd, "open.yaml") })).toEqual([]);
});

it("says how to go on without a configuration", () => {
  expect(() => settingsOf({ ...options, config: join(cwd, "none.yaml") }, "user", "linux")).toThrow(/--config.*--url/);
});

it("shows the lines that differ, with some around them", () => {
  expect(differenceText("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nX\nY\ne\nf\n")).toBe(
    "    b\n    c\n  - d\n  + X\n  + Y\n    e\n    f",
  );
  expect(differenceText("", "{\n\ta\n")).toBe("  + {\n  +     a");
});

it("has its examples in the help", async () => {
  await expectExamples("", [connect]);
});
