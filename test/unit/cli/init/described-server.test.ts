/** What `init` and `tools import` say of a server that describes itself badly, or is none. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { inProcess, sallyport } from "../run.ts";
import { answers, closeServers, startServer } from "./asked-server.ts";

let cwd: string;
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), "sallyport-init-"))));
afterEach(() => {
  closeServers();
  rmSync(cwd, { recursive: true });
});

const at = (name: string): string => join(cwd, name);
const written = (): string[] => readdirSync(cwd, { recursive: true, encoding: "utf8" });

const unusable = ["L".repeat(4096), "line\nbreak", "invoice_\u202Egpj.exe", "two words"];

test("leaves out tools that no call can name, and says which", async () => {
  const tools = ["find", ...unusable].map((name) => ({ name, inputSchema: { type: "object" } }));
  const url = await startServer(
    () => true,
    () => undefined,
    { ...answers, "tools/list": { tools } },
  );
  const done = await inProcess(["init", at("gate"), "--mcp", url, "--role", "dev", "--approver", "ana"]);
  expect(done.code).toBe(0);
  expect(parse(readFileSync(at("gate/policy/sallyport/catalog/data.yaml"), "utf8"))).toEqual({
    crm: { find: expect.anything() },
  });
  for (const said of ['"line\\nbreak"', '"invoice_\\u202egpj.exe"', '"two words"', "LLL…", "1 tool of crm"])
    expect(done.stdout).toContain(said);
  const config = ["-c", at("gate/sallyport.yaml")];
  const again = await inProcess(["tools", "import", "--mcp", url, "--server", "crm", "--dry-run", "--json", ...config]);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ added: [], gone: [], unnamed: unusable });
});

test("says of an address whose version of MCP no call could be made in that it is not supported", async () => {
  const speaking = (protocolVersion: string) =>
    startServer(
      () => true,
      () => undefined,
      { ...answers, initialize: { ...answers["initialize"], protocolVersion } },
    );
  const init = async (version: string) =>
    inProcess(["init", at(version), "--mcp", await speaking(version), "--role", "dev", "--approver", "ana"]);
  expect(await init("2024-10-07")).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("Server's protocol version is not supported: 2024-10-07"),
  });
  expect(await init("2024-11-05")).toMatchObject({ code: 0 });
});

test("says of an address that cannot be reached why, and of one that is no MCP server that it is none", async () => {
  const api = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"orders":[]}');
  });
  await new Promise<void>((done) => api.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/`;
  // In processes of their own: fetch of Node tells a cause to its own realm alone.
  const other = await sallyport(["init", at("gate"), "--mcp", url], { cwd });
  await new Promise((done) => api.close(done));
  expect(other).toMatchObject({
    code: 5,
    stderr: `${url} did not list its tools: what answers there is no MCP server; an address has the path of the MCP endpoint, such as /mcp.\n`,
  });
  const closed = await sallyport(["init", at("gate"), "--mcp", url], { cwd });
  expect(closed).toMatchObject({ code: 5, stderr: expect.stringContaining("fetch failed (ECONNREFUSED).") });
});

test("invents no address of an API whose document names none", async () => {
  const operation = "/a: { get: { operationId: a, responses: {} } }";
  const api = `openapi: 3.1.0\ninfo: { title: A, version: "1" }\nservers: [{ url: /v1 }]\npaths: { ${operation} }\n`;
  writeFileSync(at("api.yaml"), api);
  expect(await inProcess(["init", at("gate"), "--openapi", at("api.yaml")])).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("--upstream"),
  });
  expect(() => readFileSync(at("gate/sallyport.yaml"))).toThrow("ENOENT");
  const done = await inProcess(["init", at("gate"), "--openapi", at("api.yaml"), "--upstream", "http://127.0.0.1:9"]);
  expect(done.code).toBe(0);
});

test("refuses an API whose document names two operations alike, and writes nothing", async () => {
  const operation = "{ get: { operationId: read, responses: {} } }";
  const head = 'openapi: 3.1.0\ninfo: { title: A, version: "1" }\nservers: [{ url: "http://127.0.0.1:9" }]\n';
  writeFileSync(at("api.yaml"), `${head}paths: { /a: ${operation}, /b: ${operation} }\n`);
  writeFileSync(at("sallyport.yaml"), "version: 1\npolicy: { sources: [library] }\n");
  const before = written();
  for (const words of [
    ["init", at("gate")],
    ["tools", "import", "-c", at("sallyport.yaml")],
  ])
    expect(await inProcess([...words, "--openapi", at("api.yaml")])).toMatchObject({
      code: 2,
      stderr: `${at("api.yaml")} cannot be used: OpenAPI operation read is described twice: GET /a and GET /b.\n`,
    });
  expect(written()).toEqual(before);
});

test("refuses an MCP server that lists a tool twice, and writes nothing", async () => {
  const tools = ["find", "read_x", "two words", "two words", "read_x"].map((name) => ({
    name,
    inputSchema: { type: "object" },
  }));
  const url = await startServer(
    () => true,
    () => undefined,
    { ...answers, "tools/list": { tools } },
  );
  writeFileSync(at("sallyport.yaml"), "version: 1\npolicy: { sources: [library] }\n");
  for (const words of [
    ["init", at("gate")],
    ["tools", "import", "-c", at("sallyport.yaml")],
  ])
    expect(await inProcess([...words, "--mcp", url])).toMatchObject({
      code: 1,
      stderr: `${url} lists read_x twice, as its tools number 2 and 5: a call could mean either. Nothing was written.\n`,
    });
  expect(written()).toEqual(["sallyport.yaml"]);
});
