import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BareCheckout, bareCheckout } from "./support/bare-checkout.ts";

let checkout: BareCheckout;
beforeEach(async () => {
  checkout = await bareCheckout();
});
afterEach(() => checkout.close());

test("downloads the policy compiler where there is no Go, then runs the command with it first on PATH", async () => {
  const first = await checkout.run(["opa", "version"]);
  expect(first).toMatchObject({ code: 0, stdout: "Version: 1.22.2\n" });
  expect(first.stderr).toContain("downloaded from the official release");
  const second = await checkout.run(["opa", "version"], { OPA_DOWNLOAD_BASE: `${checkout.origin}/gone` });
  expect(second).toMatchObject({ code: 0, stderr: "" });
});

test("makes a piece once when two set-ups start together", async () => {
  const both = await Promise.all([checkout.run(["opa", "version"]), checkout.run(["opa", "version"])]);
  expect(both.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
    [1, 2].map(() => ({ code: 0, stdout: "Version: 1.22.2\n" })),
  );
  expect(checkout.served.downloads).toBe(1);
});

test("starts again after a set-up that was killed in the middle, and clears away what it left", async () => {
  const drafts = join(checkout.dir, ".tools", "drafts");
  const killed = checkout.run(
    ["opa", "version"],
    { OPA_DOWNLOAD_BASE: `${checkout.origin}/slow` },
    {
      when: () => existsSync(drafts) && readdirSync(drafts).length > 0,
      signal: "SIGKILL",
    },
  );
  expect((await killed).signal).toBe("SIGKILL");
  expect(readdirSync(drafts)).toHaveLength(1);
  expect(await checkout.run(["opa", "version"])).toMatchObject({ code: 0, stdout: "Version: 1.22.2\n" });
  expect(readdirSync(drafts)).toEqual([]);
});

test("passes the command's exit code on", async () => {
  expect((await checkout.run(["node", "-e", "process.exit(7)"])).code).toBe(7);
});

test("passes a signal on and ends by the one that ended the command", async () => {
  const waits = "process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000)";
  const up = (stdout: string): boolean => stdout === "up\n";
  expect((await checkout.run(["node", "-e", waits], {}, { when: up, signal: "SIGTERM" })).code).toBe(9);
  expect((await checkout.run(["node", "-e", "process.kill(process.pid, 'SIGKILL')"])).signal).toBe("SIGKILL");
});

test.each([["nothing"], ["an unknown profile", "play", "--", "node"], ["no command", "serve", "--"]])(
  "refuses to be called with %s",
  async (_what, ...args) => {
    const ended = await checkout.node(["scripts/run.mjs", ...args]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("usage: node scripts/run.mjs") });
  },
);

test("records why there is no browser and fails for it under CI alone", async () => {
  const step = (call: string) => [
    "--input-type=module",
    "-e",
    `const { chromium } = await import("./scripts/setup/chromium.mjs"); console.log(await chromium.${call}());`,
  ];
  const ci = await checkout.node(step("install"), { CI: "true" });
  expect(ci.code).toBe(1);
  expect(ci.stderr).toContain("No Chromium for the tests: Playwright's download");
  const { path, reason } = JSON.parse(readFileSync(join(checkout.dir, ".tools", "chromium.json"), "utf8"));
  expect(path).toBeNull();
  expect(reason).toMatch(/^Playwright's download: .+; apt-get: .+$/);
  const alone = await checkout.node(step("missing"));
  expect(alone).toMatchObject({ code: 0, stdout: "null\n" });
  expect(alone.stderr).toContain(`browser tests will be skipped: ${reason}`);
});

test("takes the browser that CHROMIUM_PATH names, and none when that one does not start", async () => {
  const missing = [
    "--input-type=module",
    "-e",
    `
    const { chromium } = await import("./scripts/setup/chromium.mjs");
    await chromium.install();`,
  ];
  const named = await checkout.node(missing, { CHROMIUM_PATH: process.execPath });
  expect(named.code).toBe(0);
  expect(JSON.parse(readFileSync(join(checkout.dir, ".tools", "chromium.json"), "utf8"))).toMatchObject({
    path: process.execPath,
  });
  const broken = await checkout.node(missing, { CHROMIUM_PATH: join(checkout.dir, "gone") });
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain("and that does not start");
});
