import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { credentialOf, secretOf } from "../../../../gateway/cli/init/server-credential.ts";
import { inProcess } from "../run.ts";
import { answers, challenge, closeServers, keyedBy, startServer } from "./asked-server.ts";

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
  closeServers();
  for (const close of closing) close();
  rmSync(dir, { recursive: true });
});

const bearer = () => startServer(({ authorization }) => authorization === `Bearer ${secret}`, challenge("Bearer"));

test("init asks a server behind a token, and the site that it writes names the token's place alone", async () => {
  const url = await bearer();
  const header = `Authorization: Bearer file:${at("key")}`;
  const done = await inProcess(["init", at("gate"), "--mcp", url, "--role", "dev", "--header", header]);
  expect(done).toMatchObject({ code: 0 });
  expect(done.stdout).toContain("http://127.0.0.1:8700/mcp/crm");
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
  ["a second header", ["--mcp", "http://127.0.0.1:1/mcp", "--header", "A: env:PATH", "--header", "B: env:PATH"]],
  ["a password in an address in upper case", ["--mcp", `HTTP://a:${secret}@127.0.0.1:1/mcp`]],
  ["a password in an address that does not parse", ["--mcp", `http://a:${secret}@[x/mcp`]],
  ["a password in an address without slashes", ["--mcp", `https:a:${secret}@127.0.0.1/mcp`]],
  ["a password in an address of another kind", ["--mcp", `ws://a:${secret}@127.0.0.1:1/mcp`]],
  ["a password in an address of an API", ["--openapi", "api.yaml", "--upstream", `https://a:${secret}@h.example/x`]],
  ["a secret in the query", ["--mcp", `http://127.0.0.1:1/mcp?key=${secret}`]],
  ["a password in the address", ["--mcp", `http://a:${secret}@127.0.0.1:1/mcp`]],
])("%s is refused without repeating it", async (_what, args) => {
  const done = await inProcess(["init", at("refused"), ...args]);
  expect(done.code).toBe(2);
  expect(done.stdout + done.stderr).not.toContain(secret);
  expect(() => readFileSync(at("refused/sallyport.yaml"))).toThrow("ENOENT");
});

test("a credential is not sent over plain http beyond loopback, unless a route allows that", async () => {
  let requests = 0;
  const near = await startServer(
    ({ authorization }) => (requests++, authorization === `Bearer ${secret}`),
    challenge("Bearer"),
  );
  // An address of this machine that is none of loopback to whoever reads it.
  const url = near.replace("127.0.0.1", "0.0.0.0");
  const given = ["--mcp", url, "--header", `Authorization: Bearer file:${at("key")}`];
  const refused = { code: 2, stderr: expect.stringContaining("allow_insecure: true") };
  expect(await inProcess(["init", at("refused"), ...given])).toMatchObject(refused);
  const question = ["tools", "import", "--dry-run", "-c", at("gate/sallyport.yaml")];
  expect(await inProcess([...question, ...given])).toMatchObject(refused);
  expect(requests).toBe(0);

  const site = parse(readFileSync(at("gate/sallyport.yaml"), "utf8"));
  const upstream = { origin: new URL(url).origin, allow_insecure: true, allow_addresses: ["unspecified"] };
  site.routes[0].upstream = upstream;
  writeFileSync(at("gate/open.yaml"), JSON.stringify(site));
  const open = ["tools", "import", "--dry-run", "-c", at("gate/open.yaml"), "--mcp", url];
  expect(await inProcess(open)).toMatchObject({ code: 0, stderr: "" });
  expect(requests).toBeGreaterThan(0);
});

test("tools import asks an address with a query, of which it repeats nothing, and any route to it may carry the credential", async () => {
  const url = await bearer();
  const site = parse(readFileSync(at("gate/sallyport.yaml"), "utf8"));
  const route = { ...site.routes[0], upstream: { ...site.routes[0].upstream, origin: new URL(url).origin } };
  const { credential: _left, ...bare } = route;
  site.routes = [{ ...bare, id: "first", prefix: "/first" }, route];
  writeFileSync(at("gate/two.yaml"), JSON.stringify(site));
  const question = ["tools", "import", "--dry-run", "-c", at("gate/two.yaml"), "--mcp"];
  expect(await inProcess([...question, url])).toMatchObject({ code: 0 });
  expect(await inProcess([...question, `${url}/`])).toMatchObject({ code: 0 });
  expect(await inProcess([...question, `${url}?tenant=7`])).toMatchObject({ code: 0 });
  const unreachable = await inProcess([...question, `http://127.0.0.1:1/mcp?key=${secret}`]);
  expect(unreachable).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("http://127.0.0.1:1/mcp did not list"),
  });
  expect(unreachable.stderr).not.toContain(secret);
});

test("with a credential, too, the reason is that of the question that failed", async () => {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { id, method } = JSON.parse(body === "" ? "{}" : body) as { id?: number; method?: string };
      if (method !== "initialize" && method !== "tools/list")
        return void response.writeHead(id === undefined ? 202 : 404).end();
      const answer =
        method === "initialize"
          ? { result: answers[method] }
          : { error: { code: -32000, message: `no tenant of ${secret}` } };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const done = await inProcess(["init", at("none"), "--mcp", url, "--header", `X-Key: file:${at("key")}`]);
  expect(done.stderr).toContain("no tenant of [credential removed]");
  expect(done.stderr).not.toContain("404");
});

test.each(["", "  ", "\t"])("a secret of nothing but blanks (%j) is refused", async (text) => {
  writeFileSync(at("blank"), text);
  const given = ["--mcp", "http://127.0.0.1:1/mcp", "--header", `X-Key: file:${at("blank")}`];
  expect(await inProcess(["init", at("refused"), ...given])).toMatchObject({ code: 2 });
});

test("a server that is a command gets its secret in a variable, of which the site has the place alone", async () => {
  writeFileSync(at("keyed.mjs"), keyedBy(secret));
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

test.each([`u:${secret}@crm.example/mcp`, `crm.example/mcp?key=${secret}`, `node "${"x".repeat(9)}" --key ${secret}`])(
  "what is no address and does not start is not repeated: %s",
  async (place) => {
    const done = await inProcess(["init", at("none"), "--mcp", place]);
    expect(done.code).toBe(5);
    expect(done.stdout + done.stderr).not.toContain(secret);
  },
);

test("a server that names a tool after its credential is given no site", async () => {
  const tool = `find_${Buffer.from(`key:${secret}`).toString("base64url")}`;
  const telling = keyedBy(secret).replace('"name":"find"', `"name":"${tool}"`);
  writeFileSync(at("telling.mjs"), telling);
  const command = `"${process.execPath}" "${at("telling.mjs")}"`;
  const done = await inProcess(["init", at("none"), "--mcp", command, "--env", `API_KEY=file:${at("key")}`]);
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining("repeats its credential") });
  expect(done.stdout + done.stderr).not.toContain(tool);
  expect(() => readFileSync(at("none/sallyport.yaml"))).toThrow("ENOENT");
});
