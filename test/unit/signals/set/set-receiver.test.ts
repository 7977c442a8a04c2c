import { nothingEnded } from "../../../../gateway/domain/ended.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { MadeRevocation, SignalNotice } from "../../../../gateway/domain/ports.ts";
import { createKeySet } from "../../../../gateway/identify/token/key-set.ts";
import { SetReceiver, type SetReceiverDeps } from "../../../../gateway/signals/set/set-receiver.ts";
import { TransmitterClient } from "../../../../gateway/signals/stream/transmitter-client.ts";
import { eventually } from "../../../support/eventually.ts";
import { quiet } from "../../../support/quiet.ts";
import { corporate, transmitterSettings } from "../../../support/signals/settings.ts";
import { TestTransmitter } from "../../../support/signals/transmitter.ts";

const alice = { format: "iss_sub", iss: corporate, sub: "alice" };
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
let sender: TestTransmitter;
beforeAll(async () => {
  sender = await TestTransmitter.start({ audience: transmitterSettings().audience });
});
afterAll(() => sender.close());

function world(changes: Partial<SetReceiverDeps> = {}) {
  const [records, revoked, seen, streamed]: [SignalNotice[], string[], Set<string>, string[]] = [[], [], new Set(), []];
  const settings = transmitterSettings({ issuer: sender.issuer });
  const client = new TransmitterClient(settings, { clock, secret: () => "" });
  const load = async () => (await client.keys()) as never;
  const timing = { refreshMs: 60_000, cooldownMs: 0, staleMs: 0 };
  const keySet = createKeySet(load, timing, { clock, logger: quiet, issuer: sender.issuer });
  const counts: string[] = [];
  const receiver = new SetReceiver(
    { settings, keySet },
    {
      clock,
      logger: quiet,
      revocations: {
        list: async () => [],
        revoke: async ({ target }) => {
          revoked.push(String(target));
          return { id: `k_${revoked.length}`, matched: { ...nothingEnded, calls: 1, unanswered: 0 } } as MadeRevocation;
        },
      },
      outside: { add: async () => undefined },
      seen: {
        has: async (_, jti) => seen.has(jti),
        add: async (_, jti) => void seen.add(jti),
        purge: async () => undefined,
      },
      stream: {
        verification: async (_, { payload }) => void streamed.push(String(payload["state"])),
        updated: async () => "the stream is paused",
        heard: () => void streamed.push("heard"),
      },
      record: async (notice) => void records.push(notice),
      note: (notice) => void records.push(notice),
      counted: (...told) => void counts.push(told.join(" ")),
      ...changes,
    },
  );
  return { receiver, records, revoked, seen, streamed, counts };
}

it("carries a SET out, records it with what came of it, and remembers it", async () => {
  const { receiver, records, revoked, seen, counts } = world();
  const text = await sender.event("session-revoked", alice, {}, { claims: { jti: "j-once" } });
  expect(await receiver.receive(text, "push")).toBe("ended");
  expect(revoked).toEqual(["alice"]);
  expect([...seen]).toEqual(["j-once"]);
  expect(records).toEqual([
    {
      transmitter: "idp",
      way: "push",
      jti: "j-once",
      events: ["session-revoked"],
      effect: "ended",
      code: null,
      detail: "the session was revoked",
      unused: [],
      revocations: ["k_1"],
      targets: [{ kind: "subject", issuer: corporate, id: "alice" }],
    },
  ]);
  expect(counts).toEqual(["idp session-revoked ended"]);
});

it("does nothing for a SET that came before, and acknowledges it", async () => {
  const { receiver, records, revoked } = world();
  const text = await sender.event("session-revoked", alice);
  const effects = [await receiver.receive(text, "push"), await receiver.receive(text, "poll")];
  expect(effects).toEqual(["ended", "repeated"]);
  expect(revoked).toEqual(["alice"]);
  expect(records.map(({ effect, way }) => [effect, way])).toEqual([
    ["ended", "push"],
    ["repeated", "poll"],
  ]);
});

