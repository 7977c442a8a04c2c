import { agentSessionRoutes, type SessionDetail } from "../../../../gateway/admin/routes/agent-sessions.ts";
import type { DecisionQuery } from "../../../../gateway/domain/ports.ts";
import { type ConsoleClient, signIn } from "../../../support/console/client.ts";
import { mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { memoryDecisions } from "../../../support/console/sample-decisions.ts";
import { sampleCall } from "../../../support/console/sample-sessions.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";

/** The session of the sample decisions. */
const known = "s_01J9Z4T6M8Q2";

let running: RunningConsole;
let client: ConsoleClient;
beforeEach(async () => {
  running = await startConsole({ stopped: true });
  client = await signIn(running);
});
afterEach(() => running.close());

const answer = (path: string) => client.request("GET", path);
const get = async (path: string) => (await (await answer(path)).json()) as any; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are checked by what the tests read of them

async function calls(...sessions: string[]): Promise<void> {
  for (const session of sessions) {
    await sampleCall(running, { agent: "refund-bot", session, labels: ["read:private"] });
    running.skip(1_000);
  }
}

test("lists sessions page by page, by the latest call", async () => {
  await calls("s1", "s2", "s3");
  const first = await get("/api/sessions?limit=2");
  expect(first.items.map(({ id }: { id: string }) => id)).toEqual(["s3", "s2"]);
  const second = await get(`/api/sessions?limit=2&after=${encodeURIComponent(first.next)}`);
  expect(second.items.map(({ id }: { id: string }) => id)).toEqual(["s1", "principal:refund-bot"]);
  expect([second.next, second.now, second.shares_store]).toEqual([null, running.now(), false]);
});

test("filters by caller and by session", async () => {
  await calls("s1");
  await sampleCall(running, { agent: "support-bot", session: "s1" });
  expect((await get("/api/sessions?subject=support-bot")).items).toHaveLength(1);
  expect((await get("/api/sessions?session=s1")).items).toHaveLength(2);
  expect((await get("/api/sessions?session=s1&subject=nobody")).items).toEqual([]);
});

test("shows a session with its labels, and its calls out of the log with what memory has of them", async () => {
  const [row] = (await get("/api/decisions?subject=refund-bot&limit=1")).rows;
  const call = { agent: "refund-bot", session: known, decisionId: row.decision_id, labels: ["read:orders"] };
  await sampleCall(running, { ...call, to: "Ann@shop.example" });
  const { ref } = (await get(`/api/sessions?session=${known}`)).items[0];
  const session = await get(`/api/sessions/${ref}?limit=5`);
  expect(session).toMatchObject({
    id: known,
    trust: "token",
    subject: "refund-bot",
    issuer: "https://idp.example",
    live: { calls: 1 },
    labels: [{ label: "read:orders", of: "session" }],
  });
  expect(session.history).toBeUndefined();
  expect(session.timeline).toHaveLength(5);
  expect(session.timeline[0]).toMatchObject({
    decision_id: row.decision_id,
    labels: ["read:orders"],
    destinations: ["digest of ann@shop.example"],
  });
  expect(session.timeline[1]).toMatchObject({
    subject: "refund-bot",
    session: known,
    labels: null,
    destinations: null,
  });
  const older: SessionDetail = await get(`/api/sessions/${ref}?limit=5&after=${session.next}`);
  expect(older.timeline[0]!.seq).toBeLessThan(session.timeline[4].seq);
});

test("shows a session whose calls are in the log alone, and knows none that is nowhere", async () => {
  const refOf = (session: string) =>
    Buffer.from(JSON.stringify(["https://idp.example", "refund-bot", "token", session])).toString("base64url");
  expect(await get(`/api/sessions/${refOf(known)}?limit=1`)).toMatchObject({
    live: null,
    labels: [],
    timeline: [{ session: known }],
  });
  for (const ref of [refOf("s9"), "bm90IGEga2V5"]) expect((await answer(`/api/sessions/${ref}`)).status).toBe(404);
});

test.each(["/api/sessions?limit=201", "/api/sessions?after=x", "/api/sessions?agent=a"])("refuses %s", async (path) => {
  expect((await answer(path)).status).toBe(400);
});

test("asks the log for exactly this session: of its caller and issuer, and named by the same", async () => {
  await calls("s1");
  const { items } = await running.sessions.list({ session: "s1", limit: 1 });
  const asked: DecisionQuery[] = [];
  const search = memoryDecisions(0, 0);
  const decisions = { ...search, search: (query: DecisionQuery) => (asked.push(query), search.search(query)) };
  const routes = await mountRoutes(testSession(), (app) =>
    agentSessionRoutes(app, {
      agentSessions: running.sessions,
      decisions,
      gateway: "gw-1",
      sharesStore: async () => true,
      clock: { now: running.now, monotonic: running.now },
    }),
  );
  expect((await routes.send("GET", `/api/sessions/${items[0]!.ref}?limit=7`)).status).toBe(200);
  expect((await routes.send("GET", "/api/sessions")).body).toMatchObject({ gateway: "gw-1", shares_store: true });
  const session = { session: "s1", subject: "refund-bot", issuer: "https://idp.example", trust: "token" };
  expect(asked).toEqual([{ ...session, limit: 7 }]);
  await routes.close();
});
