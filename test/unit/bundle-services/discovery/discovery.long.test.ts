/** Documents of a real bundle server, evaluated by the real opa, that say which bundles there are. */
import { join } from "node:path";
import { servedFindings } from "../../../../gateway/bundle-services/findings.ts";
import type { ServedBundles } from "../../../../gateway/bundle-services/served-bundles.ts";
import type { DiscoveryStatus } from "../../../../gateway/domain/bundle-service.ts";
import type { Fault } from "../../../support/bundles/bundle-server.ts";
import { opaBuilt, packed, team } from "../../../support/bundles/opa-built.ts";
import { signingRoom, trusting } from "../../../support/bundles/signed-bundle.ts";
import { eventually } from "../../../support/eventually.ts";
import { bundlesAt, discovered, documentBundle } from "../support/discovered.ts";
import { servedRoom, type ServedRoom, statusOf, tells, told } from "../support/served-room.ts";

const path = "/bundles/discovery";
let room: ServedRoom;
beforeEach(async () => {
  room = await servedRoom();
  room.server.serve("/b/one", await opaBuilt(team("one")), '"1"');
  room.server.serve("/b/two", await opaBuilt(team("two")), '"2"');
});
afterEach(() => room.remove());

const names: readonly string[] = [];
const options = { names, discovery: discovered() };

async function serveDocument(paths: Readonly<Record<string, string>>, revision: string): Promise<void> {
  const bytes = await documentBundle(bundlesAt(paths), ["--revision", revision]);
  room.server.serve(path, bytes, `"${revision}"`);
}

const discoveryOf = (bundles: ServedBundles, fits: (status: DiscoveryStatus) => boolean): Promise<DiscoveryStatus> =>
  eventually("the status of discovery fits", () => {
    const { discovery } = bundles.status();
    return discovery !== undefined && fits(discovery) ? discovery : null;
  });

test("takes the bundles of the document, and follows what it names otherwise while the gateway runs", async () => {
  await serveDocument({ team: "b/one" }, "d1");
  const bundles = await room.started(options);
  expect(told(bundles)).toBe("one");
  expect(bundles.status().discovery).toMatchObject({ revision: "d1", loaded: 1, failure: null, name: "discovery" });
  await serveDocument({ team: "b/two" }, "d2");
  await tells(bundles, "two");
  await discoveryOf(bundles, ({ revision, failure }) => revision === "d2" && failure === null);
  // Nobody is asked for what is named no more.
  const before = room.server.asks("/b/one").length;
  await room.server.askedTimes("/b/two", room.server.asks("/b/two").length + 3);
  expect(room.server.asks("/b/one").length).toBe(before);
});

test("goes on with a bundle that both documents name in the same way", async () => {
  await serveDocument({ team: "b/one" }, "d1");
  const bundles = await room.started(options);
  room.server.serve("/b/words", await opaBuilt({ "words/w.rego": "package words\n\nx := 1\n" }), '"w"');
  await serveDocument({ team: "b/one", words: "b/words" }, "d2");
  await statusOf(bundles, "words", ({ loaded }) => loaded === 1);
  expect(await statusOf(bundles, "team", () => true)).toMatchObject({ loaded: 1, failed: 0 });
  expect(room.server.asks("/b/one").filter(({ headers }) => headers["if-none-match"] === undefined)).toHaveLength(1);
  await serveDocument({ team: "b/one" }, "d3");
  await discoveryOf(bundles, ({ revision }) => revision === "d3");
  expect(bundles.status()).toMatchObject({ failure: null, served: [{ name: "team", loaded: 1 }] });
});

test("evaluates rules, which know the labels of the gateway, and nothing of its environment", async () => {
  const rego = `package site

runtime := opa.runtime()

bundles.team := {"service": "acme", "resource": "b/one"} if {
	runtime.config.labels.region == "eu"
	count(runtime.env) == 0
}
`;
  room.server.serve(path, await opaBuilt({ "site.rego": rego }), '"d1"');
  const bundles = await room.started(options);
  expect(told(bundles)).toBe("one");
  expect(bundles.status().discovery?.ignored).toEqual(["runtime is not supported and has no effect"]);
});

