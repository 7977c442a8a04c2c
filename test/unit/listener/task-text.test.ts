import type { Decision } from "../../../gateway/domain/decision.ts";
import type { Outcome } from "../../../gateway/domain/decision-record.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { RequestContext } from "../../../gateway/domain/exchange.ts";
import type { AddedTaskText } from "../../../gateway/domain/ports.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import { taskTextEndpoint, type TaskTextDeps } from "../../../gateway/listener/task-text.ts";
import { DeadConnections } from "../../../gateway/domain/connections.ts";
import { ownRequests } from "../../../gateway/parse/body.ts";
import { route, subject, TestClock } from "../../support/builders.ts";
import { originOf, refusals } from "../../support/own-endpoint.ts";
import { revocation } from "../../support/endings.ts";

const own = route({ id: "task-text", prefix: "/sessions", methods: new Set(["POST"]) });
const app = subject({ id: "chat", clientId: "chat-app", scopes: ["openid", "task-text"], session: null });
const text = "Pay the bill\nof ann@shop.example";

interface Kept {
  readonly context: RequestContext;
  readonly decision: Decision;
  readonly outcome: Outcome;
}

async function world(changes: Partial<TaskTextDeps> = {}, who: Subject = app) {
  const [added, kept]: [AddedTaskText[], Kept[]] = [[], []];
  const record: TaskTextDeps["record"] = async (context, decision, act) => {
    const outcome = await act();
    kept.push({ context, decision, outcome });
    return outcome;
  };
  const answer = taskTextEndpoint({
    rules: { clients: new Set(["chat-app"]), issuers: new Set([app.issuer]) },
    scope: "task-text",
    read: ownRequests(own, { requestTimeoutMs: 60_000, maxHeaders: 100, connections: new DeadConnections() }),
    identify: () => who,
    revocations: { against: () => null, refresh: () => null },
    texts: {
      extend: async (extension) => {
        added.push(extension);
        return { kept: extension.text, texts: [{ text: "ü", truncated: false }, extension.text], expires: 0 };
      },
    },
    clock: new TestClock(),
    record,
    ...refusals(record),
    ...changes,
  });
  const origin = await originOf(answer);
  async function post(path: string, body: unknown, method = "POST") {
    const raw = typeof body === "string" ? body : JSON.stringify(body);
    const sent = method === "POST" ? { body: raw, headers: { "content-type": "application/json" } } : {};
    const response = await fetch(origin + path, { method, ...sent });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  return { added, kept, post };
}

test("adds the text to the session that tokens of the client's issuer name so, and says what is kept", async () => {
  const { added, post } = await world();
  expect(await post("/sessions/run%201/task-text", { text })).toEqual({
    status: 200,
    body: {
      session: "run 1",
      bytes: text.length,
      truncated: false,
      kept: { texts: 2, bytes: text.length + 2, most: 16_384 },
      expires_at: "1970-01-01T00:00:00.000Z",
    },
  });
  const by = JSON.stringify([app.issuer, "chat-app"]);
  expect(added).toEqual([
    { key: JSON.stringify(["token", app.issuer, "run 1"]), by, text: { text, truncated: false } },
  ]);
});

test("records the addition before it takes effect, with digest and length and not with the text", async () => {
  const order: string[] = [];
  const { kept, post } = await world({
    record: async (context, decision, act) => {
      order.push(`recorded ${decision.effect} ${decision.reasons[0]?.code} ${context.taskText?.bytes}`);
      expect(JSON.stringify(decision)).not.toContain("ann@shop.example");
      return act();
    },
    texts: {
      extend: async ({ text: added }) => {
        order.push("added");
        return { kept: added, texts: [added], expires: 0 };
      },
    },
  });
  await post("/sessions/run-1/task-text", { text });
  expect(order).toEqual([`recorded allow task_text_added ${text.length}`, "added"]);
  expect(kept).toEqual([]);
});

test("says that a text was cut, and how much of it is kept, when there is no room for all or any of it", async () => {
  for (const [kept, bytes] of [
    [{ text: "Pay", truncated: true }, 3],
    [null, 0],
  ] as const) {
    const { post } = await world({ texts: { extend: async () => ({ kept, texts: [], expires: 0 }) } });
    expect((await post("/sessions/s1/task-text", { text })).body).toMatchObject({ bytes, truncated: true });
  }
});

test.each<[string, number, string, Subject]>([
  ["a client that is not listed", 403, "task_text_client", { ...app, clientId: "refund-bot" }],
  ["a token that names no client", 403, "task_text_client", { ...app, clientId: null }],
  ["a client of that name at another issuer", 403, "task_text_client", { ...app, issuer: "https://other.example" }],
  ["a token without the scope", 403, "task_text_scope", { ...app, scopes: ["task-text2"] }],
])("refuses %s, in the record too", async (_what, status, code, who) => {
  const { added, kept, post } = await world({}, who);
  expect(await post("/sessions/s1/task-text", { text })).toMatchObject({ status, body: { code } });
  expect(added).toEqual([]);
  expect(kept.map(({ decision, outcome }) => [decision.indeterminate, outcome.kind])).toEqual([[code, "refused"]]);
});

test.each<[string, string, unknown, number, string]>([
  ["a body that is a list", "s1", [text], 400, "task_text_invalid"],
  ["a text that is a number", "s1", { text: 1 }, 400, "task_text_invalid"],
  ["an empty text", "s1", { text: "" }, 400, "task_text_invalid"],
  ["a member beside the text", "s1", { text, session: "s2" }, 400, "task_text_invalid"],
  ["a body with a key twice", "s1", '{"text":"a","text":"b"}', 400, "json_duplicate_key"],
  ["a session that is too long", "s".repeat(129), { text }, 400, "task_text_invalid"],
  ["a session with an invisible character", "s%E2%80%8B1", { text }, 400, "task_text_invalid"],
  ["a session with a slash", "a%2Fb", { text }, 400, "path_ambiguous"],
])("refuses %s, and says where", async (_what, session, body, status, code) => {
  const { added, post } = await world();
  const refused = await post(`/sessions/${session}/task-text`, body);
  expect(refused).toMatchObject({ status, body: { code } });
  expect(added).toEqual([]);
});

test.each<[string, string]>([
  ["a member beside the text", JSON.stringify({ text: "a", [text]: 1 })],
  ["a key twice", JSON.stringify({ [text]: 1, "\u0000": 2 }).replace("\\u0000", text.replace("\n", "\\n"))],
  ["a number that no double holds", `{${JSON.stringify(text)}:1e999}`],
  ["half a body", `{${JSON.stringify(text)}:{"text":"a"`],
])("keeps the words of a body with %s out of the record", async (_what, body) => {
  const { kept, post } = await world();
  expect(await post("/sessions/s1/task-text", body)).toMatchObject({ status: 400 });
  expect(kept).toHaveLength(1);
  const [{ decision, outcome }] = kept as [Kept];
  expect(JSON.stringify({ decision, outcome })).not.toContain("shop.example");
});

test("refuses another path and another method", async () => {
  const { post } = await world();
  expect(await post("/sessions/s1", { text })).toMatchObject({ status: 404, body: { code: "route_unknown" } });
  expect(await post("/sessions/s1/task-text/x", { text })).toMatchObject({
    status: 404,
    body: { code: "route_unknown" },
  });
  expect(await post("/sessions/s1/task-text", {}, "GET")).toMatchObject({
    status: 405,
    body: { code: "method_refused" },
  });
});

test("says that it is off where no client is listed, before anybody is identified", async () => {
  const identify = () => {
    throw new Refusal("credential_missing");
  };
  const { post } = await world({ rules: { clients: new Set(), issuers: new Set([app.issuer]) }, identify });
  const { status, body } = await post("/sessions/s1/task-text", { text });
  expect([status, body["code"]]).toEqual([404, "task_text_off"]);
  expect(JSON.stringify(body)).toContain("sessions.task_text.clients");
});

test("refuses what was revoked: the client, and the session that it would add to", async () => {
  const against: TaskTextDeps["revocations"]["against"] = ({ sessions }) =>
    sessions.includes("s1") ? revocation({ kind: "session", target: "s1" }) : null;
  const { post } = await world({ revocations: { against, refresh: () => null } });
  expect(await post("/sessions/s1/task-text", { text })).toMatchObject({
    status: 403,
    body: { code: "access_revoked" },
  });
  expect((await post("/sessions/s2/task-text", { text })).status).toBe(200);
});

test("answers that nothing was added when the record or the store fails", async () => {
  const unwritten = await world({
    record: () => Promise.reject(new Refusal("record_unavailable")),
  });
  expect((await unwritten.post("/sessions/s1/task-text", { text })).body["code"]).toBe("record_unavailable");
  expect(unwritten.added).toEqual([]);
  const { kept, post } = await world({ texts: { extend: () => Promise.reject(new Error("disk full")) } });
  expect(await post("/sessions/s1/task-text", { text })).toMatchObject({ status: 500, body: { code: "internal" } });
  expect(kept.map(({ outcome }) => [outcome.kind, outcome.code])).toEqual([["refused", "internal"]]);
});
