import { findTarget, type TargetDeps } from "../../../gateway/admin/known-targets.ts";
import { nothingEnded } from "../../../gateway/domain/ended.ts";
import type { CountedEverywhere, DecisionQuery, DecisionRow, SessionRow } from "../../../gateway/domain/ports.ts";
import type { RevocationTarget } from "../../../gateway/domain/revocation.ts";
import { sessionRef } from "../../../gateway/domain/session-key.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { quiet } from "../../support/quiet.ts";

const issuer = "https://idp.example";

/** A record of a call of `bot` in a session that was named in this way. */
const record = (trust: string, change: JsonObject = {}): JsonObject => ({
  subject: "bot",
  acting_for: "alice",
  session: "run-1",
  input: { subject: { properties: { issuer } }, context: { session: { trust } } },
  ...change,
});

interface Known {
  readonly counted?: Partial<CountedEverywhere>;
  readonly records?: Readonly<Record<string, JsonObject>>;
  /** Which of the records a query finds. */
  readonly found?: (query: DecisionQuery) => readonly string[];
  readonly sessions?: readonly Partial<SessionRow>[];
}

function deps({ counted = {}, records = {}, found = () => [], sessions = [] }: Known): TargetDeps {
  return {
    accounts: { list: async () => [{ name: "Carol", also: ["carol@shop.example"] }] },
    decisions: {
      search: async (query: DecisionQuery) => ({
        rows: found(query).map((decision_id) => ({ decision_id }) as DecisionRow),
        next: null,
      }),
      get: async (id: string) => ({ decision: records[id] ?? {}, outcome: null }),
    },
    endings: { count: async () => ({ ...nothingEnded, callers: [], unanswered: 0, ...counted }) },
    agentSessions: { list: async () => ({ items: sessions, next: null }) },
    names: { has: async ({ target }: RevocationTarget) => target === "payments" },
    tasks: { service: { get: async (id: string) => (id === "t_open" ? [{}] : null) } },
    logger: quiet,
  } as unknown as TargetDeps;
}

const target = (kind: RevocationTarget["kind"], name: string, of: string | null = null): RevocationTarget => ({
  kind,
  target: name,
  issuer: of,
});

test.each([
  ["what is under way", deps({ counted: { calls: 1 } }), target("key", "thumb")],
  ["an account of the console, in any spelling", deps({}), target("subject", "CAROL@shop.example")],
  ["the configuration", deps({}), target("server", "payments")],
  ["the tasks that were opened", deps({}), target("task", "t_open")],
  ["the list of sessions", deps({ sessions: [{ issuer, trust: "token" }] }), target("session", "s_1")],
])("knows a name from %s", async (_where, from, name) => {
  expect((await findTarget(from, name)).isKnown).toBe(true);
});

test("a look-up that does not end keeps nobody from ending access", async () => {
  const from = deps({});
  const never: TargetDeps = { ...from, decisions: { ...from.decisions, search: () => new Promise(() => undefined) } };
  expect(await findTarget(never, target("subject", "bot"))).toMatchObject({ isKnown: true });
});

test.each([
  ["subject", "bot", ["subject", "person", "actor"]],
  ["client", "cli", ["client"]],
  ["key", "thumb", ["key"]],
  ["task", "t_1", ["task"]],
  ["tool", "payments/pay", ["tool"]],
  ["session", "run-1", ["session"]],
] as const)("looks for a %s in the decision log", async (kind, name, members) => {
  for (const member of members) {
    const found = (query: DecisionQuery) => (query[member] === name ? ["d_1"] : []);
    const known = deps({ found, records: { d_1: record("token") } });
    expect([member, (await findTarget(known, target(kind, name))).isKnown]).toEqual([member, true]);
  }
});

test.each([
  ["subject", "BOT"],
  ["client", "CLI"],
  ["session", "RUN-1"],
  ["tool", "PAYMENTS/pay"],
] as const)("looks for a %s that is spelt otherwise where nobody has the very name", async (kind, name) => {
  const queries: DecisionQuery[] = [];
  const found = (query: DecisionQuery) => (queries.push(query), query.like?.name === name ? ["d_1"] : []);
  expect((await findTarget(deps({ found, records: { d_1: record("token") } }), target(kind, name))).isKnown).toBe(true);
  expect(queries.at(-1)?.like).toEqual({ kind, name });
});

test("nothing is known by any other name", async () => {
  for (const kind of ["subject", "client", "key", "task", "tool", "session", "issuer", "server"] as const)
    expect(await findTarget(deps({}), target(kind, "nobody"))).toMatchObject({ isKnown: false, callers: [] });
});

test("a record of another issuer is one of somebody else", async () => {
  const known = deps({ found: () => ["d_1"], records: { d_1: record("token") } });
  expect((await findTarget(known, target("subject", "bot", "https://other.example"))).isKnown).toBe(false);
  expect((await findTarget(known, target("subject", "bot", `${issuer}/`))).isKnown).toBe(true);
});

test("says whose a session is that no token names, by what runs and by the log, once each", async () => {
  const own = { issuer, subject: "bot", acting_for: "alice" };
  const records = { d_1: record("self"), d_2: record("self"), d_3: record("token", { subject: "other" }) };
  const known = deps({ counted: { callers: [own] }, found: () => ["d_1", "d_2", "d_3"], records });
  expect((await findTarget(known, target("session", "run-1"))).callers).toEqual([own]);
  expect((await findTarget(known, target("subject", "bot"))).callers).toEqual([]);
});

test("of a session that only the list of sessions knows, the caller counts for whomever it acts", async () => {
  const known = deps({ sessions: [{ issuer, subject: "bot", trust: "transport" }] });
  expect((await findTarget(known, target("session", "mcp-1"))).callers).toEqual([{ issuer, subject: "bot" }]);
});

test("a session may be named by the reference that lists show", async () => {
  const ref = sessionRef(JSON.stringify([issuer, "bot", "token", "run-7"]));
  const found = ({ session }: DecisionQuery) => (session === "run-7" ? ["d_1"] : []);
  expect((await findTarget(deps({ found, records: { d_1: record("token") } }), target("session", ref))).isKnown).toBe(
    true,
  );
});

test("what only a process could know that does not answer counts as known", async () => {
  const silent = deps({ counted: { unanswered: 1 } });
  expect(await findTarget(silent, target("subject", "nobody"))).toMatchObject({ isKnown: true });
});

test("what cannot be looked up counts as known", async () => {
  const broken = { ...deps({}), endings: { count: () => Promise.reject(new Error("locked")) } };
  expect(await findTarget(broken, target("subject", "nobody"))).toMatchObject({ isKnown: true, callers: [] });
});