const rules = (body: string) => opaBuilt({ "site.rego": `package site\n\n${body}\n` });
const bad: readonly (readonly [string, () => Promise<Buffer>, RegExp])[] = [
  [
    "names a service that there is not",
    () => documentBundle({ bundles: { team: { service: "acne" } } }),
    /bundles\.team\.service is none of services: acme/,
  ],
  [
    "has services of its own",
    () => documentBundle({ services: { acme: { url: "https://evil.test" } } }),
    /services may not come from a document/,
  ],
  ["has keys of its own", () => documentBundle({ keys: { k: {} } }), /keys may not come from a document/],
  [
    "reads the environment",
    () => documentBundle({ bundles: { team: { service: "acme", resource: "${HOME}" } } }),
    /bundles has \$\{…\}/,
  ],
  [
    "has bundles that are none",
    () => documentBundle({ bundles: { team: { service: "acme", polling: { min_delay_seconds: -1 } } } }),
    /bundles\.team\.polling\.min_delay_seconds must be a whole number/,
  ],
  [
    "takes the name of the gateway's own rules",
    () => documentBundle(bundlesAt({ library: "b/one" })),
    /bundles\.library is a name of the gateway's own/,
  ],
  ["is undefined", () => opaBuilt({ "data.json": "{}" }), /the document is undefined: data\.site has no value/],
  ["is no object", () => opaBuilt({ "data.json": '{"site": [1]}' }), /the document is no object/],
  [
    "does not compile",
    () => packed({ "site.rego": "package site\n\nx := no.such(1)\n" }),
    /discovery\/site\.rego:3: rego_type_error: undefined function no\.such/,
  ],
  [
    "calls out",
    () => rules('x := http.send({"method": "get", "url": "http://127.0.0.1"})'),
    /undefined function http\.send/,
  ],
  [
    "has a rule whose builtin fails",
    () => rules('bundles.team := {"service": "acme", "resource": "b/two"} if to_number("x") == 1'),
    /eval_builtin_error: to_number/,
  ],
  ["is no archive", async () => Buffer.from("no archive"), /the bundle archive is damaged/],
];

test.each(bad)("keeps the last document when the next one %s, and says why", async (_what, document, problem) => {
  await serveDocument({ team: "b/one" }, "d1");
  const bundles = await room.started(options);
  room.server.serve(path, await document(), '"bad"');
  const { failure } = await discoveryOf(bundles, (status) => status.failure !== null);
  expect(failure?.message).toMatch(problem);
  expect(bundles.status()).toMatchObject({ failure: null, discovery: { revision: "d1" }, served: [{ name: "team" }] });
  expect(told(bundles)).toBe("one");
  expect(servedFindings(bundles.status())).toMatchObject([
    { name: "policy-bundle", problem: expect.stringContaining("bundle discovery of acme is"), severity: "degraded" },
  ]);
  expect(room.logged.join("\n")).toMatch(/bundle discovery: /);
  await serveDocument({ team: "b/two" }, "d3");
  await tells(bundles, "two");
  await discoveryOf(bundles, (status) => status.failure === null && status.revision === "d3");
});

test.each<[string, Fault]>([
  ["cuts the connection", "reset"],
  ["answers 500", { status: 500 }],
  ["sends half a document", "half"],
])("keeps the last document while the server %s, and asks on from it", async (_what, fault) => {
  await serveDocument({ team: "b/one" }, "d1");
  const bundles = await room.started(options);
  room.server.fail(path, fault, fault);
  const { failure } = await discoveryOf(bundles, (status) => status.failure !== null);
  expect(failure?.stage).toBe("download");
  expect(told(bundles)).toBe("one");
  await discoveryOf(bundles, (status) => status.failure === null && status.failed >= 2);
  expect(room.server.asks(path).at(-1)?.headers["if-none-match"]).toBe('"d1"');
});

test("has no policy before the first document, so that no call is judged without the bundles of it", async () => {
  room.server.fail(path, ...Array<Fault>(3).fill({ status: 503 }));
  await serveDocument({ team: "b/one" }, "d1");
  const bundles = await room.started(options);
  expect([bundles.active(), bundles.status().failure?.message]).toEqual([
    null,
    expect.stringContaining("discovery: no document of discovery is in force yet"),
  ]);
  await tells(bundles, "one");
});

test("starts from the document and the bundles that it kept while the server is away, and from none without persist", async () => {
  await serveDocument({ team: "b/one" }, "d1");
  const kept = { ...options, settings: { persist: true } };
  const document = await documentBundle({ bundles: { team: { service: "acme", resource: "b/one", persist: true } } }, [
    "--revision",
    "d1",
  ]);
  room.server.serve(path, document, '"d1"');
  const first = await room.started(kept);
  await statusOf(first, "team", ({ confirmedAt }) => confirmedAt !== null);
  await discoveryOf(first, ({ confirmedAt }) => confirmedAt !== null);
  await room.close(first);
  for (const one of [path, "/b/one"]) room.server.fail(one, ...Array<Fault>(500).fill({ status: 503 }));
  const again = await room.started(kept);
  expect([told(again), again.status().discovery?.revision]).toEqual(["one", "d1"]);
  await room.close(again);
  const without = await room.started(options);
  expect(without.active()).toBeNull();
});

