import { Background } from "../../../gateway/compose/background.ts";
import { nothingEnded } from "../../../gateway/domain/ended.ts";
import type { MadeRevocation, SignalNotice, WantedRevocation } from "../../../gateway/domain/ports.ts";
import type { TransmitterSettings } from "../../../gateway/domain/signal.ts";
import { createSignals, type Signals } from "../../../gateway/signals/create-signals.ts";
import { testIds } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";
import { corporate, transmitterSettings } from "../../support/signals/settings.ts";
import { memoryStreams } from "../../support/signals/stores.ts";
import { TestTransmitter } from "../../support/signals/transmitter.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const alice = { format: "iss_sub", iss: corporate, sub: "alice" };
const stream: TransmitterSettings["stream"] = {
  streamId: null,
  description: "Sallyport gw-1",
  subjects: [],
  statusEveryMs: 50,
  verifyEveryMs: 0,
  verifyWithinMs: 60_000,
};
const delivery = {
  method: "poll",
  url: null,
  maxEvents: 10,
  waitMs: 60_000,
  firstRetryMs: 5,
  longestRetryMs: 20,
} as const;

let sender: TestTransmitter;
let signals: Signals;
let background: Background;
let revoked: WantedRevocation[];
let records: SignalNotice[];
beforeEach(async () => {
  sender = await TestTransmitter.start({ audience: transmitterSettings().audience });
  background = new Background(quiet);
  [revoked, records] = [[], []];
});
afterEach(async () => {
  await signals.stop();
  await sender.close();
});

function open(changes: Partial<TransmitterSettings> = {}): void {
  const seen = new Set<string>();
  signals = createSignals([transmitterSettings({ issuer: sender.issuer, delivery, stream, ...changes })], {
    clock,
    ids: testIds(),
    logger: quiet,
    background,
    streams: memoryStreams(),
    revocations: {
      list: async () => [],
      revoke: async (wanted) => {
        revoked.push(wanted);
        return { id: "k_1", matched: { ...nothingEnded, calls: 1, unanswered: 0 } } as MadeRevocation;
      },
    },
    outside: { add: async () => undefined },
    seen: {
      has: async (_, jti) => seen.has(jti),
      add: async (_, jti) => void seen.add(jti),
      purge: async () => undefined,
    },
    record: async (notice) => void records.push(notice),
    note: (notice) => void records.push(notice),
    counted: () => undefined,
    secret: () => "Bearer agreed",
    chance: () => 0.5,
    fetchFailed: () => undefined,
  });
  signals.start("http://127.0.0.1:8700");
}

it("sets a stream up, fetches what is on it with the keys of the metadata, and verifies it", async () => {
  open();
  sender.offer(await sender.event("session-revoked", alice));
  await eventually("access ended", () => revoked[0] ?? null);
  expect(revoked).toMatchObject([{ kind: "subject", target: "alice" }]);
  expect(await signals.verify("idp")).toBeGreaterThanOrEqual(0);
  expect(records.map(({ events, effect }) => [events[0], effect])).toEqual([
    ["session-revoked", "ended"],
    ["verification", "verified"],
  ]);
  expect(await signals.list()).toMatchObject([{ id: "idp", delivery: "poll", status: "enabled", problem: null }]);
  expect(signals.pushed.size).toBe(0);
});

it("fetches from the address of the configuration without setting a stream up", async () => {
  open({ stream: null, delivery: { ...delivery, url: `${sender.origin}/poll` } });
  sender.offer(await sender.event("session-revoked", alice));
  await eventually("access ended", () => revoked[0] ?? null);
  expect(sender.streams.size).toBe(0);
});

it("offers an endpoint for what is pushed, and tells the transmitter where it is", async () => {
  open({ delivery: { method: "push", url: null, authorizationReference: "env:PUSH" } });
  const made = await eventually("a stream", () => [...sender.streams.values()][0] ?? null);
  expect(made["delivery"]).toMatchObject({
    endpoint_url: "http://127.0.0.1:8700/signals/idp",
    authorization_header: "Bearer agreed",
  });
  expect([...signals.pushed.keys()]).toEqual(["idp"]);
});

it("says that a stream cannot be set up until it can, and then fetches", async () => {
  sender.broken = 500;
  open();
  await eventually("a finding", () => background.findings()[0] ?? null);
  expect(background.findings()).toMatchObject([
    { name: "signals-stream-idp", severity: "degraded", problem: expect.stringContaining("answered 500") },
  ]);
  sender.broken = null;
  sender.offer(await sender.event("session-revoked", alice));
  await eventually("access ended", () => revoked[0] ?? null);
  await eventually("no finding", () => (background.findings().length === 0 ? true : null));
});

it("says that it knows no such transmitter", () => {
  open();
  expect(() => signals.verify("other")).toThrow(expect.objectContaining({ code: "signal_transmitter_unknown" }));
});
