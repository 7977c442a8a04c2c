/** docs/start.md, done as it stands: its files, its data, its commands; only ports and the place of the folder are others. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { freePort } from "../../demo/gate/config-file.ts";
import { startGateway, type Gateway } from "../../demo/gate/start.ts";
import { root } from "../conformance/house/guards/tree.ts";
import { eventually } from "../support/eventually.ts";
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

async function output(text: string): Promise<string> {
  const child = spawn("bash", ["-euc", text], { cwd: dir, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  expect(await once(child, "close")).toEqual([0, null]);
  return stdout;
}

/** The commands of the manual, run as they stand; `npm run sallyport --` is the gateway of this checkout. */
const asWritten = (text: string): string => `${npm}\n${text}`;
const npm = `npm() { while [ "$1" != -- ]; do shift; done; shift; "${process.execPath}" "${join(root, "gateway/main.ts")}" "$@"; }`;

/** After step 2, where the reader is in `gate` and has a function for its commands. */
function inGate(text: string): Promise<string> {
  const [begin = ""] = block("sh", "sallyport() {").text.split("\n");
  return output([npm, begin, text].join("\n"));
}

beforeAll(async () => {
  blocks = blocksOf(await readFile(join(root, "docs", "start.md"), "utf8"));
  dir = await mkdtemp(join(tmpdir(), "sallyport-start-"));
  upstream = await recordingUpstream();
  await writeFile(join(dir, "billing.openapi.yaml"), block("yaml", "openapi: 3.1.0").text);
  const written = block("sh", "-- init gate").text.replaceAll("http://127.0.0.1:9101", upstream.origin);
  expect(await output(asWritten(written))).toContain("2 tools of billing; 1 can be called, 1 wait");
  const [agents, console] = await Promise.all([freePort(), freePort()]);
  const configFile = join(dir, "gate", "sallyport.yaml");
  const config = parse(await readFile(configFile, "utf8")) as {
    listeners: object & { console: object };
    routes: object[];
  };
  Object.assign(config.listeners, { agents: { port: agents } });
  Object.assign(config.listeners.console, { port: console });
  config.routes.push(...(parse(block("yaml", "id: mail").text) as object[]));
  await writeFile(configFile, stringify(config));
  gateway = await startGateway({ configFile, agentsPort: agents, consolePort: console, env: {} });
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

test("the commands that check the site find nothing", async () => {
  for (const args of [["check"], ["policy", "check"], ["policy", "test"]])
    expect(await cli(...args, "-c", "gate/sallyport.yaml")).toMatchObject({ code: 0 });
});

test("what only reads runs at once, without an edit; everything else is closed", async () => {
  expect((await call("GET", "/billing/invoices")).status).toBe(200);
  expect(upstream.requests.map(({ target }) => target)).toEqual(["/v1/invoices"]);
  const closed = await call("POST", "/billing/invoices/7/void");
  expect(closed.status).toBe(403);
  expect(JSON.stringify(await closed.json())).toContain("NO_RULE_PERMITS");
});

test("a tool that is opened as the manual says waits for the person who is named", async () => {
  const { text, file } = block("yaml", "void_invoice: {");
  const catalog = join(dir, "gate", file);
  await writeFile(catalog, (await readFile(catalog, "utf8")).replace(/^ {2}void_invoice: .*$/m, `  ${text.trim()}`));
  const entitlements = join(dir, "gate/policy/sallyport/entitlements/data.yaml");
  await writeFile(entitlements, (await readFile(entitlements, "utf8")).replace("# void_invoice", "void_invoice"));
  const held = await eventually("it is held", async () => {
    const answer = await call("POST", "/billing/invoices/7/void");
    return answer.status === 202 ? answer : null;
  });
  expect(await held.json()).toMatchObject({ status: "pending" });
});

test("the reader's function runs commands that take no configuration too", async () => {
  const told = await inGate("sallyport audit verify-proof none.tlog-proof --key none.vkey 2>&1 || true");
  expect(told).toContain("none.vkey");
  expect(told).not.toContain("unknown option");
});

test("a token that is bound to a key is proven as the manual says", async () => {
  const { text } = block("sh", "--dpop");
  const before = upstream.requests.length;
  const printed = await inGate(text.replace("http://127.0.0.1:8700", gateway.agents));
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

test("a test of the site's own asks the whole policy", async () => {
  const own = block("rego", "test_a_void_waits");
  await writeFile(join(dir, "gate", own.file), own.text);
  const written = [...blocks].reverse().find(({ text }) => text.includes("policy test"));
  expect(await inGate(written?.text ?? "")).toContain("7 passed, 0 failed");
});
