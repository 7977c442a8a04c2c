import { OciRequest } from "../../../../gateway/bundle-services/oci/oci-request.ts";
import { Registry } from "../../../../gateway/bundle-services/oci/registry.ts";
import type { BundleService, ServedBundle } from "../../../../gateway/domain/bundle-service.ts";
import { RegistryServer, registryToken } from "../../../support/bundles/registry-server.ts";
import { testServices } from "../../../support/bundles/services.ts";
import { LoopbackServer } from "../../../support/loopback-server.ts";

const { signal } = new AbortController();
const bytes = Buffer.from("a bundle");
let registry: RegistryServer;
beforeEach(async () => {
  registry = await new RegistryServer().listen();
});
afterEach(() => registry.close());

function request(changes: Partial<ServedBundle> = {}, credential: BundleService["credential"] = null): OciRequest {
  const service: BundleService = {
    name: "registry",
    type: "oci",
    url: registry.url,
    headers: {},
    credential,
    tls: { caFile: null, client: null },
    addresses: new Set(["loopback"]),
    headerTimeoutMs: 5_000,
  };
  const bundle: ServedBundle = {
    name: "authz",
    service,
    resource: "ghcr.io/acme/authz:1",
    folder: "/nowhere",
    persist: false,
    denyStale: false,
    polling: { minMs: 1, maxMs: 1, waitS: null },
    maxStaleMs: null,
    maxBytes: 1_000,
    ...changes,
  };
  return new OciRequest(bundle, testServices({ "env:TOKEN": registryToken }));
}

const send = (one: OciRequest, etag: string | null = null) => one.send(etag, null, signal);
const asked = () => registry.asked.map(({ method, path }) => `${method} ${path.split("?")[0]}`);
const failure = async (one: OciRequest): Promise<unknown> => send(one).catch((thrown: unknown) => thrown);

test.each([[false], [true]])(
  "gets the layer of a tag, in an index: %s, and asks for the tag alone while it stays",
  async (inIndex) => {
    const digest = registry.push("acme/authz:1", bytes, { inIndex });
    const one = request();
    expect(await send(one)).toEqual({ kind: "bundle", bytes, etag: digest, waits: false });
    const first = asked();
    expect(first[0]).toBe("HEAD /v2/acme/authz/manifests/1");
    expect(first.at(-1)).toBe(`GET /v2/acme/authz/blobs/${digest}`);
    expect(first).toHaveLength(inIndex ? 4 : 3);
    expect(await send(one, digest)).toEqual({ kind: "unchanged" });
    expect(asked().slice(first.length)).toEqual(["HEAD /v2/acme/authz/manifests/1"]);
    const other = registry.push("acme/authz:1", Buffer.from("another"), { inIndex });
    expect(await send(one, digest)).toMatchObject({ etag: other });
    // What did not become active is asked for again.
    expect(await send(one, digest)).toMatchObject({ etag: other, bytes: Buffer.from("another") });
  },
);

test("gets a token where the registry says, with the credential of the service, and another one once it has ended", async () => {
  registry.guarded = true;
  const digest = registry.push("acme/authz:1", bytes);
  const one = request({}, { kind: "bearer", scheme: "Basic", reference: "env:TOKEN", encoded: true });
  expect(await send(one)).toMatchObject({ bytes });
  const tokens = registry.asked.filter(({ path }) => path.startsWith("/token"));
  expect(new URL(tokens[0]?.path ?? "", registry.url).searchParams.toString()).toBe(
    "service=registry.test&scope=repository%3Aacme%2Fauthz%3Apull",
  );
  const before = registry.asked.length;
  expect(await send(one, digest)).toEqual({ kind: "unchanged" });
  expect(registry.asked.length - before).toBe(1);
  registry.endTokens();
  expect(await send(one, digest)).toEqual({ kind: "unchanged" });
  expect(await failure(request())).toMatchObject({
    message: "the place that gives tokens for the registry answered 401",
  });
});

