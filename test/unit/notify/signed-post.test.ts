import { createServer, type Server } from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import { Webhook } from "standardwebhooks";
import { assertOrigin, checkedLookup } from "../../../gateway/net/addresses.ts";
import { signedPost } from "../../../gateway/net/signed-post.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { AddressClass } from "../../../gateway/domain/route.ts";
import { signingKey } from "../../../gateway/net/webhook-signature.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { selfSigned } from "../../support/certificates.ts";
import { silentServer } from "../../support/channels/mail-server.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";

const secrets = ["n", "o"].map((letter) => `whsec_${Buffer.alloc(32, letter).toString("base64")}`);

let receiver: RecordingUpstream;
beforeAll(async () => {
  receiver = await recordingUpstream();
});
afterAll(() => receiver.close());
beforeEach(() => {
  receiver.requests.length = 0;
  receiver.answerWith((_req, res) => res.end());
});

/** As compose hands it in; `resolve` stands in for the names of the outside world, which no test asks. */
function sender({ loopback = true, timeoutMs = 60_000, resolve }: Options = {}) {
  const allowed: ReadonlySet<AddressClass> = new Set(loopback ? ["loopback"] : []);
  return signedPost({
    keys: () => secrets.map(signingKey),
    timeoutMs,
    clock: systemClock,
    lookup: resolve ?? checkedLookup(allowed),
    assertOrigin: (origin) => assertOrigin(origin, allowed),
  });
}

interface Options {
  readonly loopback?: boolean;
  readonly timeoutMs?: number;
  readonly resolve?: LookupFunction;
}

test("posts, signed with every key", async () => {
  const answer = await sender().send(`${receiver.origin}/done`, { status: "approved" }, "t_1");
  expect(answer).toMatchObject({ delivered: true, status: 200 });
  const [request] = receiver.requests;
  const headers = Object.fromEntries(request?.headers ?? []);
  const body = request?.body.toString("utf8") ?? "";
  expect(JSON.parse(body)).toEqual({ status: "approved" });
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual({ status: "approved" });
});

test.each([
  ["no URL", "somewhere", "it is not a URL"],
  ["a URL without end", `https://a.example/${"x".repeat(3_000)}`, "it is not a URL"],
  ["plain http", "http://a.example/done", "only https is posted to"],
  ["a file", "file:///etc/passwd", "only https is posted to"],
  ["a credential", "https://user:secret@a.example/", "it holds a credential or a fragment"],
  ["a fragment", "https://a.example/#x", "it holds a credential or a fragment"],
  ["this machine", "https://127.0.0.1/", "its address is not allowed: "],
  ["this machine by another spelling", "https://0x7f.1/", "its address is not allowed: "],
  ["this machine in IPv6", "https://[::1]/", "its address is not allowed: "],
  ["IPv4 within IPv6", "https://[::ffff:10.0.0.1]/", "its address is not allowed: "],
  ["a private address", "https://192.168.1.1/", "its address is not allowed: "],
  ["a cloud's metadata", "https://169.254.169.254/latest", "its address is not allowed: "],
  ["every address", "https://0.0.0.0/", "its address is not allowed: "],
])("sends nothing to %s", async (_what, url, why) => {
  const here = sender({ loopback: false });
  const answer = await here.send(url, {}, "t_1");
  expect(answer).toMatchObject({ delivered: false, status: null, retryable: false, retryAfterMs: null });
  expect(answer.detail.startsWith(why)).toBe(true);
});

test("sends nothing to a name that leads to this machine", async () => {
  const { port } = new URL(receiver.origin);
  const here = sender({ loopback: false });
  const url = `https://localhost:${port}/done`;
  expect(await here.send(url, {}, "t_1")).toMatchObject({
    delivered: false,
    retryable: false,
    detail: expect.stringContaining("its address is not allowed: "),
  });
  expect(receiver.requests).toEqual([]);
});

test("asks the checked lookup for every message anew, and sends nothing when it refuses", async () => {
  const { port } = new URL(receiver.origin);
  let asked = 0;
  const resolve: LookupFunction = (_name, _options, done) => {
    asked += 1;
    if (asked === 1) done(null, [{ address: "127.0.0.1", family: 4 }]);
    else done(new Refusal("upstream_address_refused"), "", 0);
  };
  const here = sender({ resolve });
  const url = `http://localhost:${port}/done`;
  expect(await here.send(url, {}, "t_1")).toMatchObject({ delivered: true });
  expect(await here.send(url, {}, "t_1")).toMatchObject({
    delivered: false,
    retryable: false,
    detail: expect.stringContaining("its address is not allowed: "),
  });
  expect([asked, receiver.requests.length]).toEqual([2, 1]);
});

test("does not follow a redirect, not even to an allowed place", async () => {
  receiver.answerWith((_req, res) => res.writeHead(307, { location: `${receiver.origin}/elsewhere` }).end());
  const answer = await sender().send(`${receiver.origin}/done`, {}, "t_1");
  expect(answer).toMatchObject({ delivered: false, status: 307, retryable: false });
  expect(receiver.requests).toHaveLength(1);
});

test.each([
  [503, { "retry-after": "120" }, { retryable: true, retryAfterMs: 120_000 }],
  [429, {}, { retryable: true, retryAfterMs: null }],
  [410, {}, { retryable: false, retryAfterMs: null }],
])("says after %s what is worth another attempt", async (status, headers, wanted) => {
  receiver.answerWith((_req, res) => res.writeHead(status, headers).end());
  const answer = await sender().send(`${receiver.origin}/done`, {}, "t_1");
  expect(answer).toMatchObject({ delivered: false, status, ...wanted });
});

test("is not kept waiting by a receiver that says nothing, nor by one that never ends", async () => {
  const silent = await silentServer();
  const slow = sender({ timeoutMs: 300 });
  expect(await slow.send(`http://127.0.0.1:${silent.port}/`, {}, "t_1")).toMatchObject({
    delivered: false,
    retryable: true,
    detail: "did not answer in time",
  });
  await silent.close();
  receiver.answerWith((_req, res) => {
    res.writeHead(200);
    const flood = (): void => void (res.destroyed || res.write(Buffer.alloc(64 * 1024), () => setImmediate(flood)));
    flood();
  });
  expect(await sender().send(`${receiver.origin}/done`, {}, "t_1")).toMatchObject({ delivered: true, status: 200 });
});

describe("over TLS", () => {
  let server: Server;
  beforeAll(async () => {
    const { certPem: cert, keyPem: key } = await selfSigned("localhost");
    server = createServer({ cert, key }, (_req, res) => res.end());
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterAll(() => void server.close());

  test("sends nothing to a server that nobody vouches for", async () => {
    const { port } = server.address() as AddressInfo;
    const answer = await sender().send(`https://localhost:${port}/`, {}, "t_1");
    expect(answer).toMatchObject({ delivered: false, detail: "could not be reached (DEPTH_ZERO_SELF_SIGNED_CERT)" });
  });
});

test("says by its reference which key cannot be read", async () => {
  const keys = (): never => {
    throw new Error("environment variable KEY is not set");
  };
  const unread = signedPost({
    keys,
    timeoutMs: 60_000,
    clock: systemClock,
    lookup: checkedLookup(new Set()),
    assertOrigin: () => undefined,
  });
  expect(await unread.send("https://a.example/", {}, "t_1")).toMatchObject({
    delivered: false,
    retryable: true,
    detail: "environment variable KEY is not set",
  });
});
