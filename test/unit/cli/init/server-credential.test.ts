import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { credentialOf, secretOf } from "../../../../gateway/cli/init/server-credential.ts";
import { inProcess } from "../run.ts";

const secret = "s3cret-of-the-server-41f7";
let dir: string;
const closing: (() => void)[] = [];
const at = (path: string): string => join(dir, path);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-credential-"));
  writeFileSync(at("key"), `${secret}\n`);
  writeFileSync(at("wrong"), "another-secret-77\n");
});
afterAll(() => {
  for (const close of closing) close();
  rmSync(dir, { recursive: true });
});

const answers: Readonly<Record<string, object>> = {
  initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "crm", version: "1" } },
  "tools/list": { tools: [{ name: "find", inputSchema: { type: "object" } }] },
};

/** An MCP server that answers those alone who are let in; others get what `refuse` says. */
async function startServer(
  lets: (headers: IncomingHttpHeaders) => boolean,
  refuse: (response: ServerResponse, headers: IncomingHttpHeaders) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    if (!lets(request.headers)) return refuse(response, request.headers);
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { id, method } = JSON.parse(body === "" ? "{}" : body) as { id?: number; method?: string };
      if (id === undefined) return void response.writeHead(request.method === "POST" ? 202 : 405).end();
      const result = answers[method ?? ""];
      const answer = result === undefined ? { error: { code: -32601, message: "unknown" } } : { result };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

const challenge = (value: string) => (response: ServerResponse) =>
  void response.writeHead(401, { "www-authenticate": value }).end();

const bearer = () => startServer(({ authorization }) => authorization === `Bearer ${secret}`, challenge("Bearer"));

test("init asks a server behind a token, and the site that it writes names the token's place alone", async () => {
  const url = await bearer();
  const header = `Authorization: Bearer file:${at("key")}`;
  const done = await inProcess(["init", at("gate"), "--mcp", url, "--role", "dev", "--header", header]);
  expect(done).toMatchObject({ code: 0 });
  const text = readFileSync(at("gate/sallyport.yaml"), "utf8");
  expect(parse(text)).toMatchObject({
    credentials: { crm: { prefix: "Bearer ", value: `file:${at("key")}` } },
    routes: [{ id: "crm", credential: "crm", upstream: { origin: new URL(url).origin } }],
  });
  expect(text + done.stdout + done.stderr).not.toContain(secret);
  expect(await inProcess(["check", "-c", at("gate/sallyport.yaml")])).toMatchObject({
    code: 0,
    stdout: expect.not.stringContaining("warning"),
  });
});

test("tools import takes what the route to the server carries, and --header before that", async () => {
  const url = new URL(parse(readFileSync(at("gate/sallyport.yaml"), "utf8")).routes[0].upstream.origin + "/mcp").href;
  const question = ["tools", "import", "--mcp", url, "--dry-run", "-c", at("gate/sallyport.yaml")];
  expect(await inProcess(question)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("has every tool of crm"),
  });
  const refused = await inProcess([...question, "--header", `Authorization: Bearer file:${at("wrong")}`]);
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining("refuses the credential of file:") });
  expect(refused.stderr).not.toContain("another-secret-77");
});

test("a key in a header of its own is sent there, and is written with a path from the site's folder", async () => {
  const url = await startServer((headers) => headers["x-api-key"] === secret, challenge("ApiKey"));
  writeFileSync(at("key"), secret);
  const header = `X-API-Key: file:${at("near/key")}`;
  expect((await inProcess(["init", at("near"), "--mcp", url, "--header", header])).stderr).toContain("cannot be read");
  const given = ["--header", `X-API-Key: file:${at("key")}`];
  expect(await inProcess(["init", dir, "--mcp", url, ...given])).toMatchObject({ code: 0 });
  expect(parse(readFileSync(at("sallyport.yaml"), "utf8"))).toMatchObject({
    credentials: { crm: { header: "x-api-key", value: "file:key" } },
  });
});

test("a server that wants a credential is told with the way to give one, and OAuth with what is supported", async () => {
  const plain = await inProcess(["init", at("none"), "--mcp", await bearer()]);
  expect(plain).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/asks for a credential \(status 401\)\..*--header "Authorization: Bearer env:NAME"/s),
  });
  expect(plain.stderr).not.toContain("OAuth");
  const oauth = challenge('Bearer resource_metadata="https://crm.example/.well-known/oauth-protected-resource"');
  const told = await inProcess(["init", at("none"), "--mcp", await startServer(() => false, oauth)]);
  expect(told.stderr).toMatch(/Nobody is signed in here.*client_credentials, token_exchange or person/s);
});

