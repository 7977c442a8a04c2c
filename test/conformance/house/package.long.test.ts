/** The npm package, made by `npm run package`, installed into an empty folder, and the systemd unit that starts it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../../support/eventually.ts";
import { root } from "./guards/tree.ts";

let dir: string;
let bin: string;

/** With the tools that this checkout has, so that the package need not bring Node and OPA along once more. */
const env = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  SALLYPORT_TOOLS: join(root, ".tools"),
};

async function run(command: string, args: readonly string[], cwd: string) {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sallyport-package-"));
  const packed = await run("npm", ["run", "--silent", "package", "--", "--silent", "--pack-destination", dir], root);
  expect([packed.code, packed.stderr]).toEqual([0, expect.any(String)]);
  const [archive] = (await readdir(dir)).filter((name) => name.endsWith(".tgz"));
  const app = join(dir, "app");
  await mkdir(app);
  await writeFile(join(app, "package.json"), '{"private":true}');
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  const installed = await run("npm", ["install", ...flags, join(dir, archive ?? "")], app);
  expect([installed.code, installed.stderr]).toEqual([0, expect.any(String)]);
  bin = join(app, "node_modules", ".bin", "sallyport");
}, 600_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

test("is installed into an empty folder and has the sallyport command", async () => {
  const { code, stdout } = await run(bin, ["--help"], dir);
  expect([code, stdout]).toEqual([0, expect.stringContaining("Usage: sallyport")]);
  const inside = await readdir(join(dir, "app", "node_modules", "sallyport"));
  expect(inside.filter((name) => ["test", "node_modules", ".tools", "gateway"].includes(name))).toEqual([]);
});

test("serves, with the policy and the console that came with it, and ends on SIGTERM", async () => {
  const [agents, console] = await Promise.all([freePort(), freePort()]);
  const config = {
    version: 1,
    listeners: { agents: { port: agents }, console: { port: console } },
    issuers: [{ id: "dev", development: true }],
    routes: [],
    policy: { sources: ["library"] },
  };
  await writeFile(join(dir, "sallyport.yaml"), JSON.stringify(config));
  const child = spawn(bin, ["serve", "--config", join(dir, "sallyport.yaml")], { cwd: dir, env, stdio: "ignore" });
  const ended = once(child, "close");
  await eventually(
    "it is ready",
    async () => ((await fetch(`http://127.0.0.1:${agents}/readyz`).catch(() => null))?.ok === true ? true : null),
    60_000,
  );
  const page = await fetch(`http://127.0.0.1:${console}/`, { headers: { accept: "text/html" } });
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<script")]);
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
}, 120_000);

describe("the systemd unit", () => {
  const unit = join(root, "deploy", "systemd", "sallyport.service");

  test("starts the command of the package, with a state directory", async () => {
    const text = await readFile(unit, "utf8");
    expect(text).toContain(
      "ExecStart=/opt/sallyport/node_modules/.bin/sallyport serve --config /etc/sallyport/sallyport.yaml",
    );
    expect(text).toContain("StateDirectory=sallyport");
    const manual = await readFile(join(root, "docs", "operations.md"), "utf8");
    expect(manual).toContain("npm install --prefix /opt/sallyport");
    expect(manual).toContain("data_dir: /var/lib/sallyport");
  });

  // Where there is no systemd there is nothing that could read it.
  (existsSync("/usr/bin/systemd-analyze") ? test : test.skip)("is accepted by systemd-analyze verify", async () => {
    // Everything but the place of the command, which is not installed there on this machine.
    const text = (await readFile(unit, "utf8")).replace(/^ExecStart=\S+/m, `ExecStart=${bin}`);
    const copy = join(dir, "sallyport.service");
    await writeFile(copy, text.replace(/^Documentation=.*$/m, ""));
    const { code, stderr } = await run("systemd-analyze", ["verify", "--man=no", copy], dir);
    expect([code, stderr.split("\n").filter((line) => line.includes("sallyport.service"))]).toEqual([0, []]);
  });
});
