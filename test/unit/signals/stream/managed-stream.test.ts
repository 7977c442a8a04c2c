import type { TransmitterSettings } from "../../../../gateway/domain/signal.ts";
import { streamEvents } from "../../../../gateway/domain/signal.ts";
import type { VerifiedSet } from "../../../../gateway/signals/set/verify-set.ts";
import { ManagedStream } from "../../../../gateway/signals/stream/managed-stream.ts";
import { TransmitterClient } from "../../../../gateway/signals/stream/transmitter-client.ts";
import { testIds } from "../../../support/builders.ts";
import { eventually } from "../../../support/eventually.ts";
import { transmitterSettings } from "../../../support/signals/settings.ts";
import { memoryStreams } from "../../../support/signals/stores.ts";
import { TestTransmitter } from "../../../support/signals/transmitter.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const managed: NonNullable<TransmitterSettings["stream"]> = {
  streamId: null,
  description: "Sallyport gw-1",
  subjects: [{ format: "email", email: "a@b.example" }],
  statusEveryMs: 60_000,
  verifyEveryMs: 0,
  verifyWithinMs: 60_000,
};
let sender: TestTransmitter;
beforeEach(async () => {
  sender = await TestTransmitter.start({ audience: transmitterSettings().audience });
});
afterEach(() => sender.close());

function world(stream: TransmitterSettings["stream"] = managed) {
  const settings = transmitterSettings({
    issuer: sender.issuer,
    stream,
    delivery: { method: "poll", url: null, maxEvents: 10, waitMs: 1_000, firstRetryMs: 10, longestRetryMs: 20 },
  });
  const store = memoryStreams();
  const urls: string[] = [];
  const client = new TransmitterClient(settings, { clock, secret: () => "" });
  const known = new ManagedStream(settings, {
    client,
    store,
    clock,
    ids: testIds(),
    delivery: () => ({ method: "poll" }),
    onPollUrl: (url) => void urls.push(url),
  });
  return { known, store, urls };
}

const told = (
  uri: string,
  payload: object,
  streamId: string,
): [VerifiedSet, { uri: string; name: null; payload: never }] => {
  const event = { uri, name: null, payload: payload as never };
  return [{ jti: "j", issuedAt: 0, subject: { format: "opaque", id: streamId }, events: [event] }, event];
};

it("sets the stream up once, adds its subjects, and says where it is polled", async () => {
  const { known, store, urls } = world();
  await known.check();
  await known.check();
  expect(sender.streams.size).toBe(1);
  expect(sender.subjects).toEqual([{ format: "email", email: "a@b.example" }]);
  expect(urls).toEqual([`${sender.origin}/poll`]);
  expect(store.now()).toMatchObject({ status: "enabled", streamId: [...sender.streams.keys()][0] });
  expect(known.findings()).toEqual([]);
});

it("asks nothing of a transmitter whose stream is set up by hand", async () => {
  const { known } = world(null);
  await known.check();
  expect(sender.requests).toEqual([]);
});

it("tells a paused stream until it is enabled again", async () => {
  const { known } = world();
  sender.status = { status: "paused", reason: "upgrade" };
  await known.check();
  expect(known.findings()).toMatchObject([
    {
      name: "signals",
      problem: "the transmitter idp sends no signals, since its stream is paused: upgrade",
      severity: "degraded",
    },
  ]);
  sender.status = { status: "enabled" };
  await known.check();
  expect(known.findings()).toEqual([]);
});

it("tells what an event says of its status", async () => {
  const { known, store } = world();
  await known.check();
  const streamId = String(store.now()?.streamId);
  expect(await known.updated(...told(streamEvents.updated, { status: "disabled", reason: "quota" }, streamId))).toBe(
    "the stream is disabled: quota",
  );
  expect(known.findings()).toHaveLength(1);
  await expect(known.updated(...told(streamEvents.updated, { status: "gone" }, streamId))).rejects.toMatchObject({
    code: "signal_malformed",
  });
  await expect(known.updated(...told(streamEvents.updated, { status: "enabled" }, "another"))).rejects.toMatchObject({
    code: "signal_malformed",
  });
});

it("asks for a verification event and waits until it has come with its state", async () => {
  const { known, store } = world();
  await known.check();
  const streamId = String(store.now()?.streamId);
  const verifying = known.verify();
  const { body } = await eventually("a question", () => sender.requests.find(({ path }) => path === "/verify") ?? null);
  expect(body["stream_id"]).toBe(streamId);
  await expect(
    known.verification(...told(streamEvents.verification, { state: "forged" }, streamId)),
  ).rejects.toMatchObject({
    code: "signal_state",
  });
  await known.verification(...told(streamEvents.verification, { state: body["state"] }, streamId));
  expect(await verifying).toBeGreaterThanOrEqual(0);
  expect(store.now()).toMatchObject({ awaited: null, verifiedAt: expect.any(Number) });
});

it("accepts a verification event that the transmitter sends by itself, without a state", async () => {
  const { known, store } = world();
  await known.check();
  await known.verification(...told(streamEvents.verification, {}, String(store.now()?.streamId)));
  expect(store.now()?.verifiedAt).toEqual(expect.any(Number));
});

it("says that the verification event has not come", async () => {
  const { known } = world({ ...managed, verifyWithinMs: 100 });
  sender.verifies = false;
  await known.check();
  await expect(known.verify()).rejects.toMatchObject({
    code: "signal_stream",
    hint: expect.stringContaining("has not come"),
  });
});

it("says that a stream that it has not set up cannot be verified", async () => {
  await expect(world(null).known.verify()).rejects.toMatchObject({ code: "signal_unverifiable" });
});

it("shows what is wrong in its row, and when it was heard last", async () => {
  const { known } = world();
  sender.broken = 500;
  await expect(known.check()).rejects.toThrow(/answered 500/);
  expect(await known.row(null)).toMatchObject({ id: "idp", delivery: "poll", problem: expect.stringContaining("500") });
  sender.broken = null;
  await known.check();
  known.heard();
  expect(await known.row(null)).toMatchObject({ problem: null, heard_at: expect.any(Number), status: "enabled" });
});