test("follows a blob to where it is stored, without the token, and checks what comes", async () => {
  const storage = await new LoopbackServer(({ url = "", headers }, response) => {
    response.writeHead(headers.authorization === undefined ? 200 : 400).end(registry.bytesOf(url.slice(1)));
  }).listen();
  try {
    registry.guarded = true;
    registry.storage = storage.url;
    const digest = registry.push("acme/authz:1", bytes);
    const one = request({}, { kind: "bearer", scheme: "Basic", reference: "env:TOKEN", encoded: true });
    expect(await send(one)).toMatchObject({ bytes, etag: digest });
    registry.spoil(digest, Buffer.from("other bytes"));
    expect(await failure(one)).toMatchObject({ message: `what the registry sent is not ${digest}` });
    registry.storage = "http://storage.example.com";
    expect(await failure(one)).toMatchObject({ message: expect.stringContaining("only https is followed") });
  } finally {
    await storage.close();
  }
});

test("a reference by digest is that manifest, whatever the registry says the tag or the digest is", async () => {
  registry.push("acme/authz:1", bytes);
  registry.push("acme/authz:2", Buffer.from("another"));
  const wanted = registry.digestOf("acme/authz:1");
  const one = () => request({ resource: `ghcr.io/acme/authz:2@${wanted}` });
  const asking = one();
  const { etag } = (await send(asking)) as { etag: string };
  expect(registry.bytesOf(etag)).toEqual(bytes);
  const before = registry.asked.length;
  expect([await send(asking, etag), registry.asked.length - before]).toEqual([{ kind: "unchanged" }, 0]);
  registry.point(`acme/authz:${wanted}`, "acme/authz:2");
  expect(await failure(one())).toMatchObject({ message: `what the registry sent is not ${wanted}` });
});

test("does not follow a manifest to another place", async () => {
  registry.push("acme/authz:1", bytes);
  registry.moved = registry.url;
  expect(await failure(request())).toMatchObject({
    message: "the registry answered 307 Temporary Redirect to /v2/acme/authz/manifests/1",
  });
});

test.each([
  ["its credential", { status: 401, headers: { "www-authenticate": 'Bearer realm="http://127.0.0.1:9/token"' } }],
  ["a request for a blob", { status: 307, headers: { location: "http://localhost:9/blob" } }],
])("a registry elsewhere cannot send %s to a place on this machine", async (_what, answer) => {
  const urls: string[] = [];
  const remote = new Registry((url) => {
    urls.push(url);
    return Promise.resolve(new Response(null, answer));
  });
  const url = "https://registry.example.com/v2/a/blobs/b";
  await expect(remote.ask(url, { mayMove: true })).rejects.toThrow("only https is followed");
  expect(urls).toEqual([url]);
});

test.each<[string, () => Partial<ServedBundle>, RegExp]>([
  [
    "an artifact of very many manifests",
    () => (registry.pushMany("acme/authz:many", 40), { resource: "ghcr.io/acme/authz:many" }),
    /^the artifact has more than 32 manifests, and none of them has the bundle$/,
  ],
  [
    "a tag that is not there",
    () => ({ resource: "ghcr.io/acme/authz:2" }),
    /^the registry answered 404 Not Found to \/v2\/acme\/authz\/manifests\/2$/,
  ],
  [
    "an artifact without such a layer",
    () => pushed({ layer: "application/json" }),
    /^other has no layer of the type of bundles/,
  ],
  ["a layer that is too large", () => ({ maxBytes: 3 }), /^the layer has 8 bytes, and size_limit_bytes is 3$/],
  ["a registry at fault", () => ((registry.failing = 503), {}), /^the registry answered 503 Service Unavailable/],
])("fails for %s, and says so", async (_what, change, message) => {
  registry.push("acme/authz:1", bytes);
  expect(await failure(request(change()))).toMatchObject({
    name: "DownloadFailure",
    message: expect.stringMatching(message),
  });
});

function pushed(how: { readonly layer: string }): Partial<ServedBundle> {
  registry.push("acme/authz:other", bytes, how);
  return { resource: "ghcr.io/acme/authz:other" };
}
