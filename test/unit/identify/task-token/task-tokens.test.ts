import type { Subject } from "../../../../gateway/domain/subject.ts";
import { agentIn, taskTokenClaims } from "../../../../gateway/identify/task-token/claims.ts";
import { TaskKeys } from "../../../../gateway/identify/task-token/task-keys.ts";
import { statedClaims, TaskTokens } from "../../../../gateway/identify/task-token/task-tokens.ts";
import type { KeyBinding } from "../../../../gateway/identify/token/claims.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { leaseKeyStore } from "../../../../gateway/store/kept-keys.ts";
import { credentialValidity } from "../../../../gateway/identify/credential-validity.ts";
import { subject } from "../../../support/builders.ts";
import { eventually } from "../../../support/eventually.ts";
import {
  audience,
  handClock,
  identification,
  keyServer,
  mint,
  outcome,
  route,
  silent,
  type SigningKey,
  signingKey,
  trustedIssuer,
} from "../fixtures.ts";

const iss = "https://idp.example";
const own = "https://gw.example/tasks";
let key: SigningKey;
let server: Awaited<ReturnType<typeof keyServer>>;

beforeAll(async () => {
  key = await signingKey("ES256", "k1");
});
beforeEach(async () => {
  server = await keyServer([key.publicJwk]);
});
afterEach(() => server.close());

function world(clock = handClock()) {
  const keys = new TaskKeys(leaseKeyStore(new Connection(openDatabase(":memory:"))), clock);
  const tasks = new TaskTokens({ keys, clock, logger: silent, issuer: () => own, workloads: [] });
  const found = identification([trustedIssuer(iss, server.url)], clock, { tasks });
  const at = route([iss]);
  async function agent(claims: Record<string, unknown> = {}): Promise<Subject> {
    const who = await outcome(found.identify, await mint(key, iss, clock, { claims }), at);
    if (typeof who === "string") throw new Error(who);
    return who;
  }
  async function tokenFor(who: Subject, changes: { until?: number; audience?: string } = {}): Promise<string> {
    const until = clock.now() + 300_000;
    return tasks.mint({ source: found.sourceOf(who), task: "t_1", audience, until, id: "n_1", ...changes });
  }
  return { ...found, clock, keys, tasks, at, agent, tokenFor };
}

test("makes the same caller of an agent as its own token does, in a task", async () => {
  const { agent, tokenFor, identify, at } = world();
  const claims = {
    sub: "ann@example.com",
    act: { sub: "refund-bot", act: { sub: "planner" } },
    client_id: "refund-app",
    roles: ["refunds"],
    scope: "a b",
    sid: "s_1",
    purpose: "refund",
    task_text: "Refund\n881",
    team: "blue",
  };
  const before = await agent(claims);
  const after = await outcome(identify, await tokenFor(before), at);
  const { expiresAt } = after as Subject;
  expect(after).toEqual({ ...before, task: "t_1", expiresAt });
  expect(Object.isFrozen(after)).toBe(true);
});

test("says in standard claims who calls for whom, in which task and with which key", async () => {
  const { agent, tokenFor } = world();
  const claims = statedClaims(
    await tokenFor(await agent({ sub: "ann", act: { sub: "bot", act: { sub: "planner" } } })),
  );
  expect(claims).toMatchObject({
    iss: own,
    aud: audience,
    jti: "n_1",
    task: "t_1",
    sub: "ann",
    act: { sub: "bot", act: { sub: "planner" } },
  });
  expect(
    taskTokenClaims({ subject: subject({ scopes: ["a"] }), trust: iss, key: null, binding: null }, "t_1"),
  ).toMatchObject({
    sub: "refund-bot",
    client_id: "refund-bot",
    scope: "a",
    task: "t_1",
  });
  const named = subject({ actingFor: { id: "ann", claims: {} } });
  expect(taskTokenClaims({ subject: named, trust: iss, key: null, binding: null }, "t_1")).toMatchObject({
    sub: "ann",
    act: { sub: "refund-bot" },
  });
});

test.each<[string, KeyBinding, object]>([
  ["a DPoP key", { jkt: "k".repeat(43), x5t: null }, { jkt: "k".repeat(43) }],
  ["a certificate", { jkt: null, x5t: "x".repeat(43) }, { "x5t#S256": "x".repeat(43) }],
  ["both", { jkt: "k".repeat(43), x5t: "x".repeat(43) }, { jkt: "k".repeat(43), "x5t#S256": "x".repeat(43) }],
])("is bound to %s as the agent's own token is", (_what, binding, cnf) => {
  const claims = taskTokenClaims({ subject: subject(), trust: iss, key: "k1", binding }, "t_1");
  expect(claims["cnf"]).toEqual(cnf);
  const proof = binding.jkt === null ? { method: "mtls", key: binding.x5t } : { method: "dpop", key: binding.jkt };
  expect(agentIn(claims, binding, 7)).toMatchObject({
    trust: iss,
    key: "k1",
    subject: { proof, task: "t_1", expiresAt: 7 },
  });
});

test("a bound token of a task is worth nothing to who has not its key", async () => {
  const { tasks, identify, at, clock } = world();
  const source = { subject: subject(), trust: iss, key: null, binding: { jkt: "k".repeat(43), x5t: null } };
  const token = await tasks.mint({ source, task: "t_1", audience, until: clock.now() + 60_000, id: "n_1" });
  expect(await outcome(identify, token, at)).toBe("token_proof_missing");
});