test("takes no document without the right signature, and none that is older", async () => {
  const signing = await signingRoom();
  const [signer, other] = [await signing.signer("ES256"), await signing.signer("ES256")];
  const signed = async (resource: string, iat: number, by = signer): Promise<Buffer> => {
    await room.write("claims.json", JSON.stringify({ iat }));
    const claims = ["--claims-file", join(room.root, "claims.json")];
    return documentBundle(bundlesAt({ team: resource }), [
      "--signing-key",
      by.signFile,
      "--signing-alg",
      "ES256",
      ...claims,
    ]);
  };
  try {
    const older = await signed("b/two", 1_790_000_000);
    room.server.serve(path, await signed("b/one", 1_790_000_100), '"d1"');
    const bundles = await room.started({ names, discovery: discovered(trusting(signer)) });
    expect(told(bundles)).toBe("one");
    const refused = async (bytes: Buffer, etag: string, why: RegExp) => {
      room.server.serve(path, bytes, etag);
      const { failure } = await discoveryOf(bundles, (status) => why.test(status.failure?.message ?? ""));
      expect([failure?.unsigned, told(bundles)]).toEqual([true, "one"]);
    };
    await refused(older, '"d0"', /before one that has been active/);
    await refused(await signed("b/two", 1_790_000_200, other), '"d2"', /signature/);
    await refused(await documentBundle(bundlesAt({ team: "b/two" })), '"d3"', /not signed|no signature|unsigned/);
    room.server.serve(path, await signed("b/two", 1_790_000_300), '"d4"');
    await tells(bundles, "two");
  } finally {
    await signing.remove();
  }
});

test("takes no older bundle when a document asks for a bundle of that name elsewhere", async () => {
  const signing = await signingRoom();
  const signer = await signing.signer("ES256");
  const signed = async (word: string, iat: number): Promise<Buffer> => {
    await room.write("claims.json", JSON.stringify({ iat }));
    const key = ["--signing-key", signer.signFile, "--signing-alg", "ES256"];
    return opaBuilt(team(word), [...key, "--claims-file", join(room.root, "claims.json")]);
  };
  try {
    room.server.serve("/b/one", await signed("one", 1_790_000_100), '"1"');
    room.server.serve("/b/two", await signed("two", 1_790_000_000), '"2"');
    await serveDocument({ team: "b/one" }, "d1");
    const bundles = await room.started({ names, discovery: discovered(null, trusting(signer)) });
    expect(told(bundles)).toBe("one");
    await serveDocument({ team: "b/two" }, "d2");
    const { failure } = await statusOf(bundles, "team", (status) => status.failure !== null);
    expect([failure?.message, told(bundles)]).toEqual([
      expect.stringContaining("before one that has been active"),
      "one",
    ]);
  } finally {
    await signing.remove();
  }
});

test("says that a document is not in force when the policy does not go without the bundle that it takes away", async () => {
  await serveDocument({ team: "b/one" }, "d1");
  const bundles = await room.started(options);
  const asks = "package sallyport.main\n\nx := data.team.told.no\n\ny := no_such(1)\n";
  await room.write("policy/sallyport/main/broken.rego", asks);
  await eventually("the edit is refused", () => bundles.status().failure);
  await serveDocument({}, "d2");
  const { confirmedAt } = await discoveryOf(bundles, ({ failure }) => failure?.stage === "activate");
  expect([told(bundles), bundles.status().served]).toEqual(["one", []]);
  await room.server.askedTimes(path, room.server.asks(path).length + 2);
  expect(bundles.status().discovery?.confirmedAt).toBe(confirmedAt);
});

test("says when the server has not confirmed the document for too long, and refuses calls where it is to", async () => {
  let now = Date.parse("2026-11-29T05:00:00Z");
  await serveDocument({ team: "b/one" }, "d1");
  const settings = { maxStaleMs: 60_000, denyStale: true };
  const bundles = await room.started({ ...options, settings, now: () => now });
  await discoveryOf(bundles, ({ confirmedAt }) => confirmedAt !== null);
  room.server.fail(path, ...Array<Fault>(500).fill({ status: 503 }));
  await discoveryOf(bundles, (status) => status.failure !== null);
  expect(bundles.isStale()).toBe(false);
  now += 61_000;
  expect(bundles.isStale()).toBe(true);
  expect(servedFindings(bundles.status()).map(({ name, severity }) => `${name} ${severity}`)).toContain(
    "policy-stale unready",
  );
});
