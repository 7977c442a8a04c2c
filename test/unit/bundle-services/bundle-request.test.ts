import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { TLSSocket } from "node:tls";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BundleRequest } from "../../../gateway/bundle-services/bundle-request.ts";
import type { ServedBundle } from "../../../gateway/domain/bundle-service.ts";
import { localServer, rootAuthority } from "../../support/certificates.ts";
import { testServices } from "../../support/bundles/services.ts";
import { BundleServer } from "../../support/bundles/bundle-server.ts";

const path = "/v1/team";
const { signal } = new AbortController();
let server: BundleServer;
beforeEach(async () => {
  server = await new BundleServer().listen();
});
afterEach(() => server.close());

function request(service: Partial<ServedBundle["service"]> = {}, changes: Partial<ServedBundle> = {}): BundleRequest {
  const bundle: ServedBundle = {
    name: "team",
    resource: "team",
    folder: "/nowhere",
    persist: false,
    denyStale: false,
    maxStaleMs: null,
    polling: { minMs: 1, maxMs: 1, waitS: 1 },
    maxBytes: 1_000,
    service: {
      name: "acme",
      type: "bundles",
      url: `${server.url}/v1`,
      headers: {},
      credential: null,
      tls: { caFile: null, client: null },
      addresses: new Set(["loopback"] as const),
      headerTimeoutMs: 10_000,
      ...service,
    },
    ...changes,
  };
  return new BundleRequest(bundle, testServices(), "snapshot");
}

test("gives the bytes of a bundle, its ETag, and whether the server waits for news", async () => {
  const bytes = Buffer.from("bytes");
  server.serve(path, bytes, 'W/"1"');
  expect(await request().send(null, null, signal)).toEqual({ kind: "bundle", bytes, etag: 'W/"1"', waits: false });
  server.waits = true;
  expect(await request().send(null, 5, signal)).toMatchObject({ waits: true });
  expect(await request().send('W/"1"', null, signal)).toEqual({ kind: "unchanged" });
  expect(server.asked.map(({ headers }) => [headers["prefer"], headers["if-none-match"]])).toEqual([
    ["modes=snapshot", undefined],
    ["modes=snapshot;wait=5", undefined],
    ["modes=snapshot", 'W/"1"'],
  ]);
});

test.each<[string, Partial<ServedBundle["service"]>, string, RegExp]>([
  [
    "a secret that is not there",
    { credential: { kind: "bearer", scheme: "Bearer", reference: "env:GONE", encoded: false } },
    path,
    /GONE is not set/,
  ],
  [
    "an address of a class that is not allowed",
    { addresses: new Set() },
    path,
    /^the server could not be reached \(upstream_address_refused\)$/,
  ],
  ["a body that is too large", {}, path, /^the answer is larger than 1000 bytes$/],
  ["what is not there", {}, "/other", /^the server answered 404 Not Found$/],
  ["an answer without a bundle", {}, "/none", /^the server answered 204 No Content$/],
])("fails for %s, and says so", async (_what, service, served, message) => {
  server.serve(served, Buffer.alloc(2_000), null);
  if (served === "/none") server.fail(path, { status: 204 });
  const failed = request(service).send(null, null, signal);
  await expect(failed).rejects.toMatchObject({ name: "DownloadFailure", message: expect.stringMatching(message) });
});

test("takes no answer for a confirmation that confirms nothing", async () => {
  server.fail(path, { status: 304 });
  await expect(request().send(null, null, signal)).rejects.toMatchObject({
    name: "DownloadFailure",
    message: "the server answered 304 to a request without If-None-Match",
    httpStatus: 304,
  });
});

test("gives up a server that is silent for longer than it may wait for news", async () => {
  server.fail(path, "hang");
  await expect(request({ headerTimeoutMs: 50 }).send(null, 1, signal)).rejects.toThrow("did not answer in time");
});

test("shows its certificate, and takes a server's of the authority that is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-request-"));
  const authority = await rootAuthority("acme");
  const ca = authority.certPem;
  const { certPem: cert, keyPem: key } = await localServer(authority);
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const shown: unknown[] = [];
  const tls = createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true }, (asked, answer) => {
    shown.push((asked.socket as TLSSocket).getPeerCertificate().subject);
    answer.writeHead(304).end();
  }).listen(0, "127.0.0.1");
  await once(tls, "listening");
  try {
    const url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
    const client = { certFile: file("cert.pem", cert), keyFile: file("key.pem", key) };
    const known = { caFile: file("ca.pem", ca), client };
    expect(await request({ url, tls: known }).send('"1"', null, signal)).toEqual({ kind: "unchanged" });
    expect(shown).toHaveLength(1);
    const refused = (tls: ServedBundle["service"]["tls"]) =>
      expect(request({ url, tls }).send('"1"', null, signal)).rejects.toThrow("could not be reached");
    await refused({ ...known, client: null });
    await refused({ caFile: null, client });
  } finally {
    tls.closeAllConnections();
    tls.close();
    rmSync(folder, { recursive: true });
  }
});
