import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { PollSettings } from "../../../../gateway/domain/signal.ts";
import { Poller } from "../../../../gateway/signals/stream/poller.ts";
import { TransmitterClient } from "../../../../gateway/signals/stream/transmitter-client.ts";
import { eventually } from "../../../support/eventually.ts";
import { quiet } from "../../../support/quiet.ts";
import { transmitterSettings } from "../../../support/signals/settings.ts";
import { TestTransmitter, type TransmitterOptions } from "../../../support/signals/transmitter.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const { audience, api } = transmitterSettings();
const alice = { format: "email", email: "a@b.example" };
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function world(changes: Partial<PollSettings> = {}, options: Partial<TransmitterOptions> = {}) {
  const sender = await TestTransmitter.start({ audience, ...options });
  const settings = {
    method: "poll",
    url: null,
    maxEvents: 10,
    waitMs: 60_000,
    firstRetryMs: 5,
    longestRetryMs: 20,
    ...changes,
  } as const;
  const received: string[] = [];
  const refusals = new Map<string, Refusal>();
  const failures: string[] = [];
  const client = new TransmitterClient({ issuer: sender.issuer, api }, { clock, secret: () => "" });
  /** Of each request whether it asks for an answer at once. */
  const asked: unknown[] = [];
  const call: TransmitterClient["call"] = (what) => {
    asked.push(what.body?.["returnImmediately"]);
    return client.call(what);
  };
  const poller = new Poller("idp", settings, {
    client: { call },
    clock,
    logger: quiet,
    chance: () => 0.5,
    failed: (id) => void failures.push(id),
    receiver: {
      async receive(_text, _way, id) {
        const refusal = refusals.get(String(id));
        if (refusal !== undefined) throw refusal;
        received.push(String(id));
        return "ended";
      },
    },
  });
  ends.push(async () => {
    await poller.stop();
    await sender.close();
  });
  return { sender, poller, asked, received, refusals, failures, url: `${sender.origin}/poll` };
}

const gone = (sender: TestTransmitter) => eventually("all acknowledged", () => (sender.offered === 0 ? true : null));

it("fetches SETs as they come, in order, and acknowledges each", async () => {
  const { sender, poller, received, url } = await world();
  const first = sender.offer(await sender.event("session-revoked", alice));
  poller.start(url);
  await gone(sender);
  const [second, third] = [
    sender.offer(await sender.event("session-revoked", alice)),
    sender.offer(await sender.event("session-revoked", alice)),
  ];
  await gone(sender);
  expect(received).toEqual([first, second, third]);
  expect(sender.acked.toSorted()).toEqual([first, second, third].toSorted());
});

it("fetches all of more than fit into one answer", async () => {
  const { sender, poller, received, url } = await world({ maxEvents: 2 });
  for (let number = 0; number < 7; number += 1) sender.offer(await sender.event("session-revoked", alice));
  poller.start(url);
  await gone(sender);
  expect(received).toHaveLength(7);
});

it("tells the transmitter which SET was refused and why, and goes on with the others", async () => {
  const { sender, poller, received, refusals, url } = await world();
  const wrong = sender.offer(await sender.event("session-revoked", alice));
  refusals.set(wrong, new Refusal("signal_audience"));
  const right = sender.offer(await sender.event("session-revoked", alice));
  poller.start(url);
  await gone(sender);
  expect([received, sender.acked]).toEqual([[right], [right]]);
  expect(sender.refused[wrong]?.err).toBe("invalid_audience");
});

it("neither acknowledges nor refuses what cannot be carried out now, and takes it when it comes again", async () => {
  const { sender, poller, received, refusals, url } = await world();
  const id = sender.offer(await sender.event("session-revoked", alice));
  refusals.set(id, new Refusal("signal_unavailable"));
  poller.start(url);
  await eventually("a problem", () => poller.problem);
  expect(poller.problem).toContain("cannot be carried out now");
  expect([sender.acked, sender.refused]).toEqual([[], {}]);
  refusals.clear();
  await gone(sender);
  expect(received).toEqual([id]);
});

it("says while the transmitter is away that nothing is fetched, and loses nothing when it is back", async () => {
  const { sender, poller, received, failures, url } = await world();
  await sender.goAway();
  poller.start(url);
  await eventually("several attempts", () => (failures.length > 3 ? true : null));
  expect(poller.findings()).toMatchObject([
    { name: "signals", severity: "degraded", problem: expect.stringContaining("signals of idp are not fetched since") },
  ]);
  const id = sender.offer(await sender.event("session-revoked", alice));
  await sender.comeBack();
  await gone(sender);
  expect(received).toEqual([id]);
  expect(poller.findings()).toEqual([]);
});

it("acknowledges what it took before the connection broke", async () => {
  const { sender, poller, received, url } = await world();
  poller.start(url);
  const id = sender.offer(await sender.event("session-revoked", alice));
  await eventually("it was received", () => (received.includes(id) ? true : null));
  await sender.goAway();
  await sender.comeBack();
  await gone(sender);
  expect(new Set(received)).toEqual(new Set([id]));
});

it("names a refused credential", async () => {
  const { poller, url } = await world({}, { authorization: "Bearer api" });
  poller.start(url);
  expect(await eventually("a problem", () => poller.problem)).toContain("401; look at the credential under api");
});

it("takes silence for no news, and asks for an answer at once after it", async () => {
  const { poller, asked, failures, url } = await world({ waitMs: 50 });
  poller.start(url);
  await eventually("two rounds", () => (asked.length >= 5 ? true : null));
  expect(asked.slice(0, 5)).toEqual([true, false, true, false, true]);
  expect([failures, poller.problem]).toEqual([[], null]);
});

it("ends at once when it is stopped while it waits", async () => {
  const { sender, poller, url } = await world();
  poller.start(url);
  await eventually("it waits", () => sender.requests.find(({ body }) => body["returnImmediately"] === false) ?? null);
  await poller.stop();
  expect(poller.problem).toBeNull();
});

it.each([
  ["says that there is more and gives nothing", { sets: {}, moreAvailable: true }],
  ["gives the same SET again and again", { sets: { one: "a.b.c" } }],
])("waits before it asks a transmitter again that %s", async (_what, document) => {
  let asked = 0;
  const call = async (): Promise<never> => {
    asked += 1;
    await new Promise((resume) => setImmediate(resume));
    return { status: 200, headers: {}, document } as never;
  };
  const settings = { method: "poll", url: null, maxEvents: 10, waitMs: 60_000, firstRetryMs: 5, longestRetryMs: 20 };
  const poller = new Poller("idp", settings as PollSettings, {
    client: { call },
    clock,
    logger: quiet,
    chance: () => 0.5,
    failed: () => undefined,
    receiver: { receive: () => Promise.resolve("repeated") },
  });
  ends.push(() => poller.stop());
  poller.start("https://idp.example/poll");
  for (let turn = 0; turn < 500; turn += 1) await new Promise((resume) => setImmediate(resume));
  expect(asked).toBeLessThanOrEqual(2);
});