test("is for its audience alone, and not for longer than it says", async () => {
  const { agent, tokenFor, identify, at, clock } = world();
  const who = await agent();
  expect(await outcome(identify, await tokenFor(who, { audience: "https://gw.example/other" }), at)).toBe(
    "token_audience",
  );
  const token = await tokenFor(who, { until: clock.now() + 60_000 });
  expect(await outcome(identify, token, at)).toMatchObject({ task: "t_1" });
  clock.advance(61_500);
  expect(await outcome(identify, token, at)).toBe("token_expired");
});

test("is refused where the agent's own issuer is not trusted, or its key is no longer published", async () => {
  const { agent, tokenFor, identify, at, clock } = world();
  const who = await agent();
  const token = await tokenFor(who, { until: clock.now() + 1_200_000 });
  expect(await outcome(identify, token, route(["https://other.example"]))).toBe("token_issuer_unknown");
  expect(await outcome(identify, token, at)).toMatchObject({ task: "t_1" });
  server.state.keys = [(await signingKey("ES256", "k2")).publicJwk];
  clock.advance(301_000);
  expect(await outcome(identify, token, at)).toBe("token_key_unknown");
});

describe("a token that is in use when the agent's own issuer withdraws the key", () => {
  /** As in use: the gateway's own keys are loaded anew in the background all the time. */
  async function inUse({ clock }: ReturnType<typeof world>, use: () => unknown): Promise<void> {
    for (let ms = 0; ms <= 301_000; ms += 4_500) {
      clock.advance(4_500);
      await use();
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    }
  }

  async function used() {
    const made = world();
    const token = await made.tokenFor(await made.agent(), { until: made.clock.now() + 1_200_000 });
    const who = (await outcome(made.identify, token, made.at)) as Subject;
    server.state.keys = [(await signingKey("ES256", "k2")).publicJwk];
    return { ...made, token, who };
  }

  test("counts for no further call", async () => {
    const made = await used();
    const call = () => outcome(made.identify, made.token, made.at);
    await inUse(made, call);
    expect(await call()).toBe("token_key_unknown");
  });

  test("counts no longer for a stream either", async () => {
    const made = await used();
    const lost = () => credentialValidity.endedBy(made.who, made.clock.now());
    expect(lost()).toBeNull();
    await inUse(made, lost);
    expect(await eventually("the key is known to be withdrawn", lost)).toMatchObject({
      reason: expect.stringContaining("key") as string,
    });
  });
});

test("is verified by the gateway's keys alone: nobody else can make one", async () => {
  const { identify, at, clock, tokenFor, agent } = world();
  const good = statedClaims(await tokenFor(await agent())) ?? {};
  const forged = await mint(key, own, clock, { claims: { ...good } });
  expect(await outcome(identify, forged, at)).toBe("token_key_unknown");
  const none = await mint(key, own, clock, { header: { alg: "ES256", typ: "JWT" } });
  expect(await outcome(identify, none, at)).toMatch(/^token_/);
});

test("a token of the gateway's that is of no task is none", async () => {
  const claims = taskTokenClaims({ subject: subject(), trust: iss, key: null, binding: null }, "t_1");
  for (const without of ["task", "sallyport_agent"])
    expect(() => agentIn({ ...claims, [without]: 1 }, null, 0)).toThrow(
      expect.objectContaining({ code: "token_invalid" }) as Error,
    );
});

test("without an address there is no issuer, and nothing is made or taken", async () => {
  const { keys, clock, at } = world();
  const tokens = new TaskTokens({ keys, clock, logger: silent, issuer: () => null, workloads: [] });
  const sent = { scheme: "bearer", token: "a.b.c", address: "" } as const;
  expect(tokens.verify(sent, at, new Map())).toBeNull();
  const source = { subject: subject(), trust: iss, key: null, binding: null };
  await expect(tokens.mint({ source, task: "t_1", audience, until: clock.now(), id: "n_1" })).rejects.toMatchObject({
    code: "internal",
  });
});

describe("the keys", () => {
  const day = 86_400_000;

  it("are made once, replaced after 30 days, and published as long as a token of theirs may be good", async () => {
    const { keys, clock } = world();
    const first = await keys.current();
    clock.advance(29 * day);
    expect((await keys.current()).kid).toBe(first.kid);
    clock.advance(day);
    const second = await keys.current();
    expect(second.kid).not.toBe(first.kid);
    const kids = async () => (await keys.published()).keys.map(({ kid }) => kid);
    expect(await kids()).toEqual([second.kid, first.kid]);
    clock.advance(30 * day);
    const third = await keys.current();
    expect(await kids()).toEqual([third.kid, second.kid]);
    expect((await keys.published()).keys.every((one) => !("d" in one))).toBe(true);
  });

  it("are the same for all processes of one store", async () => {
    const store = leaseKeyStore(new Connection(openDatabase(":memory:")));
    const clock = handClock();
    const [one, other] = [new TaskKeys(store, clock), new TaskKeys(store, clock)];
    const [a, b] = await Promise.all([one.current(), other.current()]);
    expect(a.kid).toBe(b.kid);
    expect((await one.published()).keys).toHaveLength(1);
  });
});
