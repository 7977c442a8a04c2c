import { mkdtempSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { retryDelayMs } from "../../../../gateway/approvals/channels/backoff.ts";
import type { Refusal } from "../../../../gateway/domain/errors.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { approver, holdRequest } from "../../../support/approvals/test-office.ts";
import { binding, requirement, TestClock, toolCall } from "../../../support/builders.ts";
import { silentServer } from "../../../support/channels/mail-server.ts";
import { limits, tell, testPost, type TestPostOptions } from "../../../support/channels/test-post.ts";
import { eventually } from "../../../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../../../support/recording-upstream.ts";

const secrets = { "env:HOOK": `whsec_${Buffer.alloc(32, "s").toString("base64")}` };

let receiver: RecordingUpstream;
let dir: string;

beforeAll(async () => {
  receiver = await recordingUpstream();
  dir = mkdtempSync(join(tmpdir(), "channels-"));
});
afterAll(async () => {
  await receiver.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  receiver.requests.length = 0;
  answer(200);
});

function hook(name = "audit", url = `${receiver.origin}/hook`) {
  return { kind: "webhook" as const, name, url, secrets: ["env:HOOK"] };
}

function roomWith(options: Partial<TestPostOptions> = {}) {
  return testPost({ settings: [hook()], secrets, ...options });
}

function answer(status: number, headers: Record<string, string> = {}, body = ""): void {
  receiver.answerWith((_req, res: ServerResponse) => res.writeHead(status, headers).end(body));
}

function refund(amount: number) {
  return holdRequest({ binding: binding(toolCall({ arguments: { amount, order_id: "881" } })) });
}

function ids(): (string | undefined)[] {
  return receiver.requests.map(({ headers }) => headers.find(([name]) => name === "webhook-id")?.[1]);
}

describe("a message that is not taken", () => {
  test("is tried again with doubling waits under the same id, and becomes a dead letter after the last attempt", async () => {
    const room = roomWith();
    answer(500, {}, "down for now");
    const item = room.holds.open(holdRequest());
    const waits: number[] = [];
    for (let attempt = 1; attempt <= limits.attempts; attempt += 1) {
      await room.post.run();
      const [letter] = room.outbox.of(item.id);
      expect(letter?.attempts).toBe(attempt);
      if (letter?.state !== "waiting") break;
      waits.push(letter.due - room.clock.now());
      await room.post.run();
      room.clock.advance(letter.due - room.clock.now());
    }
    expect(receiver.requests).toHaveLength(3);
    expect(new Set(ids()).size).toBe(1);
    expect(waits.map((wait, nth) => wait >= 500 * 2 ** nth && wait <= 1_000 * 2 ** nth)).toEqual([true, true]);
    expect(room.letters.deadLetters(10)).toMatchObject([
      {
        approval_id: item.id,
        channel: "audit",
        kind: "webhook",
        attempts: 3,
        told: false,
        error: "answered 500: down for now",
      },
    ]);
    expect(room.counted).toEqual(["audit failed", "audit failed", "audit dead"]);
    expect(room.letters.channels()).toEqual([{ name: "audit", kind: "webhook", updates: false, waiting: 0, dead: 1 }]);
  });

  test("is sent when somebody retries the dead letter, and what is no dead letter cannot be retried", async () => {
    const room = roomWith();
    answer(404);
    const item = room.holds.open(holdRequest());
    await room.post.run();
    const [dead] = room.letters.deadLetters(10);
    expect(dead).toMatchObject({ attempts: 1, error: "answered 404" });
    answer(200);
    room.letters.retry(dead?.id ?? "", "approver");
    await room.post.run();
    expect(room.outbox.of(item.id)).toMatchObject([{ state: "settled", attempts: 0, error: null }]);
    for (const id of [dead?.id ?? "", "a_none.audit"]) {
      const code = catching(() => room.letters.retry(id, "approver"));
      expect(code).toBe("letter_unknown");
    }
  });

  test("waits as long as Retry-After says, together with everything else for this channel", async () => {
    const room = roomWith({ limits: { concurrency: 1 } });
    answer(429, { "retry-after": "30" });
    room.holds.open(refund(1));
    room.holds.open(refund(2));
    await room.post.run();
    expect(receiver.requests).toHaveLength(1);
    answer(200);
    room.clock.advance(29_999);
    await room.post.run();
    expect(receiver.requests).toHaveLength(1);
    room.clock.advance(1);
    await room.post.run();
    expect(receiver.requests).toHaveLength(3);
  });

  test("does not follow a redirect", async () => {
    const other = await recordingUpstream();
    const room = roomWith();
    answer(307, { location: `${other.origin}/elsewhere` });
    const item = room.holds.open(holdRequest());
    await room.post.run();
    await other.close();
    expect(other.requests).toEqual([]);
    expect(room.outbox.of(item.id)).toMatchObject([{ error: "answered 307; redirects are not followed" }]);
  });

  test("shows no secret that the far side repeats", async () => {
    const room = roomWith();
    answer(400, {}, `bad signature; expected ${secrets["env:HOOK"]}\u001b[31m\nX-Evil: 1`);
    room.holds.open(holdRequest());
    await room.post.run();
    const [dead] = room.letters.deadLetters(10);
    expect(dead?.error).toBe("answered 400: bad signature; expected [removed]⟦U+001B⟧[31m X-Evil: 1");
    expect(JSON.stringify([room.log, room.database.prepare("SELECT * FROM outbox").all()])).not.toContain("whsec_");
  });

  test("names the reference of a secret that cannot be read", async () => {
    const room = roomWith({ secrets: {} });
    const item = room.holds.open(holdRequest());
    await room.post.run();
    expect(room.outbox.of(item.id)).toMatchObject([{ state: "waiting", error: "env:HOOK is not set" }]);
  });

  test("spreads the waits of letters that failed together", () => {
    const waits = Array.from({ length: 50 }, (_, nth) => retryDelayMs(`a_${nth}.audit`, 4, limits));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(4_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(8_000);
    expect(new Set(waits).size).toBeGreaterThan(45);
    expect(retryDelayMs("a_1.audit", 99, limits)).toBeLessThanOrEqual(limits.longestRetryMs);
  });
});

describe("a channel that hangs", () => {
  test("is cut off in time and holds up neither callers nor other channels", async () => {
    const hung = await silentServer();
    const room = roomWith({
      settings: [hook("stuck", `http://127.0.0.1:${hung.port}/hook`), hook("fine")],
      limits: { timeoutMs: 1_000, concurrency: 2 },
    });
    const begun = performance.now();
    for (let amount = 1; amount <= 20; amount += 1) room.holds.open(refund(amount));
    expect(performance.now() - begun).toBeLessThan(1_000);
    room.post.start();
    await eventually("the other channel has told everything", () => (receiver.requests.length === 20 ? true : null));
    const stuck = await eventually(
      "the hung one was cut off",
      () => room.log.find(({ level }) => level === "warn") ?? null,
    );
    expect(stuck.fields).toMatchObject({ channel: "stuck", error: "did not answer in time" });
    await room.post.stop(0);
    await hung.close();
  });

  test("is not waited for when the gateway stops, and its message is sent after the next start", async () => {
    const hung = await silentServer();
    const database = openDatabase(join(dir, "stopping.db"));
    const clock = new TestClock();
    const before = roomWith({ database, clock, settings: [hook("audit", `http://127.0.0.1:${hung.port}/hook`)] });
    const item = before.holds.open(holdRequest());
    const running = before.post.run();
    await before.post.stop(0);
    await running;
    await hung.close();
    expect(before.outbox.of(item.id)).toMatchObject([{ state: "waiting", attempts: 0 }]);
    const after = roomWith({ database, clock });
    await after.post.run();
    expect(after.outbox.of(item.id)).toMatchObject([{ state: "settled", tellings: 1 }]);
  });
});

describe("after a crash", () => {
  test("sends what was not sent, and not again what was", async () => {
    const file = join(dir, "restart.db");
    const clock = new TestClock();
    const before = roomWith({ database: openDatabase(file), clock });
    before.holds.open(refund(1));
    await before.post.run();
    before.holds.open(refund(2));
    before.database.close();
    expect(receiver.requests).toHaveLength(1);
    const after = roomWith({ database: openDatabase(file), clock });
    await after.post.run();
    expect(receiver.requests).toHaveLength(2);
    await after.post.run();
    expect(receiver.requests).toHaveLength(2);
  });

  test("says again under the same id what may have been said already", async () => {
    const file = join(dir, "between.db");
    const clock = new TestClock();
    const before = roomWith({ database: openDatabase(file), clock });
    const item = before.holds.open(holdRequest());
    // The process dies after the far side has taken the message and before that is written down.
    before.outbox.settle = () => false;
    await before.post.run();
    before.database.close();
    const after = roomWith({ database: openDatabase(file), clock });
    await after.post.run();
    expect(receiver.requests).toHaveLength(1);
    clock.advance(60_000);
    await after.post.run();
    expect(receiver.requests).toHaveLength(2);
    expect(new Set(ids()).size).toBe(1);
    expect(after.outbox.of(item.id)).toMatchObject([{ state: "settled" }]);
  });

  test("tells of items whose letters or changes were never noted", async () => {
    const file = join(dir, "unnoted.db");
    const clock = new TestClock();
    const before = roomWith({ database: openDatabase(file), clock });
    const told = before.holds.open(refund(1));
    await before.post.run();
    await before.post.stop();
    clock.advance(1_000);
    const untold = before.holds.open(refund(2));
    before.desk.vote(told.id, told.action_digest, approver, { vote: "deny", reason: "no" });
    expect(before.outbox.of(untold.id)).toEqual([]);
    before.database.close();
    const after = roomWith({ database: openDatabase(file), clock });
    await after.post.run();
    expect(after.outbox.of(untold.id)).toMatchObject([{ state: "settled" }]);
    expect(after.outbox.of(told.id)).toMatchObject([{ state: "closed", told: "denied" }]);
  });
});

test("two processes on one store send each message once between them", async () => {
  const file = join(dir, "shared.db");
  const clock = new TestClock();
  const one = roomWith({ database: openDatabase(file), clock, process: "p_1", limits: { concurrency: 3 } });
  const other = roomWith({ database: openDatabase(file), clock, process: "p_2", limits: { concurrency: 3 } });
  for (let amount = 1; amount <= 60; amount += 1) (amount % 2 === 0 ? one : other).holds.open(refund(amount));
  await Promise.all([one.post.run(), other.post.run()]);
  expect(receiver.requests).toHaveLength(60);
  expect(new Set(ids()).size).toBe(60);
  const sent = [one, other].map(({ counted }) => counted.length);
  expect(Math.min(...sent)).toBeGreaterThan(0);
});

test("a lease that ran out is taken over, and the late word of its first holder counts no more", async () => {
  const room = roomWith();
  const item = room.holds.open(holdRequest());
  const now = room.clock.now();
  const [letter] = room.outbox.take("audit", now, now + 1_000, 10, "n_first");
  expect(room.outbox.take("audit", now, now + 1_000, 10, "n_second")).toEqual([]);
  expect(room.outbox.take("audit", now + 1_000, now + 2_000, 10, "n_second")).toHaveLength(1);
  const said = { told: "held", remote: null, closed: false, at: now };
  expect(room.outbox.settle(letter?.id ?? "", "n_first", said)).toBe(false);
  expect(room.outbox.settle(letter?.id ?? "", "n_second", said)).toBe(true);
  expect(room.outbox.of(item.id)).toMatchObject([{ state: "settled", tellings: 1 }]);
});

test("a change while a message is on its way is told right after it", async () => {
  const room = roomWith();
  receiver.answerWith((_req, res) => {
    if (receiver.requests.length === 1) {
      const [item] = room.desk.list({ states: ["held"], limit: 1 });
      if (item !== undefined) room.desk.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
    }
    res.end();
  });
  room.holds.open(holdRequest());
  await room.post.run();
  const types = receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { type: string }).type);
  expect(types).toEqual(["approval.held", "approval.approved"]);
});

