import type { TransmitterSettings } from "../../../../gateway/domain/signal.ts";
import { addSubjects, type Delivery, setUpStream } from "../../../../gateway/signals/stream/set-up.ts";
import { TransmitterClient } from "../../../../gateway/signals/stream/transmitter-client.ts";
import { transmitterSettings } from "../../../support/signals/settings.ts";
import { TestTransmitter } from "../../../support/signals/transmitter.ts";

const audience = transmitterSettings().audience;
const push: Delivery = { method: "push", url: "https://gateway.example/signals/idp", authorization: "Bearer one" };
const poll: Delivery = { method: "poll" };
const managed: TransmitterSettings["stream"] = {
  streamId: null,
  description: "Sallyport gw-1",
  subjects: [],
  statusEveryMs: 60_000,
  verifyEveryMs: 0,
  verifyWithinMs: 1_000,
};
const pollSettings = { url: null, maxEvents: 10, waitMs: 1_000, firstRetryMs: 10, longestRetryMs: 20 } as const;

let sender: TestTransmitter;
beforeEach(async () => {
  sender = await TestTransmitter.start({ audience, authorization: "Bearer api" });
});
afterEach(() => sender.close());

function world(changes: Partial<TransmitterSettings> = {}) {
  const base = transmitterSettings({ issuer: sender.issuer, stream: managed });
  const access = { kind: "header", reference: "env:API" } as const;
  const settings = { ...base, api: { ...base.api, access }, ...changes };
  const client = new TransmitterClient(settings, {
    clock: { monotonic: () => performance.now() },
    secret: () => "Bearer api",
  });
  return { client, settings };
}

it("makes a stream for what it acts upon, and tells the transmitter how to push and what to send in Authorization", async () => {
  const { client, settings } = world();
  const { streamId, pollUrl } = await setUpStream(client, settings, push, null);
  expect(pollUrl).toBeNull();
  const stream = sender.streams.get(streamId);
  expect(stream).toMatchObject({
    description: "Sallyport gw-1",
    delivery: {
      method: "urn:ietf:rfc:8935",
      endpoint_url: "https://gateway.example/signals/idp",
      authorization_header: "Bearer one",
    },
  });
  const requested = stream?.["events_requested"] as string[];
  expect(requested).toContain("https://schemas.openid.net/secevent/caep/event-type/session-revoked");
  expect(requested.some((uri) => uri.endsWith("assurance-level-change"))).toBe(false);
});

it("finds its stream again by its id, and by its description when the id is lost", async () => {
  const { client, settings } = world();
  const first = await setUpStream(client, settings, poll, null);
  expect(await setUpStream(client, settings, poll, first.streamId)).toEqual(first);
  expect(await setUpStream(client, settings, poll, null)).toEqual(first);
  expect(await setUpStream(client, settings, poll, "gone")).toEqual(first);
  expect(sender.streams.size).toBe(1);
  expect(first.pollUrl).toBe(`${sender.origin}/poll`);
});

it("leaves a stream of somebody else alone, and makes its own", async () => {
  const { client, settings } = world();
  const other = { ...settings, stream: { ...managed, description: "another receiver" } };
  const theirs = await setUpStream(client, other, poll, null);
  expect((await setUpStream(client, settings, poll, null)).streamId).not.toBe(theirs.streamId);
});

it("changes a stream that is there to what the configuration says now, and tells a rotated credential", async () => {
  const { client, settings } = world();
  const { streamId } = await setUpStream(client, settings, push, null);
  const events = new Map(settings.events).set("account-purged", { do: "end", forMs: null });
  await setUpStream(client, { ...settings, events }, { ...push, authorization: "Bearer two" }, streamId);
  const stream = sender.streams.get(streamId);
  expect(stream?.["delivery"]).toMatchObject({ authorization_header: "Bearer two" });
  expect(stream?.["events_requested"]).toContain("https://schemas.openid.net/secevent/risc/event-type/account-purged");
});

it("adds the subjects of the configuration", async () => {
  const { client, settings } = world();
  const { streamId } = await setUpStream(client, settings, poll, null);
  await addSubjects(client, streamId, [{ format: "email", email: "a@b.example" }]);
  expect(sender.subjects).toEqual([{ format: "email", email: "a@b.example" }]);
});

test.each<[string, Partial<TransmitterSettings>, () => void, RegExp]>([
  [
    "an audience that is not expected",
    { audience: "https://other.example" },
    () => undefined,
    /audience is .*; name it in audience/,
  ],
  [
    "a stream id that it does not have",
    { stream: { ...managed, streamId: "s9" } },
    () => undefined,
    /has no stream s9/,
  ],
  ["a credential that it refuses", {}, () => (sender.broken = 403), /answered 403, and no metadata/],
])("says what is wrong: %s", async (_, changes, before, message) => {
  const { client, settings } = world(changes);
  before();
  await expect(setUpStream(client, settings, poll, null)).rejects.toThrow(message);
});

it("says that the credential is to be looked at when the transmitter refuses it", async () => {
  const { settings } = world();
  const client = new TransmitterClient(settings, { clock: { monotonic: () => 0 }, secret: () => "Bearer wrong" });
  await expect(setUpStream(client, settings, poll, null)).rejects.toThrow(/401 .*look at the credential under api/);
});

it("says that the one stream that a transmitter allows is to be named", async () => {
  const { client, settings } = world();
  const call: typeof client.call = async (wanted) =>
    wanted.method === "POST" ? { status: 409, headers: {}, document: undefined } : client.call(wanted);
  const only = { metadata: () => client.metadata(), call };
  await expect(setUpStream(only, settings, poll, null)).rejects.toThrow(/name it in stream\.id/);
});

it("takes the address of the configuration for polling, when there is one", async () => {
  const delivery = { method: "poll", ...pollSettings, url: "https://signals.example/mine" } as const;
  const { client, settings } = world({ delivery });
  expect((await setUpStream(client, settings, poll, null)).pollUrl).toBe("https://signals.example/mine");
});
