import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { Route } from "../../../../gateway/domain/route.ts";
import type { Subject } from "../../../../gateway/domain/subject.ts";
import { statedClaims } from "../../../../gateway/identify/task-token/task-tokens.ts";
import { subject } from "../../../support/builders.ts";
import {
  asBot,
  asked,
  asPlanner,
  bot,
  ended,
  endpointWorld,
  payments,
  planner,
} from "../../../support/tasks/endpoint-world.ts";

const helper = subject({ id: "helper-bot", clientId: "helper-bot" });

describe("POST /tasks", () => {
  it("opens what is asked for, recorded before it is there", async () => {
    const { ask, records, service } = await endpointWorld({
      record: async (context, decision, act) => {
        records.push({ context, decision });
        expect(await service.get(context.lease?.task ?? "")).toBeNull();
        return act();
      },
    });
    const { status, headers, body } = await ask(asPlanner, "/tasks", asked);
    expect([status, headers.get("location"), body["state"]]).toEqual([201, `/tasks/${String(body["id"])}`, "open"]);
    const [{ context, decision } = {}] = records;
    expect([context?.lease?.change, context?.subject?.id, decision?.reasons[0]?.code]).toEqual([
      "opened",
      "planner",
      "task_opened",
    ]);
    expect(await service.get(String(body["id"]))).not.toBeNull();
  });

  it("opens nothing when it cannot be recorded", async () => {
    const { ask, service } = await endpointWorld({
      record: () => Promise.reject(new Refusal("record_unavailable")),
    });
    expect((await ask(asPlanner, "/tasks", asked)).code).toBe("record_unavailable");
    expect(await service.list({ state: "all", limit: 10 })).toEqual([]);
  });

  it.each<[string, Partial<Subject>, Route | null, string]>([
    ["a client that is not listed", { clientId: "other" }, null, "task_client"],
    ["a client of another issuer", { issuer: "https://other.example" }, null, "task_client"],
    ["no client", { clientId: null }, null, "task_client"],
    ["a token without the scope", { scopes: ["other"] }, null, "task_scope"],
    ["a token for a route", {}, payments, "task_client"],
  ])("is refused to %s", async (_what, changes, at, code) => {
    const { ask, service } = await endpointWorld();
    const answered = await ask({ subject: { ...planner, ...changes }, route: at }, "/tasks", asked);
    expect([answered.status, answered.code]).toEqual([403, code]);
    expect(await service.list({ state: "all", limit: 10 })).toEqual([]);
  });

  it("is refused to whose access was ended", async () => {
    const { ask } = await endpointWorld({
      revocations: { against: () => ended("subject", "planner"), refresh: () => null },
    });
    expect((await ask(asPlanner, "/tasks", asked)).code).toBe("access_revoked");
  });

  it("opens a part for whoever may use the task or opened it, and tells nobody else that there is one", async () => {
    const { ask, opened, records } = await endpointWorld();
    const parent = await opened();
    const part = { purpose: "Look", agents: ["helper-bot"], tools: ["payments/get_order"], parent };
    expect((await ask(asBot, "/tasks", part)).status).toBe(201);
    expect(records.at(-1)?.context.lease).toMatchObject({
      change: "narrowed",
      by: { kind: "agent", id: "refund-bot" },
    });
    expect((await ask({ ...asPlanner, subject: { ...planner, scopes: [] } }, "/tasks", part)).status).toBe(201);
    for (const wanted of [part, { ...part, tools: ["crm/*"] }])
      expect((await ask({ ...asBot, subject: helper }, "/tasks", wanted)).code).toBe("task_absent");
    expect((await ask(asBot, "/tasks", { ...part, parent: "t_none" })).code).toBe("task_absent");
    expect((await ask(asBot, "/tasks", { ...part, parent: 7 })).code).toBe("task_absent");
    const wider = await ask(asBot, "/tasks", { ...part, tools: ["crm/*"] });
    expect([wider.code, wider.body["detail"]]).toEqual(["task_wider", expect.stringContaining("tools") as string]);
  });

  it("opens parts of their own task alone for those who act in one", async () => {
    const { ask, opened } = await endpointWorld();
    const [parent, other] = [await opened(), await opened()];
    const within = { ...asBot, subject: { ...bot, task: parent } };
    expect((await ask(within, "/tasks", { purpose: "Look" })).body).toMatchObject({ parent });
    expect((await ask(within, "/tasks", { purpose: "Look", parent: other })).code).toBe("task_absent");
  });
});

describe("GET /tasks/{id}", () => {
  it("shows a task to its opener and those who may use it, and records nothing", async () => {
    const { ask, opened, records } = await endpointWorld();
    const id = await opened();
    const before = records.length;
    for (const as of [asPlanner, asBot])
      expect((await ask(as, `/tasks/${id}`, undefined, "GET")).body).toMatchObject({ id, state: "open" });
    expect((await ask({ ...asBot, subject: helper }, `/tasks/${id}`, undefined, "GET")).code).toBe("task_absent");
    expect((await ask(asPlanner, "/tasks/t_none", undefined, "GET")).code).toBe("task_absent");
    expect(records).toHaveLength(before);
  });

  it("shows those who act in a task that one and its parts", async () => {
    const { ask, opened } = await endpointWorld();
    const [id, other] = [await opened(), await opened()];
    const within = { ...asBot, subject: { ...bot, task: id } };
    const part = await opened({ parent: id }, within);
    const codes = [id, part, other].map(async (one) => (await ask(within, `/tasks/${one}`, undefined, "GET")).status);
    expect(await Promise.all(codes)).toEqual([200, 200, 404]);
  });
});

