import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { init } from "../../../../gateway/cli/init/verb.ts";
import { importTools } from "../../../../gateway/cli/tools-import.ts";
import { answering, expectExamples, inProcess } from "../run.ts";

const everything = fileURLToPath(
  new URL("../../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);
let dir: string;
let openapi: string;
const at = (path: string): string => join(dir, path);
const read = (path: string): string => readFileSync(at(path), "utf8");

const document = (paths: readonly string[]): string =>
  `openapi: 3.1.0\ninfo: { title: Billing API, version: "1" }\nservers: [{ url: "http://127.0.0.1:9101/v1" }]\npaths:\n${paths.map((path) => `  ${path}\n`).join("")}`;
const list = "/invoices: { get: { operationId: list_invoices, responses: {} } }";
const send = "/send: { post: { operationId: sendInvoice, responses: {} } }";

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-init-"));
  openapi = at("billing.yaml");
  writeFileSync(openapi, document([list]));
});
afterAll(() => rmSync(dir, { recursive: true }));

test("forwards the methods that the document describes, so that nothing is left to say but who may use them", async () => {
  const change =
    "/invoices/{id}: { delete: { operationId: drop, responses: {} }, put: { operationId: set, responses: {} } }";
  writeFileSync(at("change.yaml"), document([list, change]));
  const written = await inProcess(["init", at("change"), "--openapi", at("change.yaml"), "--role", "clerk", "--json"]);
  expect(JSON.parse(written.stdout)).toMatchObject({ tools: 3, open: 1 });
  expect(parse(read("change/sallyport.yaml"))).toMatchObject({
    routes: [{ methods: ["GET", "POST", "PUT", "DELETE"] }],
  });
  const checked = await inProcess(["check", "-c", at("change/sallyport.yaml")]);
  expect(checked).toMatchObject({ code: 0, stderr: "", stdout: expect.not.stringContaining("warning") });
});

test("writes a site of an OpenAPI document that checks, tests and lints, and overwrites nothing", async () => {
  const first = await inProcess([
    "init",
    at("http"),
    "--openapi",
    openapi,
    "--role",
    "clerk",
    "--approver",
    "ana",
    "--json",
  ]);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(first.stdout)).toMatchObject({ server: "billing", tools: 1, open: 1 });
  expect(parse(read("http/sallyport.yaml"))).toMatchObject({
    routes: [
      { prefix: "/billing", rewrite: "/v1", openapi: "../billing.yaml", upstream: { origin: "http://127.0.0.1:9101" } },
    ],
    policy: { sources: ["library", "./policy"] },
  });
  const config = ["-c", at("http/sallyport.yaml")];
  expect(await inProcess(["check", ...config])).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.not.stringContaining("warning"),
  });
  expect(await inProcess(["policy", "check", ...config])).toMatchObject({ code: 0 });
  appendFileSync(at("http/sallyport.yaml"), "# mine\n");
  const again = await inProcess(["init", at("http"), "--openapi", openapi]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("sallyport.yaml") });
  expect(read("http/sallyport.yaml")).toMatch(/# mine\n$/);
});

/** The only edit that a new site's rule asks for. */
function freeze(site: string, tool: string): void {
  const file = `${site}/policy/sallyport/rules/site/frozen/frozen.rego`;
  writeFileSync(at(file), read(file).replace("_tools := set()", `_tools := {${JSON.stringify(tool)}}`));
}

test("writes a site whose tests reach each of its rules, and whose example of a freeze is one to copy", async () => {
  writeFileSync(at("freeze.yaml"), document([list, send]));
  await inProcess(["init", at("freeze"), "--openapi", at("freeze.yaml"), "--role", "clerk"]);
  const passed = (tool: string) => {
    if (tool !== "") freeze("freeze", tool);
    return inProcess(["policy", "test", "--coverage", "100", "-c", at("freeze/sallyport.yaml")]);
  };
  expect(await passed("")).toMatchObject({ code: 0, stdout: expect.stringContaining("coverage 100 %") });
  const text = read("freeze/policy/sallyport/rules/site/frozen/frozen.rego");
  const example = /such as "(.+)"/.exec(text)?.[1] ?? "";
  expect(example).toBe("billing/sendInvoice");
  expect(await passed(example)).toMatchObject({ code: 0, stdout: expect.stringContaining("coverage 100 %") });
});

