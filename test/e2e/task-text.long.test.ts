/** What a listed client adds to the text of a task in the run, with tokens of the development issuer and a real gateway. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addRule } from "../support/authzen-gateway.ts";
import { wholeLines } from "../support/record/whole-lines.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { inProcess } from "../unit/cli/run.ts";

const text = "Answer the ticket\nabout the parcel of ann@shop.example";
const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
const key = "dev.sallyport/task-text";

/** Under this rule a search finds nothing but what the text of the task names. */
const namedInTheTask = `package sallyport.rules.task.named

import data.sallyport.reason

# METADATA
# title: Tickets are looked for by what the task names
# custom:
#   code: NOT_IN_THE_TASK
#   severity: medium
#   controls: [ASI01]
#   owner: support
_unnamed := reason.of(rego.metadata.chain())

deny contains _unnamed if {
	input.resource.id == "crm/find_ticket"
	some value in input.context.provenance
	value.seen != "task"
}
`;

let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream((_req, res, { body }) => {
    const { id } = JSON.parse(body.toString()) as { id: unknown };
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "found" }] } }));
  });
  gateway = await startGateway({
    routes: [crmRoute(upstream.origin)],
    policy: (copy) => addRule(copy, "task/named", namedInTheTask),
    config: { sessions: { task_text: { clients: ["chat-app"] } } },
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

async function mint(...args: string[]): Promise<string> {
  const config = join(gateway.dir, "sallyport.yaml");
  const { code, stdout, stderr } = await inProcess(["token", "mint", "-c", config, ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** As the manual says it. */
const clientToken = (...args: string[]) =>
  mint(
    "--sub",
    "chat",
    "--client",
    "chat-app",
    "--scope",
    "task-text",
    "--audience",
    `${gateway.agents}/sessions`,
    ...args,
  );

async function add(session: string, body: unknown, token: string | null) {
  const response = await fetch(`${gateway.agents}/sessions/${session}/task-text`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

const agentToken = (session: string, ...args: string[]) =>
  mint("--sub", "support-bot", "--role", "support", "--route", "crm", "--session", session, ...args);

/** A tool call with these members in `_meta`; the answer as text. */
async function call(token: string, meta: object) {
  const response = await fetch(`${gateway.agents}/mcp/crm`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-06-18",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "find_ticket", arguments: { query: "parcel" }, _meta: meta },
    }),
  });
  return { decision: response.headers.get("sallyport-decision") ?? "", text: await response.text() };
}

function filesOf(dir: string): { readonly name: string; readonly text: string }[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({ name, text: readFileSync(join(parentPath, name), "latin1") }));
}

/** The decision's record in the log. */
function recordOf(decision: string): Record<string, unknown> {
  const segments = readdirSync(gateway.logDir).filter((name) => name.endsWith(".jsonl"));
  const lines = segments.flatMap((name) => wholeLines(readFileSync(join(gateway.logDir, name), "utf8")));
  const line = lines.find((one) => one.includes(decision) && one.includes('"kind":"decision"'));
  return JSON.parse(line ?? "null") as Record<string, unknown>;
}

describe("the text of a task", () => {
  it("is added to by a listed client with a token of its own, and kept over a restart", async () => {
    const token = await clientToken();
    const first = await add("run-1", { text }, token);
    expect(first).toMatchObject({ status: 200, body: { session: "run-1", bytes: text.length, truncated: false } });
    expect(first.body["kept"]).toEqual({ texts: 1, bytes: text.length, most: 16_384 });
    await gateway.kill("SIGKILL");
    await gateway.startAgain();
    expect((await add("run-1", { text }, token)).body["kept"]).toMatchObject({ texts: 1 });
    expect((await add("run-1", { text: "and then close it" }, token)).body["kept"]).toMatchObject({ texts: 2 });
    expect((await add("run-2", { text }, token)).body["kept"]).toMatchObject({ texts: 1 });
  });

  it("says from then on what the agent of that session may act on, and no other, over a restart too", async () => {
    const [agent, another] = await Promise.all(["run-8", "run-9"].map((session) => agentToken(session)));
    const looked = async (token = "") => (await call(token, {})).text;
    expect(await looked(agent)).toContain("NOT_IN_THE_TASK");
    await add("run-8", { text }, await clientToken());
    expect(await looked(agent)).toContain("found");
    expect(await looked(another)).toContain("NOT_IN_THE_TASK");
    await gateway.kill("SIGKILL");
    await gateway.startAgain();
    expect(await looked(agent)).toContain("found");
  });

  it("is cut to 16 KiB in all, which fails nothing and is said", async () => {
    const token = await clientToken();
    expect(await add("long", { text: `${"ü".repeat(8_000)}\n${"x".repeat(50_000)}` }, token)).toMatchObject({
      status: 200,
      body: { bytes: 16_384, truncated: true, kept: { texts: 1, bytes: 16_384 } },
    });
    expect(await add("long", { text: "more" }, token)).toMatchObject({
      status: 200,
      body: { bytes: 0, truncated: true, kept: { texts: 1 } },
    });
  });

  it("is on record as digest and length, and its words stand in the store alone", async () => {
    const { headers } = await add("run-3", { text }, await clientToken());
    const record = recordOf(String(headers.get("sallyport-decision")));
    expect(record).toMatchObject({
      method: "POST",
      request_path: "/sessions/run-3/task-text",
      subject: "chat",
      route: "task-text",
      task_text: { digest, bytes: text.length },
      result: { effect: "allow", reasons: [{ code: "task_text_added" }] },
    });
    const holding = filesOf(gateway.dir).filter((file) => file.text.includes("ann@shop.example"));
    expect(holding.map(({ name }) => name).filter((name) => !/^sallyport\.db(-wal)?$/.test(name))).toEqual([]);
    expect(gateway.output()).not.toContain("ann@shop.example");
  });

  it("is added to by nobody else: not with an agent's token, not without the scope, not by another client", async () => {
    const audience = ["--audience", `${gateway.agents}/sessions`];
    const agent = await mint("--sub", "chat-app", "--scope", "task-text", "--route", "crm", "--session", "run-1");
    const tokens = {
      none: null,
      agent,
      scopeless: await mint("--sub", "chat", "--client", "chat-app", ...audience),
      other: await mint("--sub", "refund-bot", "--scope", "task-text", ...audience),
    };
    const answers: Record<string, unknown> = {};
    for (const [who, token] of Object.entries(tokens)) {
      const { status, body } = await add("run-1", { text }, token);
      answers[who] = [status, body["code"]];
    }
    expect(answers).toEqual({
      none: [401, "credential_missing"],
      agent: [401, "token_audience"],
      scopeless: [403, "task_text_scope"],
      other: [403, "task_text_client"],
    });
  });

  it("may come with an MCP call of a listed client, whose tool server never sees it", async () => {
    const token = await agentToken("run-4", "--client", "chat-app");
    // What the text names the call may look for at once.
    const { decision, text: answer } = await call(token, { progressToken: 7, [key]: text });
    expect(answer).toContain("found");
    const sent = upstream.requests.at(-1);
    expect(JSON.parse(sent?.body.toString() ?? "")).toMatchObject({ params: { _meta: { progressToken: 7 } } });
    expect(sent?.body.toString()).not.toContain(key);
    const record = recordOf(decision);
    expect(record).toMatchObject({ task_text: { digest, bytes: text.length }, judged_digest: sent?.digest });
    expect(JSON.stringify(record)).not.toContain("ann@shop.example");
    // The same session: what came with the call is there already.
    expect((await add("run-4", { text }, await clientToken())).body["kept"]).toMatchObject({ texts: 1 });
  });

  it("makes a call fail that carries it without the right to, and nothing is sent", async () => {
    const before = upstream.requests.length;
    const token = await agentToken("run-5");
    const { decision, text: answer } = await call(token, { [key]: text });
    expect(answer).toContain("task_text_client");
    expect(upstream.requests).toHaveLength(before);
    expect(recordOf(decision)).toMatchObject({ result: { effect: "deny", doubt: "task_text_client" } });
    expect((await add("run-5", { text: "x" }, await clientToken())).body["kept"]).toMatchObject({ texts: 1 });
  });
});

test("where no client is listed, who adds to the text of a task is told so, with a call and without", async () => {
  const closed = gateway;
  gateway = await startGateway({ routes: [crmRoute(upstream.origin)] });
  try {
    const { status, body } = await add("run-1", { text }, await clientToken());
    expect([status, body["code"]]).toEqual([404, "task_text_off"]);
    expect(JSON.stringify(body)).toContain("sessions.task_text.clients");
    const token = await mint("--sub", "support-bot", "--role", "support", "--route", "crm");
    expect((await call(token, { [key]: text })).text).toContain("task_text_off");
  } finally {
    await gateway.close();
    gateway = closed;
  }
});
