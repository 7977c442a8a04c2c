/** Tasks as leases over a real gateway: opened by an orchestrator, used by an agent with a token of the task, closed. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { makeProof } from "../../gateway/identify/dpop/make-proof.ts";
import { readEs256Key } from "../../gateway/identify/es256-key-file.ts";
import { loggedRecords } from "../support/argument-rules.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import {
  agentToken,
  ask,
  minted,
  openTask,
  orchestratorToken,
  refundTask,
  taskToken,
} from "../support/tasks/orchestrator.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({
    routes: [
      paymentsRoute(upstream.origin),
      paymentsRoute(upstream.origin, { id: "strict", prefix: "/strict", task: "required" }),
      paymentsRoute(upstream.origin, { id: "plain", prefix: "/plain", task: "off" }),
    ],
    policy: (copy) =>
      copy.addData("catalog", {
        payments: { get_order: { price: { lookups: 1 } }, create_refund: { price: { EUR: "/amount" } } },
      }),
    config: { tasks: { clients: ["planner-app"] } },
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

const order = (id: string) => `/payments/v1/orders/${id}`;
const look = (token: string, path = order("881")) => ask(gateway, path, { token, method: "GET" });
const show = async (id: string) =>
  (await ask(gateway, `/tasks/${id}`, { token: await orchestratorToken(gateway), method: "GET" })).body;

const recordOf = async (decision: string | null) =>
  (await loggedRecords(gateway, decision ?? "")).find(({ kind }) => kind === "decision");

const codesOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) =>
  (body["reasons"] as { readonly code: string }[]).map(({ code }) => code);

describe("opening a task", () => {
  it("is for a listed client with its own token and scope, and is recorded before it is answered", async () => {
    const token = await orchestratorToken(gateway);
    const limits = { calls: 20, concurrent: 2, spend: { EUR: "500.50" }, time: "20m" };
    const opened = await ask(gateway, "/tasks", { token, json: { ...refundTask, targets: ["881"], limits } });
    expect(opened).toMatchObject({
      status: 201,
      body: {
        state: "open",
        purpose: "Refund order 881",
        tools: ["payments/*"],
        targets: ["881"],
        limits: { calls: 20, concurrent: 2, spend: { EUR: "500.5" } },
        used: { calls: 0 },
        opened_by: { kind: "client", id: "planner", client: "planner-app" },
      },
    });
    const id = String(opened.body["id"]);
    expect(opened.headers.get("location")).toBe(`/tasks/${id}`);
    expect(await recordOf(opened.headers.get("sallyport-decision"))).toMatchObject({
      task: id,
      subject: "planner",
      task_change: { task: id, change: "opened", scope: { tools: ["payments/*"], targets: ["881"] } },
      result: { effect: "allow", reasons: [{ code: "task_opened" }] },
    });
    expect(await show(id)).toMatchObject({ id, state: "open" });
  });

  it("is refused to everybody else, and what cannot be read names each place", async () => {
    const audience = ["--audience", `${gateway.agents}/tasks`];
    const tokens = {
      none: undefined,
      agent: await agentToken(gateway),
      scopeless: await minted(gateway, "--sub", "planner", "--client", "planner-app", ...audience),
      other: await minted(gateway, "--sub", "x", "--client", "other-app", "--scope", "tasks", ...audience),
    };
    const codes: Record<string, unknown> = {};
    for (const [who, token] of Object.entries(tokens)) {
      const { status, body } = await ask(gateway, "/tasks", { ...(token && { token }), json: refundTask });
      codes[who] = [status, body["code"]];
    }
    expect(codes).toEqual({
      none: [401, "credential_missing"],
      agent: [403, "task_client"],
      scopeless: [403, "task_scope"],
      other: [403, "task_client"],
    });
    const token = await orchestratorToken(gateway);
    const wrong = { purpose: "", tools: ["payments"], agents: [], limits: { calls: 0, spend: { EUR: "-1" } } };
    const { status, body } = await ask(gateway, "/tasks", { token, json: wrong });
    expect([status, body["code"]]).toEqual([400, "task_invalid"]);
    for (const place of ["/purpose", "/tools/0", "/agents", "/limits/calls", "/limits/spend/EUR"])
      expect(body["detail"]).toContain(place);
  });
});

describe("an agent", () => {
  it("exchanges its token for one of the task, which the route takes and policy sees", async () => {
    const id = await openTask(gateway, { limits: { calls: 2, time: "20m" } });
    const agent = await agentToken(gateway);
    const exchanged = await ask(gateway, `/tasks/${id}/token`, { token: agent });
    expect(exchanged).toMatchObject({ status: 200, body: { token_type: "Bearer", task: id } });
    const { exp, iss, aud, sub, task, client_id } = claimsOf(String(exchanged.body["access_token"]));
    expect({ iss, aud, sub, task, client_id }).toEqual({
      iss: `${gateway.agents}/tasks`,
      aud: `${gateway.agents}/payments`,
      sub: "refund-bot",
      task: id,
      client_id: "refund-bot",
    });
    expect(Number(exp)).toBeLessThanOrEqual(Number(claimsOf(agent)["exp"]));
    const called = await look(String(exchanged.body["access_token"]));
    expect(called.status).toBe(200);
    expect(await recordOf(called.headers.get("sallyport-decision"))).toMatchObject({
      task: id,
      subject: "refund-bot",
      input: {
        subject: { properties: { issuer: "urn:sallyport:development:dev" } },
        context: { task: { id, calls_left: 2, tools: ["payments/*"], outside: [] } },
      },
    });
    expect((await show(id))["used"]).toMatchObject({ calls: 1 });
  });

  it("gets the same by the standard form of the exchange, with or without an Authorization header", async () => {
    const task = await openTask(gateway);
    const token = await agentToken(gateway);
    const urn = "urn:ietf:params:oauth";
    const form = {
      grant_type: `${urn}:grant-type:token-exchange`,
      subject_token: token,
      subject_token_type: `${urn}:token-type:access_token`,
      audience: "payments",
      task,
    };
    for (const given of [{ form }, { form, token }]) {
      const { status, body } = await ask(gateway, "/tasks/token", given);
      expect([status, body["issued_token_type"]]).toEqual([200, `${urn}:token-type:access_token`]);
      expect((await look(String(body["access_token"]))).status).toBe(200);
    }
    for (const [changes, word] of [
      [{ audience: "plain" }, "another audience"],
      [{ audience: "nowhere" }, "no route"],
      [{ grant_type: "password" }, "grant_type"],
      [{ scope: "all" }, "scope"],
      [{ task: "" }, "task"],
    ] as const) {
      const { status, body } = await ask(gateway, "/tasks/token", { form: { ...form, ...changes } });
      expect([status, body["code"]]).toEqual(word === "task" ? [403, "task_foreign"] : [400, "task_exchange"]);
      if (word !== "task") expect(body["detail"]).toContain(word);
    }
  });

  it("whose token is bound to a key gets one that is bound to the same, with a proof of it", async () => {
    const file = join(gateway.dir, "agent.jwk.json");
    const [id, bound] = [await openTask(gateway), await agentToken(gateway, "refund-bot", "--dpop", file)];
    const key = readEs256Key(file)!;
    function proof(method: string, path: string, token: string | null) {
      const request = { method, url: gateway.agents + path, token, nonce: null };
      return makeProof(key, request, { jti: randomUUID(), nowMs: Date.now() });
    }
    async function proven(method: string, path: string, token: string) {
      const headers = { authorization: `DPoP ${token}`, dpop: await proof(method, path, token) };
      return ask(gateway, path, { method, headers });
    }
    expect((await ask(gateway, `/tasks/${id}/token`, { token: bound })).status).toBe(401);
    const exchanged = await proven("POST", `/tasks/${id}/token`, bound);
    expect(exchanged).toMatchObject({ status: 200, body: { token_type: "DPoP" } });
    const token = String(exchanged.body["access_token"]);
    expect(claimsOf(token)["cnf"]).toEqual({ jkt: key.thumbprint });
    expect([(await look(token)).status, (await proven("GET", order("881"), token)).status]).toEqual([401, 200]);
    // RFC 9449 §5: the proof of a token request names no token.
    const grant = { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", audience: "payments", task: id };
    const type = "urn:ietf:params:oauth:token-type:access_token";
    const form = { ...grant, subject_token: bound, subject_token_type: type };
    const dpop = await proof("POST", "/tasks/token", null);
    expect((await ask(gateway, "/tasks/token", { form, headers: { dpop } })).body["token_type"]).toBe("DPoP");
    const headers = { authorization: `DPoP ${bound}`, dpop: await proof("POST", "/tasks/token", null) };
    expect((await ask(gateway, "/tasks/token", { form, headers })).status).toBe(401);
  });

  it("that the task was not opened for gets neither the task nor its token", async () => {
    const id = await openTask(gateway);
    const other = await agentToken(gateway, "other-bot");
    expect((await ask(gateway, `/tasks/${id}/token`, { token: other })).body["code"]).toBe("task_foreign");
    expect((await ask(gateway, `/tasks/${id}`, { token: other, method: "GET" })).body["code"]).toBe("task_absent");
    expect((await ask(gateway, `/tasks/${id}/close`, { token: other })).body["code"]).toBe("task_absent");
    const user = await agentToken(gateway);
    expect((await ask(gateway, `/tasks/${id}/close`, { token: user })).body["code"]).toBe("task_not_opener");
    expect((await ask(gateway, "/tasks/t_none/token", { token: user })).body["code"]).toBe("task_foreign");
  });

  it("is denied by the starter policy what the task does not give, with a reason that says what", async () => {
    const narrow = await openTask(gateway, { tools: ["payments/get_order"], targets: ["881"], limits: { calls: 1 } });
    const token = await taskToken(gateway, narrow, await agentToken(gateway));
    expect(codesOf(await ask(gateway, "/payments/v1/refunds", { token, method: "GET" }))).toContain("TASK_TOOL");
    expect(codesOf(await look(token, order("882")))).toEqual(["TASK_TARGET"]);
    expect((await look(token)).status).toBe(200);
    const beyond = await look(token);
    expect([beyond.status, codesOf(beyond)]).toEqual([403, ["TASK_CALLS"]]);
  });

  it("opens a part of its task for another agent, which is narrower, counts against it and ends with it", async () => {
    const whole = await openTask(gateway, { tools: ["payments/get_order"], limits: { calls: 2 } });
    const token = await taskToken(gateway, whole, await agentToken(gateway));
    const part = { purpose: "Look at order 881", agents: ["helper-bot"], tools: ["payments/get_order"] };
    const wider = await ask(gateway, "/tasks", { token, json: { ...part, tools: ["payments/*"] } });
    expect([wider.status, wider.body["code"]]).toEqual([403, "task_wider"]);
    expect(wider.body["detail"]).toContain("tools");
    const opened = await ask(gateway, "/tasks", { token, json: part });
    expect(opened).toMatchObject({
      status: 201,
      body: { parent: whole, opened_by: { kind: "agent", id: "refund-bot" } },
    });
    const helper = await taskToken(gateway, String(opened.body["id"]), await agentToken(gateway, "helper-bot"));
    expect((await look(helper)).status).toBe(200);
    expect((await show(whole))["used"]).toMatchObject({ calls: 1 });
    const closer = await orchestratorToken(gateway);
    const closed = await ask(gateway, `/tasks/${whole}/close`, { token: closer, json: { reason: "done early" } });
    expect(closed).toMatchObject({ status: 200, body: { state: "closed", ended: [whole, opened.body["id"]] } });
    const late = await look(helper);
    expect([late.status, late.body["code"]]).toEqual([403, "task_closed"]);
    expect(await recordOf(closed.headers.get("sallyport-decision"))).toMatchObject({
      task_change: { task: whole, change: "closed", reason: "done early" },
    });
  });
});

describe("a route", () => {
  it("that demands a task refuses calls within none, and one that takes none refuses calls within one", async () => {
    const id = await openTask(gateway);
    const without = await minted(gateway, "--sub", "refund-bot", "--role", "refunds", "--route", "strict");
    const refused = await look(without, "/strict/v1/orders/881");
    expect([refused.status, refused.body["code"]]).toEqual([403, "task_required"]);
    expect((await look(await taskToken(gateway, id, without), "/strict/v1/orders/881")).status).toBe(200);
    const plain = await minted(gateway, "--sub", "refund-bot", "--role", "refunds", "--route", "plain");
    const off = await look(await taskToken(gateway, id, plain), "/plain/v1/orders/881");
    expect([off.status, off.body["code"]]).toEqual([403, "task_refused"]);
  });
});

describe("limits", () => {
  it("hold exactly when many calls come at once, and give back what did not leave", async () => {
    const id = await openTask(gateway, { limits: { calls: 20 } });
    const token = await taskToken(gateway, id, await agentToken(gateway));
    const before = upstream.requests.length;
    const answers = await Promise.all(Array.from({ length: 100 }, () => look(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(upstream.requests.length - before).toBe(20);
    const codes = new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body["code"]));
    expect([...codes].filter((code) => code !== "task_used_up" && code !== "TASK_CALLS")).toEqual([]);
    expect((await show(id))["used"]).toMatchObject({ calls: 20 });
  });

  it("count what calls cost exactly", async () => {
    const id = await openTask(gateway, { limits: { spend: { lookups: 2 } } });
    const token = await taskToken(gateway, id, await agentToken(gateway));
    const statuses = [await look(token), await look(token), await look(token)].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 403]);
    expect((await show(id))["used"]).toMatchObject({ spend: { lookups: "2" } });
  });

  it("outlive a restart", async () => {
    const id = await openTask(gateway, { limits: { calls: 2 } });
    const token = await taskToken(gateway, id, await agentToken(gateway));
    expect((await look(token)).status).toBe(200);
    await gateway.kill("SIGKILL");
    await gateway.startAgain();
    expect((await look(token)).status).toBe(200);
    expect(codesOf(await look(token))).toEqual(["TASK_CALLS"]);
  });
});

test("publishes the keys and the address of its tokens of tasks", async () => {
  const metadata = await ask(gateway, "/.well-known/oauth-authorization-server/tasks", { method: "GET" });
  expect(metadata.body).toMatchObject({
    issuer: `${gateway.agents}/tasks`,
    token_endpoint: `${gateway.agents}/tasks/token`,
  });
  const { body } = await ask(gateway, new URL(String(metadata.body["jwks_uri"])).pathname, { method: "GET" });
  const [key] = body["keys"] as Record<string, unknown>[];
  expect(key).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
  expect(key).not.toHaveProperty("d");
});

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
}
