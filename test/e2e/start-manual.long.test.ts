/** docs/start.md, done as it stands: its files, its data, its commands; only ports and the place of the folder are others. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { freePort } from "../../demo/gate/config-file.ts";
import { startGateway, type Gateway } from "../../demo/gate/start.ts";
import { root } from "../conformance/house/guards/tree.ts";
import { type RecordingUpstream, recordingUpstream } from "../support/recording-upstream.ts";

interface Block {
  readonly language: string;
  readonly text: string;
  /** The last path below gate/ that was named before it. */
  readonly file: string;
}

/** Every block of the manual with the file that the words before it name. */
function blocksOf(manual: string): Block[] {
  return [...manual.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map((match) => {
    const named = [...manual.slice(0, match.index).matchAll(/`gate\/([\w./-]+\.(?:yaml|rego))`/g)];
    return { language: match[1] ?? "", text: match[2] ?? "", file: named.at(-1)?.[1] ?? "" };
  });
}

let dir: string;
let upstream: RecordingUpstream;
let gateway: Gateway;
let blocks: Block[];
const block = (language: string, part: string): Block => {
  const found = blocks.find((one) => one.language === language && one.text.includes(part));
  if (found === undefined) throw new Error(`docs/start.md has no ${language} block with ${part}`);
  return found;
};

async function cli(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, "gateway/main.ts"), ...args], {
    cwd: dir,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

async function shell(text: string) {
  const child = spawn("bash", ["-euc", text], { cwd: dir, stdio: "inherit" });
  expect(await once(child, "close")).toEqual([0, null]);
}

async function output(text: string): Promise<string> {
  const child = spawn("bash", ["-euc", text], { cwd: dir, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  expect(await once(child, "close")).toEqual([0, null]);
  return stdout;
}

beforeAll(async () => {
  blocks = blocksOf(await readFile(join(root, "docs", "start.md"), "utf8"));
  dir = await mkdtemp(join(tmpdir(), "sallyport-start-"));
  upstream = await recordingUpstream();
  await mkdir(join(dir, "gate"));
  cpSync(join(root, "rego"), join(dir, "gate", "rego"), { recursive: true });
  const [agents, console] = await Promise.all([freePort(), freePort()]);
  const config = parse(block("yaml", "version: 1\n").text.replaceAll("http://127.0.0.1:9101", upstream.origin)) as {
    listeners: object & { console: object };
  };
  Object.assign(config.listeners, { agents: { port: agents } });
  Object.assign(config.listeners.console, { port: console });
  await writeFile(join(dir, "gate", "sallyport.yaml"), stringify(config));
  await writeFile(join(dir, "gate", "billing.openapi.yaml"), block("yaml", "openapi: 3.1.0").text);
  for (const part of ["list_invoices: {", "bookkeeping:", "role: billing-approver"]) {
    const { file, text } = block("yaml", part);
    await appendFile(join(dir, "gate", file), text);
  }
  const place = { configFile: join(dir, "gate", "sallyport.yaml"), agentsPort: agents, consolePort: console, env: {} };
  gateway = await startGateway(place);
}, 120_000);
afterAll(async () => {
  await gateway?.stop();
  await upstream?.close();
  await rm(dir, { recursive: true, force: true });
});

const call = async (method: string, path: string) => {
  const { stdout } = await cli(
    "token",
    "mint",
    "--sub",
    "bookkeeper",
    "--role",
    "bookkeeping",
    "--route",
    "billing",
    "-c",
    "gate/sallyport.yaml",
  );
  return fetch(`${gateway.agents}${path}`, { method, headers: { authorization: `Bearer ${stdout.trim()}` } });
};

test("the commands that check the folder find nothing", async () => {
  for (const args of [
    ["check", "-c", "gate/sallyport.yaml"],
    ["policy", "check", "gate/rego"],
  ])
    expect(await cli(...args)).toMatchObject({ code: 0 });
});

test("the first call runs, and the second waits for the person who is named", async () => {
  expect((await call("GET", "/billing/invoices")).status).toBe(200);
  expect(upstream.requests.map(({ target }) => target)).toEqual(["/v1/invoices"]);
  const held = await call("POST", "/billing/invoices/7/void");
  expect([held.status, await held.json()]).toEqual([202, expect.objectContaining({ status: "pending" })]);
});

test("a token that is bound to a key is proven as the manual says", async () => {
  const { text } = block("sh", "--dpop");
  const before = upstream.requests.length;
  const npm = `npm() { while [ "$1" != -- ]; do shift; done; shift; "${process.execPath}" "${join(root, "gateway/main.ts")}" "$@"; }`;
  const [functions = ""] = block("sh", "sallyport() {").text.split("\n");
  const printed = await output([npm, functions, text.replace("http://127.0.0.1:8700", gateway.agents)].join("\n"));
  expect(printed).toMatch(/^HTTP\/1\.1 200 /);
  expect(upstream.requests.slice(before).map(({ target }) => target)).toEqual(["/v1/invoices"]);
});

test("what clients look for is where the manual says", async () => {
  const metadata = await fetch(`${gateway.agents}/.well-known/oauth-protected-resource/mail`);
  expect([metadata.status, await metadata.json()]).toEqual([
    200,
    expect.objectContaining({ resource: `${gateway.agents}/mail` }),
  ]);
  const metrics = await fetch(`${gateway.console}/metrics`);
  expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringContaining("# HELP")]);
  for (const at of [gateway.agents, gateway.console]) expect((await fetch(`${at}/livez`)).status).toBe(200);
});

test("without the demonstration's lines the policy is whole, and its own test passes", async () => {
  await shell(block("sh", "golden/*.json").text);
  for (const [file, sections] of [
    ["catalog", ["payments", "crm"]],
    ["approvers", ["payments", "crm"]],
    ["entitlements", ["refunds", "support"]],
  ] as const) {
    const path = join(dir, "gate/rego/sallyport", file, "data.yaml");
    const data = parse(await readFile(path, "utf8")) as Record<string, unknown>;
    for (const section of sections) delete data[section];
    await writeFile(path, stringify(data));
  }
  const own = block("rego", "test_a_void_waits");
  await mkdir(dirname(join(dir, "gate", own.file)), { recursive: true });
  await writeFile(join(dir, "gate", own.file), own.text);
  expect(await cli("policy", "check", "gate/rego")).toMatchObject({ code: 0 });
  const tested = await cli("policy", "test", "gate/rego");
  expect([tested.code, tested.stdout + tested.stderr]).toEqual([0, expect.stringContaining("1 passed, 0 failed")]);
});
