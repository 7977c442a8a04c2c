/** Every client with every scope that it has: nothing is written by --dry-run, and --undo leaves the bytes that were there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connectClients } from "../../../../gateway/cli/connect/clients/clients.ts";
import { configuredFolder } from "../configured-folder.ts";
import { inProcess } from "../run.ts";

let configured: string;
let world: string;
const before = { ...process.env };

beforeAll(() => {
  configured = configuredFolder();
  const text = readFileSync(join(configured, "sallyport.yaml"), "utf8").replaceAll("protocol: http", "protocol: mcp");
  writeFileSync(join(configured, "mcp.yaml"), `${text}authzen: { hooks: { issuers: [dev] } }\n`);
});
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "sallyport-connect-"));
  const [home, project] = [join(world, "home"), join(world, "project")];
  for (const folder of [home, join(home, "state"), project]) mkdirSync(folder);
  Object.assign(process.env, { HOME: home, USERPROFILE: home, XDG_STATE_HOME: join(home, "state") });
  delete process.env["CODEX_HOME"];
});
afterEach(() => rmSync(world, { recursive: true }));
afterAll(() => {
  process.env = before;
  rmSync(configured, { recursive: true });
});

const rows = Object.entries(connectClients).flatMap(([client, { scopes, managed }]) => [
  ...scopes.map((scope) => [client, scope] as const),
  ...(managed === null ? [] : [[client, "managed"] as const]),
]);

async function run(client: string, scope: string, ...args: string[]): Promise<{ readonly file: string }[]> {
  const to = scope === "managed" ? ["--managed", "--root", join(world, "image")] : ["--scope", scope];
  const all = ["connect", client, ...to, "--project", join(world, "project"), "-c", join(configured, "mcp.yaml")];
  const { code, stdout, stderr } = await inProcess([...all, "--json", ...args]);
  expect([code, stderr.includes("error")]).toEqual([0, false]);
  return (JSON.parse(stdout) as { files: { file: string }[] }).files;
}

/** Every file and folder below the world, with its mode and its bytes. */
function tree(): Record<string, string> {
  const names = readdirSync(world, { recursive: true, encoding: "utf8" }).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const [path, { mode }] = [join(world, name), statSync(join(world, name))];
      return [name, `${mode.toString(8)} ${statSync(path).isDirectory() ? "" : readFileSync(path, "latin1")}`];
    }),
  );
}

/** What people write themselves: comments, tabs, no last line end. */
const own = (file: string): string =>
  file.endsWith(".toml")
    ? '# mine\r\nmodel   = "o9"\r\n\r\n[mcp_servers.mine]\r\nurl = "https://mine.example"  # keep'
    : '// mine\n{\n\t"version": 1,\n\t"mine": { "a":1 , "b" : [ ] }, /* keep */\n\t"permissions": {"allow": ["x"],},\n}';

it("has the seven clients, each with its scopes", () => {
  expect(rows.map((row) => row.join(" ")).toSorted()).toEqual([
    ...["claude-code managed", "claude-code project", "claude-code user", "claude-desktop user"],
    ...["codex managed", "codex project", "codex user", "cursor managed", "cursor project", "cursor user"],
    ...["gemini managed", "gemini project", "gemini user", "vscode project", "vscode user"],
    ...["windsurf managed", "windsurf project", "windsurf user"],
  ]);
});

describe.each(rows)("%s, %s", (client, scope) => {
  it.each(["where there is no file", "where there are files of the person"])(
    "writes nothing with --dry-run, and is undone byte by byte %s",
    async (where) => {
      const meant = (await run(client, scope, "--dry-run")).map(({ file }) => file);
      expect(meant.length).toBeGreaterThan(0);
      if (where !== "where there is no file")
        for (const file of meant) {
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, own(file), { mode: 0o640 });
        }
      const first = tree();
      expect((await run(client, scope, "--dry-run")).map(({ file }) => file)).toEqual(meant);
      expect(tree()).toEqual(first);
      await run(client, scope);
      const written = tree();
      for (const file of meant) {
        expect(file.startsWith(world)).toBe(true);
        expect(written[file.slice(world.length + 1)]).not.toBe(first[file.slice(world.length + 1)]);
      }
      await run(client, scope, "--undo", "--dry-run");
      expect(tree()).toEqual(written);
      await run(client, scope, "--undo");
      expect(tree()).toEqual(first);
    },
  );
});
