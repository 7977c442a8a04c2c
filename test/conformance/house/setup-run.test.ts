import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./guards/tree.ts";

/** Stands for the release binary: what the set-up asks of it is its version. */
const release = "#!/bin/sh\necho 'Version: 1.22.2'\n";
const digest = createHash("sha256").update(release).digest("hex");

let copy: string;
let server: Server;
let origin: string;
let downloads = 0;

/** A checkout with its packages, on a machine that has Node and nothing else. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "sallyport-checkout-"));
  for (const name of ["scripts", "package.json", "package-lock.json"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  mkdirSync(join(copy, "home"));
});
afterEach(() => rmSync(copy, { recursive: true }));

beforeAll(async () => {
  server = createServer((req, res) => {
    if (req.url?.startsWith("/slow/")) return void res.writeHead(200).write(release.slice(0, 5)); // and never the rest
    if (req.url?.startsWith("/opa/") !== true) return void res.writeHead(404).end();
    downloads += 1;
    res.end(release);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sent to the process as soon as the moment has come. */
interface Kill {
  readonly when: (stdout: string) => boolean;
  readonly signal: NodeJS.Signals;
}

function node(args: readonly string[], env: Readonly<Record<string, string>> = {}, kill?: Kill): Promise<Ended> {
  const bare = { PATH: dirname(process.execPath), HOME: join(copy, "home"), PLAYWRIGHT_DOWNLOAD_HOST: origin };
  const child = spawn(process.execPath, args, { cwd: copy, env: { ...bare, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const watch = setInterval(() => {
    if (kill?.when(stdout) === true && child.kill(kill.signal)) clearInterval(watch);
  }, 20);
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearInterval(watch);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

const run = (command: readonly string[], env: Readonly<Record<string, string>> = {}, kill?: Kill) => {
  const from = { OPA_DOWNLOAD_BASE: `${origin}/opa`, OPA_SHA256: digest };
  return node(["scripts/run.mjs", "serve", "--", ...command], { ...from, ...env }, kill);
};

test("names both ways to get the policy compiler when neither works", async () => {
  const ended = await run(["node", "-e", "console.log('ran')"], { OPA_SHA256: "0".repeat(64) });
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  expect(ended.stderr).toContain("1. building it with Go: go is not on PATH");
  expect(ended.stderr).toMatch(
    /2\. downloading the official release: .* has SHA-256 [0-9a-f]{64}, pinned is 0{64}: refused/,
  );
  expect(existsSync(join(copy, ".tools", "bin", "opa"))).toBe(false);
  expect(readdirSync(join(copy, ".tools", "drafts"))).toEqual([]);
});

test("says which digest is missing rather than trusting what it downloads", async () => {
  const pins = JSON.parse(readFileSync(join(root, "scripts/toolchain/opa/release.json"), "utf8"));
  const isPinned = Object.values<{ sha256: string | null }>(pins.assets).every(({ sha256 }) => sha256 !== null);
  const ended = await run(["node", "-e", ""], { OPA_SHA256: "" });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(isPinned ? /refused/ : /no SHA-256 is pinned for opa_\S+ .*set OPA_SHA256/);
});

test("downloads the policy compiler where there is no Go, then runs the command with it first on PATH", async () => {
  const first = await run(["opa", "version"]);
  expect(first).toMatchObject({ code: 0, stdout: "Version: 1.22.2\n" });
  expect(first.stderr).toContain("downloaded from the official release");
  const second = await run(["opa", "version"], { OPA_DOWNLOAD_BASE: `${origin}/gone` });
  expect(second).toMatchObject({ code: 0, stderr: "" });
});

test("makes a piece once when two set-ups start together", async () => {
  downloads = 0;
  const both = await Promise.all([run(["opa", "version"]), run(["opa", "version"])]);
  expect(both.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
    [1, 2].map(() => ({ code: 0, stdout: "Version: 1.22.2\n" })),
  );
  expect(downloads).toBe(1);
});

test("starts again after a set-up that was killed in the middle, and clears away what it left", async () => {
  const drafts = join(copy, ".tools", "drafts");
  const killed = run(
    ["opa", "version"],
    { OPA_DOWNLOAD_BASE: `${origin}/slow` },
    {
      when: () => existsSync(drafts) && readdirSync(drafts).length > 0,
      signal: "SIGKILL",
    },
  );
  expect((await killed).signal).toBe("SIGKILL");
  expect(readdirSync(drafts)).toHaveLength(1);
  expect(await run(["opa", "version"])).toMatchObject({ code: 0, stdout: "Version: 1.22.2\n" });
  expect(readdirSync(drafts)).toEqual([]);
});

test("passes the command's exit code on", async () => {
  expect((await run(["node", "-e", "process.exit(7)"])).code).toBe(7);
});

test("passes a signal on and ends by the one that ended the command", async () => {
  const waits = "process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000)";
  const up = (stdout: string): boolean => stdout === "up\n";
  expect((await run(["node", "-e", waits], {}, { when: up, signal: "SIGTERM" })).code).toBe(9);
  expect((await run(["node", "-e", "process.kill(process.pid, 'SIGKILL')"])).signal).toBe("SIGKILL");
});

test.each([["nothing"], ["an unknown profile", "play", "--", "node"], ["no command", "serve", "--"]])(
  "refuses to be called with %s",
  async (_what, ...args) => {
    const ended = await node(["scripts/run.mjs", ...args]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("usage: node scripts/run.mjs") });
  },
);

test("records why there is no browser and fails for it under CI alone", async () => {
  const step = (call: string) => [
    "--input-type=module",
    "-e",
    `const { chromium } = await import("./scripts/setup/chromium.mjs"); console.log(await chromium.${call}());`,
  ];
  const ci = await node(step("install"), { CI: "true" });
  expect(ci.code).toBe(1);
  expect(ci.stderr).toContain("No Chromium for the browser tests: Playwright's download");
  const { path, reason } = JSON.parse(readFileSync(join(copy, ".tools", "chromium.json"), "utf8"));
  expect(path).toBeNull();
  expect(reason).toMatch(/^Playwright's download: .+; apt-get: .+$/);
  const alone = await node(step("missing"));
  expect(alone).toMatchObject({ code: 0, stdout: "null\n" });
  expect(alone.stderr).toContain(`browser tests will be skipped: ${reason}`);
}, 60_000); // Playwright tries several times before it gives up

test("takes the browser that CHROMIUM_PATH names, and none when that one does not start", async () => {
  const missing = [
    "--input-type=module",
    "-e",
    `
    const { chromium } = await import("./scripts/setup/chromium.mjs");
    await chromium.install();`,
  ];
  const named = await node(missing, { CHROMIUM_PATH: process.execPath });
  expect(named.code).toBe(0);
  expect(JSON.parse(readFileSync(join(copy, ".tools", "chromium.json"), "utf8"))).toMatchObject({
    path: process.execPath,
  });
  const broken = await node(missing, { CHROMIUM_PATH: join(copy, "gone") });
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain("and that does not start");
});
