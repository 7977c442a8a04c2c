import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type BoundedRequest, boundedRequest } from "../../../gateway/net/bounded-request.ts";
import { pause } from "../../support/eventually.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
const loopback = { addresses: new Set(["loopback" as const]), insecure: false };
const get = (
  url: string,
  changes: Partial<BoundedRequest> = {},
  rules: Parameters<typeof boundedRequest>[1] = loopback,
) =>
  boundedRequest(
    { method: "GET", url, headers: {}, body: null, signal: AbortSignal.timeout(60_000), maxBytes: 100, ...changes },
    rules,
  );

it("sends headers and body, and gives status, headers and body back", async () => {
  const url = await serve((req, res) => {
    let text = "";
    req.on("data", (chunk: Buffer) => (text += chunk.toString()));
    req.on("end", () => res.writeHead(201, { "x-seen": String(req.headers["x-sent"]) }).end(`${req.method} ${text}`));
  });
  const answer = await get(url, { method: "POST", headers: { "x-sent": "yes" }, body: "ü" });
  expect([answer.status, answer.headers["x-seen"], answer.body.toString()]).toEqual([201, "yes", "POST ü"]);
});

it("follows no redirect", async () => {
  const url = await serve((_req, res) => res.writeHead(302, { location: "/elsewhere" }).end());
  expect((await get(url)).status).toBe(302);
});

it("ends an answer that is too large", async () => {
  const url = await serve((_req, res) => res.end("x".repeat(101)));
  await expect(get(url)).rejects.toThrow("larger than 100 bytes");
  const fits = await serve((_req, res) => res.end("x".repeat(100)));
  expect((await get(fits)).body).toHaveLength(100);
});

it("ends when its signal does, before the head and in the middle of the body", async () => {
  const silent = await serve(() => undefined);
  await expect(get(silent, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: "TimeoutError" });
  const half = await serve((_req, res) => void res.writeHead(200).write("x"));
  const stop = new AbortController();
  const { promise: begun, resolve: begins } = Promise.withResolvers<unknown>();
  subscribe("http.client.response.finish", begins);
  const asked = get(half, { signal: stop.signal });
  await begun;
  unsubscribe("http.client.response.finish", begins);
  // The head has come: the body is being read.
  await pause(20);
  stop.abort(new Error("no longer wanted"));
  await expect(asked).rejects.toThrow("no longer wanted");
});

it("connects to no address of a class that is not allowed", async () => {
  let called = false;
  const url = await serve((_req, res) => {
    called = true;
    res.end();
  });
  const none = { ...loopback, addresses: new Set<never>() };
  await expect(get(url, {}, none)).rejects.toMatchObject({ code: "upstream_address_refused" });
  await expect(get(url.replace("127.0.0.1", "localhost"), {}, none)).rejects.toThrow();
  expect(called).toBe(false);
});

test.each([
  ["plain http beyond loopback", "http://signals.example/", /not reached by https/],
  ["a credential in the address", "https://user:secret@signals.example/", /holds a credential/],
  ["another scheme", "ftp://127.0.0.1/", /not reached by https/],
  ["what is no address", "signals", /is not a URL/],
])("sends nothing to %s", async (_, url, message) => {
  await expect(get(url)).rejects.toThrow(message);
});
