import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { eventually } from "../support/eventually.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { allowTools, closeClients, fixtureCommand, stdioClient } from "../support/stdio/stdio-clients.ts";

const secret = "sk-very-secret-51c0ffee";
const tools = "echo env place wait ask exit noise foreign complain numbers count later let-go".split(" ");
const folder = mkdtempSync(join(tmpdir(), "sallyport-stdio-"));
const secretFile = join(folder, "secret");
writeFileSync(secretFile, secret);

let gateway: TestGateway;

beforeAll(async () => {
  const env = { API_KEY: `file:${secretFile}`, MODE: "test" };
  gateway = await startGateway({
    routes: [
      commandRoute("own", { run: [...fixtureCommand, "own"], env, cwd: folder }),
      commandRoute("shared", { run: fixtureCommand, per: "route" }),
      commandRoute("alone", { run: fixtureCommand, per: "session" }),
    ],
    limits: { finish: "1s" },
    policy: async (copy) => {
      for (const id of ["own", "shared", "alone"]) await allowTools(copy, id, tools);
    },
  });
});
afterEach(closeClients);
afterAll(() => gateway?.close());

interface Line {
  readonly kind: string;
  readonly outcome?: string;
  readonly code?: string | null;
}

interface Place {
  readonly pid: number;
  readonly cwd: string;
}

const placeOf = async ({ text }: { text(tool: string): Promise<string> }) => JSON.parse(await text("place")) as Place;

test("a command sees of the environment only what is named", async () => {
  const client = await stdioClient(gateway, "own", "alice");
  const seen = JSON.parse(await client.text("env")) as Record<string, string>;
  expect(Object.keys(seen).toSorted()).toEqual(["API_KEY", "MODE", "PATH"]);
  expect(seen["PATH"]).toBe("/usr/local/bin:/usr/bin:/bin");
  expect(await placeOf(client)).toMatchObject({ cwd: folder });
});

test("a secret of a command is in no answer and in no log", async () => {
  const client = await stdioClient(gateway, "own", "alice");
  expect(JSON.parse(await client.text("env"))).toMatchObject({ API_KEY: "[credential removed]" });
  await client.text("complain", { value: `the key is ${secret}` });
  await gateway.told("the key is [secret removed]");
  expect(gateway.output()).not.toContain(secret);
});

test("each person has a process, which all of their sessions share, unless the route says otherwise", async () => {
  const of = async (route: string, sub: string) => (await placeOf(await stdioClient(gateway, route, sub))).pid;
  const [alice, again, bob] = [await of("own", "alice"), await of("own", "alice"), await of("own", "bob")];
  expect(again).toBe(alice);
  expect(bob).not.toBe(alice);
  expect(await of("shared", "alice")).toBe(await of("shared", "bob"));
  expect(await of("alone", "alice")).not.toBe(await of("alone", "alice"));
});

test("a caller whose command is killed in the middle of a call is told so by name, and the next call works", async () => {
  const client = await stdioClient(gateway, "own", "carol");
  const { pid } = await placeOf(client);
  const progress: unknown[] = [];
  const waiting = client.client.callTool({ name: "wait", arguments: {} }, undefined, {
    onprogress: (one) => progress.push(one),
  });
  await eventually("the call is under way", () => (progress.length > 0 ? true : null));
  process.kill(pid, "SIGKILL");
  const told = await waiting;
  expect(told.isError).toBe(true);
  expect(JSON.stringify(told)).toMatch(/process ended before it answered; whether the call was executed is not known/);
  expect(JSON.stringify(told)).toContain("upstream_ended");
  expect((await placeOf(client)).pid).not.toBe(pid);
  const outcome = await eventually("its outcome is recorded", async () => {
    const lines = (await readLog(gateway.logDir)).lines as unknown as readonly Line[];
    return lines.find((line) => line.kind === "outcome" && line.code === "upstream_ended") ?? null;
  });
  expect(outcome.outcome).toBe("unknown");
});

test("a question of a command reaches the caller whose call it is about, and no other", async () => {
  const capabilities = { elicitation: {} };
  const asking = async (sub: string, name: string) => {
    const made = await stdioClient(gateway, "shared", sub, capabilities);
    made.client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { name } }));
    return made;
  };
  const [alice, bob] = await Promise.all([asking("alice", "Alice"), asking("bob", "Bob")]);
  expect(JSON.parse(await alice.text("ask"))).toMatchObject({ content: { name: "Alice" } });
  expect(JSON.parse(await bob.text("ask"))).toMatchObject({ content: { name: "Bob" } });
  const both = await Promise.all([alice.text("ask"), bob.text("ask")]);
  // With two calls under way the server cannot say which one it asks about, so nobody is asked.
  expect(both.join(" ")).not.toMatch(/"Alice".*"Alice"|"Bob".*"Bob"/);
  const without = await stdioClient(gateway, "shared", "carol");
  expect(await without.text("ask")).toContain("has not declared");
});