test("says in a new site which golden case changes with a freeze, and fails on a freeze of no tool", async () => {
  await inProcess(["init", at("thaw"), "--openapi", at("freeze.yaml"), "--role", "clerk"]);
  const config = ["-c", at("thaw/sallyport.yaml")];
  const golden = "thaw/policy/golden/allows-a-read.json";
  const rule = "thaw/policy/sallyport/rules/site/frozen/frozen.rego";
  const text = read(rule);
  expect(text).toContain("policy/golden/allows-a-read.json says that its tool is allowed");
  freeze("thaw", "billing/list_invoices");
  expect(await inProcess(["policy", "check", ...config])).toMatchObject({ code: 3 });
  writeFileSync(at(golden), read(golden).replace('"effect": "allow"', '"effect": "deny"'));
  expect(await inProcess(["policy", "check", ...config])).toMatchObject({ code: 0 });
  expect(await inProcess(["policy", "test", ...config])).toMatchObject({ code: 0 });
  writeFileSync(at(rule), text);
  freeze("thaw", "list_invoices");
  const failed = await inProcess(["policy", "test", "--run", "listed_now", ...config]);
  expect(failed).toMatchObject({
    code: 4,
    stdout: expect.stringContaining("test_denies_every_tool_that_is_listed_now"),
  });
});

test("adds what an API has that the catalog lacks, and leaves every other line as it is", async () => {
  const config = ["-c", at("http/sallyport.yaml")];
  const catalog = "http/policy/sallyport/catalog/data.yaml";
  appendFileSync(at(catalog), "# a remark of mine\nother:\n  keep: { sensitivity: low }\n");
  const before = read(catalog);
  writeFileSync(openapi, document([send]));
  const shown = await inProcess(["tools", "import", "--openapi", openapi, "--dry-run", ...config]);
  expect(shown).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/sendInvoice: .*\n.*no longer described: list_invoices/),
  });
  expect(read(catalog)).toBe(before);
  expect(await inProcess(["tools", "import", "--openapi", openapi, ...config])).toMatchObject({ code: 0 });
  const after = parse(read(catalog)) as Record<string, object>;
  expect(Object.keys(after["billing"] ?? {})).toEqual(["list_invoices", "sendInvoice"]);
  expect(before.split("\n").filter((line) => !read(catalog).split("\n").includes(line))).toEqual([]);
  expect(await inProcess(["tools", "import", "--openapi", openapi, "--dry-run", ...config])).toMatchObject({ code: 0 });
});

test("asks an MCP server that is a command for its tools, and opens those that say they only read", async () => {
  const place = `"${process.execPath}" "${everything}"`;
  const done = await inProcess([
    "init",
    at("mcp"),
    "--mcp",
    place,
    "--server",
    "everything",
    "--role",
    "dev",
    "--json",
  ]);
  expect(done).toMatchObject({ code: 0 });
  const catalog = parse(read("mcp/policy/sallyport/catalog/data.yaml")) as { everything: Record<string, object> };
  // The second is there for clients alone that can be asked.
  expect(Object.keys(catalog.everything)).toEqual(expect.arrayContaining(["echo", "trigger-elicitation-request"]));
  expect(parse(read("mcp/policy/sallyport/entitlements/data.yaml"))).toMatchObject({
    dev: { everything: { methods: { "prompts/list": true, "resources/list": true } } },
  });
  expect(parse(read("mcp/sallyport.yaml"))).toMatchObject({
    routes: [
      { prefix: "/mcp/everything", protocol: "mcp", upstream: { command: { run: [process.execPath, everything] } } },
    ],
  });
  expect(await inProcess(["check", "-c", at("mcp/sallyport.yaml")])).toMatchObject({ code: 0 });
});

test("writes a site without a server, in which every call is denied", async () => {
  expect(await inProcess(["init", at("none"), "--approver", "ana"])).toMatchObject({ code: 0 });
  expect(await inProcess(["policy", "test", "-c", at("none/sallyport.yaml")])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("4 passed, 0 failed"),
  });
});

test("asks a person for what the command line does not say", async () => {
  const typed = answering("ana");
  const done = await inProcess(["init", at("asked")], typed);
  expect(done.code).toBe(0);
  expect(read("asked/sallyport.yaml")).toContain("name: ana");
});

test.each([
  ["a document that is not there", ["--openapi", "none.yaml"], /none\.yaml cannot be used/],
  ["a document of another kind", ["--openapi", fileURLToPath(import.meta.url)], /cannot be used/],
  ["a server that is not there", ["--mcp", "http://127.0.0.1:1/mcp"], /did not list its tools/],
  [
    "a command that ends, with what it wrote",
    ["--mcp", `${process.execPath} /nonexistent.mjs`],
    /did not list its tools[^]*It wrote:[^]*Cannot find module/,
  ],
  ["a name that no configuration takes", ["--openapi", "x", "--server", "a b"], /--server "a b": must be 1 to 64/],
])("refuses %s, and writes nothing", async (_what, args, message) => {
  const done = await inProcess(["init", at("refused"), ...args]);
  expect(done.code).not.toBe(0);
  expect(done.stderr).toMatch(message);
  expect(() => read("refused/sallyport.yaml")).toThrow("ENOENT");
});

test("gives examples of both", async () => {
  await expectExamples("", [init]);
  await expectExamples("tools", [importTools]);
});