describe("POST /tasks/{id}/close", () => {
  it("is for the opener, with a reason or the usual one, and says what ended", async () => {
    const { ask, opened, records, service } = await endpointWorld();
    const id = await opened();
    expect((await ask(asBot, `/tasks/${id}/close`)).code).toBe("task_not_opener");
    expect((await ask(asPlanner, `/tasks/${id}/close`, { reason: "a\nb" })).code).toBe("task_invalid");
    const closed = await ask(asPlanner, `/tasks/${id}/close`, { reason: "done early" });
    expect(closed.body).toMatchObject({ id, state: "closed", ended: [id], cut: { held: 1 } });
    expect(records.at(-1)?.context.lease).toMatchObject({ task: id, change: "closed", reason: "done early" });
    expect((await ask(asPlanner, `/tasks/${id}/close`)).code).toBe("task_over");
    const other = await opened();
    await ask(asPlanner, `/tasks/${other}/close`);
    expect((await service.get(other))?.[0].lease.end).toMatchObject({ by: "planner", reason: "the work is done" });
  });
});

test("a task is closed also when that cannot be recorded", async () => {
  let isFull = false;
  const { ask, opened, service } = await endpointWorld({
    record: (_context, _decision, act) => (isFull ? Promise.reject(new Refusal("record_unavailable")) : act()),
  });
  const id = await opened();
  isFull = true;
  expect((await ask(asPlanner, `/tasks/${id}/close`)).status).toBe(200);
  expect((await service.get(id))?.[0].lease.end).toMatchObject({ kind: "closed" });
});

describe("POST /tasks/{id}/token", () => {
  it("gives the agent a token that lives no longer than its own, its task and the usual time", async () => {
    const { ask, opened, minted, records, clock } = await endpointWorld();
    const now = clock.now();
    const id = await opened({ limits: { time: "60s" } });
    const { status, body } = await ask(asBot, `/tasks/${id}/token`);
    expect([status, body["expires_in"], body["token_type"]]).toEqual([200, 60, "Bearer"]);
    expect(statedClaims(String(body["access_token"]))).toEqual({ task: id });
    expect(records.at(-1)?.context.lease).toMatchObject({ task: id, change: "token", token: minted[0]?.id });
    await ask({ ...asBot, subject: { ...bot, expiresAt: Math.floor(now / 1_000) + 10 } }, `/tasks/${id}/token`);
    await ask(asBot, `/tasks/${await opened()}/token`);
    expect(minted.map(({ until, audience }) => [until - now, audience])).toEqual([
      [60_000, payments.audience],
      [10_000, payments.audience],
      [300_000, payments.audience],
    ]);
  });

  it("gives none without a record, to who may not use the task, or for a task that has ended", async () => {
    const { ask, opened, minted, service } = await endpointWorld();
    const id = await opened();
    expect((await ask({ ...asBot, subject: helper }, `/tasks/${id}/token`)).code).toBe("task_foreign");
    expect((await ask(asPlanner, `/tasks/${id}/token`)).code).toBe("task_exchange");
    const other = await opened();
    const within = { ...asBot, subject: { ...bot, task: other } };
    expect((await ask(within, `/tasks/${id}/token`)).code).toBe("task_foreign");
    await service.close(id, "planner", "done");
    expect((await ask(asBot, `/tasks/${id}/token`)).code).toBe("task_closed");
    expect(minted).toEqual([]);
  });

  it("gives who acts in a task the token of a part of it", async () => {
    const { ask, opened } = await endpointWorld();
    const id = await opened();
    const within = { ...asBot, subject: { ...bot, task: id } };
    const part = await opened({ parent: id }, within);
    expect((await ask(within, `/tasks/${part}/token`)).status).toBe(200);
  });

  it.each([
    ["task=t_1&grant_type=x", "grant_type"],
    ["task=t_1", "grant_type"],
    ["grant_type=urn:ietf:params:oauth:grant-type:token-exchange", "task is missing"],
    ["grant_type=urn:ietf:params:oauth:grant-type:token-exchange&task=t_1&actor_token=x", "actor_token"],
    ["grant_type=urn:ietf:params:oauth:grant-type:token-exchange&task=t_1&audience=a&resource=b", "differ"],
    ["grant_type=urn:ietf:params:oauth:grant-type:token-exchange&task=t_1&audience=strict", "another audience"],
    ["grant_type=urn:ietf:params:oauth:grant-type:token-exchange&task=t_1&audience=none", "no route"],
  ])("refuses the form %s", async (form, word) => {
    const { ask } = await endpointWorld();
    const { code, body } = await ask(asBot, "/tasks/token", form);
    expect([code, body["detail"]]).toEqual(["task_exchange", expect.stringContaining(word) as string]);
  });
});

test("publishes its keys, and knows no other path and method below /tasks", async () => {
  const { ask } = await endpointWorld();
  expect((await ask(asPlanner, "/tasks/jwks.json", undefined, "GET")).body).toEqual({ keys: [] });
  expect((await ask(asPlanner, "/tasks/jwks.json")).code).toBe("method_refused");
  expect((await ask(asPlanner, "/tasks/t_1/other", undefined, "GET")).code).toBe("route_unknown");
  const wrong = await ask(asPlanner, "/tasks", undefined, "GET");
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
});