test("a client without sessions gets progress, answers questions of a command, and calls a request off", async () => {
  const headers = { authorization: `Bearer ${gateway.token({ sub: "fay", role: "support" }, "/mcp/own")}` };
  const client = new ModernClient(
    { name: "fay", version: "1" },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: "auto" } },
  );
  client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { name: "Fay" } }));
  await client.connect(new ModernTransport(new URL(`${gateway.agents}/mcp/own`), { requestInit: { headers } }));
  expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(expect.arrayContaining(tools));
  const { content } = await client.callTool({ name: "ask", arguments: {} });
  expect(JSON.stringify(content)).toContain("Fay");
  const left = new AbortController();
  const progress: unknown[] = [];
  const waiting = client.callTool(
    { name: "wait", arguments: {} },
    { onprogress: (one) => progress.push(one), signal: left.signal },
  );
  await eventually("progress comes", () => progress[0] ?? null);
  left.abort();
  await expect(waiting).rejects.toThrow();
  expect(JSON.stringify(await client.callTool({ name: "ask", arguments: {} }))).toContain("Fay");
  await client.close();
});

test("what a command writes beside its messages, and answers that nobody asked for, reach nobody", async () => {
  const client = await stdioClient(gateway, "own", "dora");
  expect(await client.text("noise")).toBe("said");
  expect(await client.text("foreign")).toBe("mine");
  await gateway.told("it wrote what is no JSON-RPC message");
  await gateway.told("it answered a request that it was not sent");
});

test("numbers of a command's answer keep their digits", async () => {
  const token = gateway.token({ sub: "eve", role: "support" }, "/mcp/own");
  const { transport } = await stdioClient(gateway, "own", "eve");
  const answer = await fetch(`${gateway.agents}/mcp/own`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-session-id": transport.sessionId ?? "",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: "n", method: "tools/call", params: { name: "numbers", arguments: {} } }),
  });
  expect(await answer.text()).toContain('{"large":12345678901234567890,"one":1.0}');
});

test("a session of another caller is unknown", async () => {
  const { transport } = await stdioClient(gateway, "own", "alice");
  const token = gateway.token({ sub: "mallory", role: "support" }, "/mcp/own");
  const answer = await fetch(`${gateway.agents}/mcp/own`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-session-id": transport.sessionId ?? "",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  expect(answer.status).toBe(404);
});

test("an answer of a command that came after its stream was cut is on the stream that takes it up", async () => {
  const { transport, text } = await stdioClient(gateway, "own", "gina");
  const headers = {
    authorization: `Bearer ${gateway.token({ sub: "gina", role: "support" }, "/mcp/own")}`,
    accept: "application/json, text/event-stream",
    "mcp-session-id": transport.sessionId ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
  const url = `${gateway.agents}/mcp/own`;
  const cut = new AbortController();
  const params = { name: "later", arguments: {}, _meta: { progressToken: "p" } };
  const answer = await fetch(url, {
    method: "POST",
    signal: cut.signal,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: "cut", method: "tools/call", params }),
  });
  const first = await answer.body?.getReader().read();
  const last = /^id: ?(.+)$/m.exec(Buffer.from(first?.value ?? []).toString())?.[1] ?? "";
  expect(last).not.toBe("");
  cut.abort();
  expect(await text("let-go")).toBe("let go");
  const again = await fetch(url, { headers: { ...headers, accept: "text/event-stream", "last-event-id": last } });
  const reader = again.body?.getReader();
  let read = "";
  while (!read.includes("what came later")) read += Buffer.from((await reader?.read())?.value ?? []).toString();
  expect(read).toContain('"id":"cut"');
  await reader?.cancel();
});

test("the kill switch cuts a call at a command, whose caller is told, and calls go on when it is lifted", async () => {
  const client = await stdioClient(gateway, "own", "hal");
  const { pid } = await placeOf(client);
  const progress: unknown[] = [];
  const waiting = client.client.callTool({ name: "wait", arguments: {} }, undefined, {
    onprogress: (one) => progress.push(one),
  });
  const cut = waiting.then((told) => JSON.stringify(told), String);
  await eventually("the call is under way", () => (progress.length > 0 ? true : null));
  const person = await gateway.approver();
  const { id } = (await person.post("/api/revocations", { kind: "gateway", reason: "drill" })) as { id: string };
  expect(await cut).toContain("drill");
  await expect(client.text("echo", { value: "no" })).resolves.not.toBe("no");
  const lines = async () => (await readLog(gateway.logDir)).lines as unknown as readonly Line[];
  await eventually(
    "its outcome is recorded",
    async () => (await lines()).find(({ kind, outcome }) => kind === "outcome" && outcome === "aborted") ?? null,
  );
  await person.post(`/api/revocations/${id}/lift`, {});
  expect(await client.text("echo", { value: "again" })).toBe("again");
  expect((await placeOf(client)).pid).toBe(pid);
});

test("a stop of the gateway ends its commands", async () => {
  const places = await Promise.all(
    ["own", "shared", "alone"].map(async (route) => placeOf(await stdioClient(gateway, route, "zoe"))),
  );
  await gateway.kill("SIGTERM");
  for (const { pid } of places)
    await eventually(`process ${pid} has ended`, () => {
      try {
        process.kill(pid, 0);
        return null;
      } catch {
        return true;
      }
    });
});