describe("who is told", () => {
  const two = { ...requirement, require: [{ role: "security", count: 2 }] };

  test.each([
    ["every item without conditions", tell(["audit"]), true],
    ["one of its roles", tell(["audit"], { roles: ["payments-approver"] }), true],
    ["another role", tell(["audit"], { roles: ["security"] }), false],
    ["its server", tell(["audit"], { servers: ["payments"] }), true],
    ["another server", tell(["audit"], { servers: ["crm"] }), false],
    ["its sensitivity", tell(["audit"], { minSensitivity: "medium" }), true],
    ["more sensitive tools only", tell(["audit"], { minSensitivity: "high" }), false],
  ])("follows %s", async (_what, rule, told) => {
    const room = roomWith({ rules: [rule] });
    room.holds.open(holdRequest());
    await room.post.run();
    expect(receiver.requests).toHaveLength(told ? 1 : 0);
  });

  test("counts a tool that nobody has classified as highly sensitive", async () => {
    const room = roomWith({ rules: [tell(["audit"], { minSensitivity: "high" })] });
    room.holds.open(holdRequest({ binding: { ...binding(), sensitivity: null }, requirement: two }));
    await room.post.run();
    expect(receiver.requests).toHaveLength(1);
  });

  test("is told once when several rules fit", async () => {
    const room = roomWith({ rules: [tell(["audit"]), tell(["audit"], { servers: ["payments"] })] });
    room.holds.open(holdRequest());
    await room.post.run();
    expect(receiver.requests).toHaveLength(1);
  });

  const escalating = tell(["audit"], { escalate: { afterMs: 300_000, to: ["boss"] } });
  const withBoss = () => roomWith({ settings: [hook(), hook("boss", `${receiver.origin}/boss`)], rules: [escalating] });
  const boss = () => receiver.requests.filter(({ target }) => target === "/boss");

  test("escalates when nobody has claimed or answered by then, and tells that channel the outcome too", async () => {
    const room = withBoss();
    const item = room.holds.open(holdRequest());
    await room.post.run();
    room.clock.advance(299_999);
    await room.post.run();
    expect(boss()).toHaveLength(0);
    room.clock.advance(1);
    await room.post.run();
    expect(boss()).toHaveLength(1);
    room.desk.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "wrong order" });
    await room.post.run();
    expect(boss()).toHaveLength(2);
  });

  test.each([
    ["claimed", (room: ReturnType<typeof roomWith>, id: string) => room.desk.claim(id, approver, true)],
    [
      "answered",
      (room: ReturnType<typeof roomWith>, id: string) =>
        room.desk.vote(id, room.desk.get(id)?.action_digest ?? "", approver, { vote: "deny", reason: "no" }),
    ],
    ["withdrawn", (room: ReturnType<typeof roomWith>, id: string) => room.holds.withdraw(id, "not needed")],
  ])("does not escalate what was %s in time, and tells that channel nothing later", async (_what, attend) => {
    const room = withBoss();
    const item = room.holds.open(holdRequest());
    attend(room, item.id);
    await room.post.run();
    room.clock.advance(300_000);
    await room.post.run();
    room.holds.withdraw(item.id, "not needed");
    await room.post.run();
    expect(boss()).toHaveLength(0);
    expect(room.outbox.get(`${item.id}.boss`)).toMatchObject({ state: "closed", told: null });
  });

  test("is not bothered with a question that was answered before it could be told", async () => {
    const url = `${receiver.origin}/v2/enqueue`;
    const pager = { kind: "pagerduty" as const, name: "duty", routingKey: "env:PD", url };
    const room = roomWith({ settings: [pager], secrets: { "env:PD": "0123456789" } });
    const item = room.holds.open(holdRequest());
    room.desk.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
    await room.post.run();
    expect(receiver.requests).toEqual([]);
    expect(room.outbox.of(item.id)).toMatchObject([{ state: "closed", told: null }]);
  });
});

test("an outbox that cannot be written harms no hold, and the message is sent once it can", async () => {
  const room = roomWith();
  const { add } = room.outbox;
  room.outbox.add = () => {
    throw new Error("disk full");
  };
  const item = room.holds.open(holdRequest());
  expect(item.state).toBe("held");
  room.outbox.add = add;
  await room.post.run();
  expect(receiver.requests).toHaveLength(1);
  expect(room.log).toMatchObject([{ level: "error", message: "channels: a message cannot be stored yet" }]);
});

function catching(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    return (thrown as Refusal).code;
  }
  return "none";
}