it("counts a SET once that comes twice at the same time", async () => {
  const [begun, leave, revoked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), [] as string[]];
  const revoke = async ({ target }: { readonly target: string | null }) => {
    revoked.push(String(target));
    begun.resolve();
    await leave.promise;
    return { id: "k_1", matched: { ...nothingEnded, unanswered: 0 } } as MadeRevocation;
  };
  const { receiver, records, streamed } = world({ revocations: { list: async () => [], revoke } });
  const text = await sender.event("session-revoked", alice);
  const both = [receiver.receive(text, "push"), receiver.receive(text, "push")];
  await begun.promise;
  await eventually("both are verified", () => (streamed.length === 2 ? true : null));
  leave.resolve();
  expect(await Promise.all(both)).toEqual(["ended", "ended"]);
  expect([revoked, records.length]).toEqual([["alice"], 1]);
});

it("acknowledges an event that it does not know, and says so in the record", async () => {
  const { receiver, records, counts } = world();
  const events = { "https://example.org/new": {}, new: {} };
  const text = await sender.set({ claims: { sub_id: alice, events } });
  expect(await receiver.receive(text, "push")).toBe("ignored");
  expect(records).toMatchObject([{ effect: "ignored", events: ["https://example.org/new", "new"] }]);
  expect(counts).toEqual(["idp other ignored", "idp other ignored"]);
});

it("records a SET that it refuses, with the code and why", async () => {
  const { receiver, records, revoked, counts } = world();
  const foreign = { ...alice, iss: "https://evil.example" };
  const text = await sender.event("session-revoked", foreign, {}, { claims: { jti: "j-foreign" } });
  await expect(receiver.receive(text, "push")).rejects.toMatchObject({ code: "signal_foreign" });
  expect(records).toMatchObject([
    { effect: "refused", code: "signal_foreign", jti: "j-foreign", detail: "https://evil.example" },
  ]);
  expect([revoked, counts]).toEqual([[], ["idp session-revoked refused"]]);
});

it("does nothing when one of several events is wrong", async () => {
  const { receiver, revoked, seen } = world();
  const base = "https://schemas.openid.net/secevent/caep/event-type/";
  const events = { [`${base}session-revoked`]: {}, [`${base}risk-level-change`]: { current_level: "?" } };
  const text = await sender.set({ claims: { sub_id: alice, events } });
  await expect(receiver.receive(text, "push")).rejects.toMatchObject({ code: "signal_malformed" });
  expect([revoked, [...seen]]).toEqual([[], []]);
});

it("refuses a SET that stands under another id than its own", async () => {
  const { receiver } = world();
  const text = await sender.event("session-revoked", alice);
  await expect(receiver.receive(text, "poll", "another")).rejects.toMatchObject({ code: "signal_malformed" });
});

it("asks for it again while it cannot be remembered, and does nothing twice when it comes again", async () => {
  let broken = true;
  const known = new Set<string>();
  const { receiver, revoked } = world({
    seen: {
      has: async (_, jti) => known.has(jti),
      add: async (_, jti) => {
        if (broken) throw new Error("the disk is full");
        known.add(jti);
      },
      purge: async () => undefined,
    },
  });
  const text = await sender.event("session-revoked", alice);
  await expect(receiver.receive(text, "push")).rejects.toMatchObject({ code: "signal_unavailable", status: 503 });
  broken = false;
  expect(await receiver.receive(text, "push")).toBe("ended");
  expect([revoked, known.size]).toEqual([["alice"], 1]);
});

it("asks for it again while the log cannot be written, with the access ended all the same, and notes no line for each try", async () => {
  const { receiver, revoked, seen, records } = world({
    record: () => Promise.reject(new Refusal("record_unavailable")),
  });
  const text = await sender.event("session-revoked", alice);
  await expect(receiver.receive(text, "push")).rejects.toMatchObject({ code: "record_unavailable" });
  expect([revoked, [...seen], records]).toEqual([["alice"], [], []]);
});

it("hands on what the stream says of itself", async () => {
  const { receiver, streamed, records } = world();
  await receiver.receive(await sender.streamEvent("verification", "s1", { state: "x1" }), "push");
  await receiver.receive(await sender.streamEvent("updated", "s1", { status: "paused" }), "push");
  expect(streamed).toEqual(["heard", "x1", "heard"]);
  expect(records.map(({ events, effect, detail }) => [events, effect, detail])).toEqual([
    [["verification"], "verified", null],
    [["stream-updated"], "status", "the stream is paused"],
  ]);
});