test("a server that repeats the secret in its answer does not bring it into a message", async () => {
  const url = await startServer(
    () => false,
    (response, { authorization }) => void response.writeHead(400).end(`not valid: ${authorization}`),
  );
  const header = `Authorization: Bearer file:${at("key")}`;
  const done = await inProcess(["init", at("none"), "--mcp", url, "--header", header]);
  expect(done).toMatchObject({ code: 5, stderr: expect.stringContaining("status 400") });
  expect(done.stderr).not.toContain(secret);
});

test.each([
  ["a secret", ["--mcp", "http://127.0.0.1:1/mcp", "--header", `Authorization: Bearer ${secret}`]],
  ["a secret before a reference", ["--mcp", "http://127.0.0.1:1/mcp", "--header", `X-Key: ${secret} env:NAME`]],
  ["a header of the connection", ["--mcp", "http://127.0.0.1:1/mcp", "--header", "Host: env:NAME"]],
  ["a variable that is not set", ["--mcp", "http://127.0.0.1:1/mcp", "--header", "X-Key: env:NOT_SET_ANYWHERE"]],
  ["a server that is a command", ["--mcp", "node server.js", "--header", "X-Key: env:NAME"]],
  ["a secret in a variable", ["--mcp", "node server.js", "--env", `API_KEY=${secret}`]],
  ["a variable of a server with an address", ["--mcp", "http://127.0.0.1:1/mcp", "--env", "API_KEY=env:NAME"]],
  ["no server", ["--header", "X-Key: env:NAME"]],
  ["a secret in the query", ["--mcp", `http://127.0.0.1:1/mcp?key=${secret}`]],
  ["a password in the address", ["--mcp", `http://a:${secret}@127.0.0.1:1/mcp`]],
])("%s is refused without repeating it", async (_what, args) => {
  const done = await inProcess(["init", at("refused"), ...args]);
  expect(done.code).toBe(2);
  expect(done.stdout + done.stderr).not.toContain(secret);
  expect(() => readFileSync(at("refused/sallyport.yaml"))).toThrow("ENOENT");
});

const keyed = `import { createInterface } from "node:readline";
if (process.env.API_KEY !== "${secret}") {
  console.error("no key, but " + process.env.API_KEY);
  process.exit(1);
}
const answers = ${JSON.stringify(answers)};
for await (const line of createInterface(process.stdin)) {
  const { id, method } = JSON.parse(line);
  const answer = method in answers ? { result: answers[method] } : { error: { code: -32601, message: "unknown" } };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
}
`;

test("a server that is a command gets its secret in a variable, of which the site has the place alone", async () => {
  writeFileSync(at("keyed.mjs"), keyed);
  const command = `"${process.execPath}" "${at("keyed.mjs")}"`;
  const done = await inProcess(["init", at("std"), "--mcp", command, "--env", `API_KEY=file:${at("key")}`]);
  expect(done).toMatchObject({ code: 0 });
  const text = readFileSync(at("std/sallyport.yaml"), "utf8");
  expect(parse(text)).toMatchObject({ routes: [{ upstream: { command: { env: { API_KEY: `file:${at("key")}` } } } }] });
  expect(text + done.stdout).not.toContain(secret);
  expect(await inProcess(["check", "-c", at("std/sallyport.yaml")])).toMatchObject({ code: 0 });
  const wrong = await inProcess(["init", at("none"), "--mcp", command, "--env", `API_KEY=file:${at("wrong")}`]);
  expect(wrong).toMatchObject({ code: 5, stderr: expect.stringContaining("no key, but [credential removed]") });
});

test("a document in a file is read without a credential", async () => {
  const args = ["--openapi", at("x.yaml"), "--header", "X-Key: env:NAME", "-c", at("gate/sallyport.yaml")];
  expect(await inProcess(["tools", "import", ...args])).toMatchObject({ code: 2 });
});

test("a reference is read in both forms", () => {
  expect(credentialOf("authorization:  Token env:A_B")).toEqual({
    header: "authorization",
    prefix: "Token ",
    reference: "env:A_B",
  });
  expect(secretOf(credentialOf(`X-Key:file:${at("key")}`))).toBe(secret);
});
