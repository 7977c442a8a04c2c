/** People disconnect an account while one agent has calls and streams under way with it, over real listeners. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { alice, bob } from "../support/console/provider-settings.ts";
import { eventually } from "../support/eventually.ts";
import { type HangingUpstream, hangingUpstream } from "../support/hanging-upstream.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import { type PeopleGateway, startPeopleGateway } from "../support/person/people-gateway.ts";
import { runningTime } from "../support/running-time.ts";
import { sallyport } from "../unit/cli/run.ts";

let tools: HangingUpstream;
let world: PeopleGateway;
beforeAll(async () => {
  tools = await hangingUpstream();
  world = await startPeopleGateway([alice, bob], tools.origin);
});
beforeEach(async () => {
  await world.connect("alice", "alice@acme");
  await world.connect("bob", "bob@acme");
});
afterAll(async () => {
  await world?.close();
  await tools?.close();
});

const begun = (item: string) => eventually(`${item} has begun`, () => tools.of(item)[0] ?? null);
const cut = (item: string) => eventually(`${item} is cut`, () => tools.of(item)[0]?.cutAt ?? null);

/** Refund-bot, for this person. */
function order(person: string, item: string, accept = "*/*"): Promise<Response> {
  return fetch(`${world.gateway.agents}/payments/v1/orders/o-1?item=${item}`, {
    headers: { authorization: `Bearer ${world.tokenFor(person, "/payments")}`, accept },
  });
}

const refund = (person: string, item: string) =>
  fetch(`${world.gateway.agents}/payments/v1/refunds`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${world.tokenFor(person, "/payments")}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ order_id: "o-1", amount: 5, currency: "EUR", reason: "late", item }),
  });

type Line = Readonly<Record<string, unknown>>;

async function lineOf(matches: (line: Line) => boolean): Promise<Line> {
  return eventually("it is recorded", async () => {
    const lines = (await readLog(world.gateway.logDir)).lines as unknown as readonly Line[];
    return lines.find(matches) ?? null;
  });
}

async function outcomeOf(item: string) {
  const { decisionId } = await begun(item);
  return lineOf(({ kind, decision_id }) => kind === "outcome" && decision_id === decisionId);
}

const connectionOf = async (person: string) => {
  const { items } = (await (await world.gateway.approver()).get("/api/connections")) as {
    items: { id: string; person: string; state: string }[];
  };
  return items.find((one) => one.person === person);
};

test("cuts what is under way with the account of who disconnects, and nothing of the other's", async () => {
  const { id } = (await connectionOf("alice")) ?? { id: "" };
  const [mine, theirs] = [order("alice", "mine"), order("bob", "theirs")];
  const [stream, other] = await Promise.all([
    order("alice", "my-events", "text/event-stream"),
    order("bob", "their-events", "text/event-stream"),
  ]);
  await Promise.all(["mine", "theirs", "my-events", "their-events"].map(begun));
  const signedIn = await world.person("alice");
  const time = runningTime();
  const disconnected = world.disconnect("alice", signedIn);
  await Promise.all(["mine", "my-events"].map(cut));
  expect(time.passed()).toBeLessThan(1_000);
  time.stop();
  expect(await disconnected).toBe(204);
  expect([(await mine).status, await (await mine).json()]).toMatchObject([
    403,
    { code: "access_ended", executed: null, detail: expect.stringContaining("the person disconnected Acme Cloud") },
  ]);
  expect(await stream.text()).toMatch(/event: error\ndata: \{.*"code":"access_ended".*\}\n\n$/);
  const endedBy = { kind: "connection", id, reason: "the person disconnected Acme Cloud" };
  for (const item of ["mine", "my-events"])
    expect(await outcomeOf(item)).toMatchObject({ outcome: "aborted", code: "access_ended", ended_by: endedBy });
  expect(await lineOf((line) => line["action"] === "disconnected" && line["id"] === id)).toMatchObject({
    kind: "access",
    by: "alice",
    reason: endedBy.reason,
    matched: { calls: 1, streams: 1, unanswered: 0 },
    target: { kind: "connection", person: "alice", credential: "acme" },
  });
  expect(["theirs", "their-events"].map((item) => tools.of(item)[0]?.cutAt)).toEqual([null, null]);
  tools.of("theirs")[0]?.res.end("{}");
  expect((await theirs).status).toBe(200);
  await other.body?.cancel();
});

test("refuses a held call at its release with the way to reconnect, and runs it once the person is back", async () => {
  const held = await refund("alice", "held");
  expect(held.status).toBe(202);
  const person = await world.gateway.approver();
  const { id } = await eventually("it is held", async () => (await person.open())[0] ?? null);
  expect(await world.disconnect("alice")).toBe(204);
  expect(await person.show(id)).toMatchObject({ approval: { state: "held" } });
  await person.approve(id);
  const refused = await refund("alice", "held");
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { code: "credential_not_connected", connect_url: world.link, executed: false },
  ]);
  // Nothing of the approval was used up.
  expect(await person.show(id)).toMatchObject({ approval: { state: "approved" } });
  await world.connect("alice", "alice@acme");
  const again = refund("alice", "held");
  (await begun("held")).res.end("{}");
  expect((await again).status).toBe(200);
});

test("lets an operator see who is connected, and disconnect somebody with a reason that is recorded", async () => {
  const { gateway } = world;
  const call = order("bob", "operators");
  await begun("operators");
  const passwordFile = join(gateway.dir, "operator-password");
  writeFileSync(passwordFile, await gateway.approverPassword(), { mode: 0o600 });
  const signIn = ["--console", gateway.console, "--user", "approver", "--password-file", passwordFile];
  const run = (...args: string[]) => sallyport(["credentials", ...args, ...signIn], { cwd: gateway.dir });
  const listed = await run("connections");
  expect(listed.stdout).toMatch(
    /^(k_\S+) +bob +acme +bob@acme +20\S+Z +ends 20\S+Z, renewed +20\S+Z by refund-bot +connected$/m,
  );
  const id = /^(k_\S+) +bob /m.exec(listed.stdout)?.[1] ?? "";
  const reason = "the account there was taken over";
  const done = await run("disconnect", id, "--reason", reason);
  expect([done.code, done.stdout]).toEqual([
    0,
    expect.stringMatching(/^Disconnected k_\S+\. Ended with it: 1 session, 0 held calls, 1 call under way/),
  ]);
  await cut("operators");
  expect((await call).status).toBe(403);
  expect(await outcomeOf("operators")).toMatchObject({
    outcome: "aborted",
    ended_by: { kind: "connection", id, reason },
  });
  expect(await lineOf((line) => line["action"] === "disconnected" && line["id"] === id)).toMatchObject({
    by: "approver",
    reason,
    target: { person: "bob" },
  });
  const refused = await order("bob", "later");
  expect([refused.status, await refused.json()]).toMatchObject([403, { code: "credential_not_connected" }]);
  const mine = await (await world.person("bob")).request("GET", "/api/connected-accounts");
  expect(await mine.json()).toMatchObject({ items: [{ state: "ended", why: "operator", reason }] });
  expect((await run("disconnect", id, "--reason", reason)).code).toBe(1);
});
