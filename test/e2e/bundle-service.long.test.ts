/** docs/bundle-services.md, done as it stands with a gateway that is a process; only ports and the place of the folder are others. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { freePort } from "../../demo/gate/config-file.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { root } from "../conformance/house/guards/tree.ts";
import { eventually } from "../support/eventually.ts";
import { demoPolicy } from "../support/policy-copy.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { opa } from "../unit/decide/support/compile-rego.ts";

const refund = {
  method: "POST",
  path: "/payments/v1/refunds",
  json: { order_id: "o-882", amount: 450, currency: "EUR", reason: "late" },
} as const;

interface PolicyConfig {
  services: { acme: { url: string } };
  sources: (string | Record<string, unknown>)[];
}

let manual: string;
let folder: string;
let port: number;
let server: ChildProcess;
let payments: ToolServer;
let gateway: TestGateway;

/** The first block of the language that has this part. */
function block(language: string, part: string): string {
  const blocks = [...manual.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const found = blocks.find((one) => one[1] === language && one[2]?.includes(part));
  if (found?.[2] === undefined) throw new Error(`the page has no ${language} block with ${part}`);
  return found[2].replaceAll("9300", String(port));
}

/** Commands of the manual, as they stand. */
function commands(text: string): ChildProcess {
  const env = { ...process.env, PATH: `${dirname(opa)}:${process.env["PATH"]}` };
  return spawn("bash", ["-euc", text], { cwd: folder, env, stdio: "ignore" });
}

async function done(text: string): Promise<void> {
  expect(await once(commands(text), "close")).toEqual([0, null]);
}

/** Resolves when it answers. */
async function serving(): Promise<ChildProcess> {
  const lines = block("sh", "http.server").split("\n");
  const child = commands(lines.find((line) => line.startsWith("python3"))?.replace("python3", "exec python3") ?? "");
  await eventually("the bundle server answers", () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => null,
    ),
  );
  return child;
}

async function stopServing(): Promise<void> {
  const ended = once(server, "exit");
  server.kill();
  await ended;
}

beforeAll(async () => {
  manual = await readFile(join(root, "docs", "bundle-services.md"), "utf8");
  folder = await mkdtemp(join(tmpdir(), "sallyport-bundle-service-"));
  port = await freePort();
  await mkdir(join(folder, "refunds"));
  await writeFile(join(folder, "refunds", "refunds.rego"), block("rego", "package refunds"));
  await done(block("sh", "http.server").replace(/^python3.*$/m, ""));
  server = await serving();
  payments = await startPayments(0);
  const { policy } = parse(block("yaml", "services:")) as { policy: PolicyConfig };
  const sources = policy.sources.map((source) => {
    if (source === "./policy") return demoPolicy;
    return typeof source === "string" ? source : { ...source, max_stale: "30d", when_stale: "deny" };
  });
  gateway = await startGateway({
    routes: [paymentsRoute(payments.origin)],
    config: { policy: { ...policy, sources } },
  });
}, 120_000);
afterAll(async () => {
  await gateway?.close();
  await payments?.stop();
  server?.kill();
  await rm(folder, { recursive: true, force: true });
});

const status = async (): Promise<number> => (await gateway.refundBot().call(refund)).status;
const findings = async (): Promise<string> => (await fetch(`${gateway.console}/readyz`)).text();
const metrics = async (): Promise<string> => (await fetch(`${gateway.console}/metrics`)).text();

it("judges by the bundle of the service, and by the next one within the delays", async () => {
  const { status: first, body } = await gateway.refundBot().call(refund);
  expect([first, JSON.stringify(body)]).toEqual([403, expect.stringContaining("ADOPTED_DENIED")]);
  await done(block("sh", "--revision r2"));
  await eventually("the refund is held", async () => ((await status()) === 202 ? true : null));
  expect(await metrics()).toMatch(/^last_success_bundle_activation\{name="refunds",active_revision="r2"\} \d/m);
});

it("goes on without the server and says so, also after a start", async () => {
  await stopServing();
  await eventually("the finding", async () =>
    (await findings()).includes("refunds of acme is not downloaded") ? true : null,
  );
  expect(gateway.output()).toContain("bundle refunds: not downloaded; the server");
  expect(await metrics()).toMatch(/^bundle_failed_load_counter\{name="refunds"\} [1-9]/m);
  expect(await status()).toBe(202);
  await gateway.kill("SIGTERM");
  await gateway.startAgain();
  expect(await status()).toBe(202);
}, 120_000);

it("refuses calls once what it has is too old, until the server confirms it", async () => {
  server = await serving();
  await gateway.kill("SIGTERM");
  const file = join(gateway.dir, "sallyport.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace("30d", "3s"));
  // What is kept is too old by now: ready as soon as the server has confirmed it.
  await gateway.startAgain();
  await stopServing();
  await eventually("calls are refused", async () => ((await status()) === 503 ? true : null));
  expect(JSON.stringify((await gateway.refundBot().call(refund)).body)).toContain("policy_stale");
  const readyz = await fetch(`${gateway.console}/readyz`);
  expect([readyz.status, await readyz.text()]).toEqual([503, expect.stringContaining("policy-stale")]);
  server = await serving();
  await eventually("calls are judged again", async () => ((await status()) === 202 ? true : null));
  await eventually("nothing is wrong", async () => ((await findings()).includes("policy-bundle") ? null : true));
}, 120_000);
