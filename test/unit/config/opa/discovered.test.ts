import { configSchema } from "../../../../gateway/config/schema.ts";
import { resolvePolicy } from "../../../../gateway/config/resolve-policy.ts";
import type { DiscoveredConfig } from "../../../../gateway/config/policy-config.ts";

const services = { acme: { url: "https://control.example.com/v1" }, other: { url: "https://other.example.com" } };
const signing = { keys: { release: { secret: "env:RELEASE" }, old: { secret: "env:OLD" } } };

/** What a gateway with these options of discovery and others makes of a document. */
function read(document: unknown, discovery: object = {}, policy: object = {}, record: object = {}): DiscoveredConfig {
  const values = configSchema.parse({
    version: 1,
    labels: { region: "eu" },
    policy: {
      services,
      sources: ["library", { bundle: "own", service: "acme" }],
      discovery: { service: "acme", resource: "d", ...discovery },
      ...policy,
    },
    record,
  });
  const { discovery: found } = resolvePolicy(values, "/etc/gate", "/var/gate", null);
  if (found === null) throw new Error("there is no discovery");
  return found.read(document);
}

test("takes bundles, status and labels, with the defaults that they have in the gateway's own configuration", () => {
  const polling = { min_delay_seconds: 1, max_delay_seconds: 2 };
  const found = read(
    {
      bundles: { team: { service: "other", resource: "b/team.tar.gz", polling, persist: true }, rest: {} },
      status: { partition_name: "gates" },
      labels: { stage: "test" },
    },
    { max_stale: "1h", when_stale: "deny" },
  );
  expect(found).toMatchObject({
    bundles: [
      {
        served: {
          name: "team",
          resource: "b/team.tar.gz",
          persist: true,
          service: { name: "other" },
          polling: { minMs: 1_000, maxMs: 2_000, waitS: null },
          folder: "/var/gate/bundles/team",
          maxStaleMs: 3_600_000,
          denyStale: true,
        },
        signing: null,
      },
      { served: { name: "rest", resource: "bundles/rest", service: { name: "acme" }, polling: { minMs: 60_000 } } },
    ],
    status: { partition: "gates", service: { name: "acme" } },
    labels: { stage: "test" },
    ignored: [],
  });
  expect(read({})).toEqual({ bundles: [], status: null, labels: {}, logsUnsent: false, ignored: [] });
});

test.each<[string, object, object, boolean, string]>([
  ["names a service", { service: "acme" }, {}, true, "decision_logs is not followed, and no decision is sent by it"],
  ["names none, which is the first one", {}, {}, true, "decision_logs is not followed"],
  [
    "stands beside a destination of the configuration",
    { service: "acme" },
    { ship: [{ name: "logs", to: "opa", url: "https://logs.example.com" }] },
    false,
    "decision_logs stands in the gateway's own configuration, as a destination of record.ship",
  ],
  ["goes to OPA's console", { console: true }, {}, false, "decision_logs has console and no service"],
  ["goes to a plugin", { plugin: "own" }, {}, false, "decision_logs has plugin"],
])("sends no decision by decision_logs that %s, and tells it", (_what, decision_logs, record, logsUnsent, told) => {
  const found = read({ decision_logs }, {}, {}, record);
  expect([found.logsUnsent, found.ignored]).toEqual([logsUnsent, [expect.stringContaining(told)]]);
});

test("lets the gateway's own configuration win, and names each option that has no effect", () => {
  const found = read(
    {
      bundles: { own: { service: "other" }, team: { service: "acme", polling: { trigger: "manual" } } },
      status: { service: "other" },
      labels: { region: "us" },
      decision_logs: { service: "acme" },
      discovery: { resource: "elsewhere" },
      default_decision: "/a/b",
    },
    {},
    { status: { service: "acme" } },
  );
  expect([found.bundles.map(({ served }) => served.name), found.status, found.labels]).toEqual([["team"], null, {}]);
  expect(found.ignored).toEqual([
    "labels.region is a label of the gateway's own configuration, which counts",
    "bundles.own is a bundle of the gateway's own configuration, which counts",
    "bundles.team.polling.trigger is not supported and has no effect",
    "status stands in the gateway's own configuration, which counts",
    "decision_logs is not followed, and no decision is sent by it; write record.ship in the gateway's own configuration",
    "discovery is not supported and has no effect",
    "default_decision is not supported and has no effect",
  ]);
});

test("has a bundle signed with keys of the discovery bundle, by their names", () => {
  const found = read(
    { bundles: { team: { signing: { keyid: "old", scope: "write" } }, rest: { signing: {} } } },
    { signing },
  );
  expect(found.bundles.map((bundle) => bundle.signing)).toMatchObject([
    { keyId: "old", scope: "write" },
    { keyId: null, scope: "" },
  ]);
  expect([...(found.bundles[0]?.signing?.keys.keys() ?? [])]).toEqual(["release", "old"]);
});

test("wants the key and the scope of the discovery bundle where a document names none", () => {
  const document = { bundles: { rest: { signing: {} }, team: { signing: { scope: "write" } } } };
  const found = read(document, { signing: { ...signing, keyid: "old", scope: "read" } });
  expect(found.bundles.map((bundle) => bundle.signing)).toMatchObject([
    { keyId: "old", scope: "read" },
    { keyId: "old", scope: "write" },
  ]);
});

test("tells that labels which every gateway has cannot come from a document", () => {
  const found = read({ labels: { id: "x", version: "9", instance: "x", environment: "x", stage: "test" } });
  expect([found.labels, found.ignored.length]).toEqual([{ stage: "test" }, 4]);
});

test.each(["../x", "a/../../x", "a/./b", "a/%2E%2e/x", "a/.%2e", "a\\..\\x", "a%2f..%2fx", "..?x=1"])(
  "refuses the resource %s, which is another place than it says",
  (resource) => {
    expect(() => read({ bundles: { team: { resource } } })).toThrow("bundles.team.resource may not have . or ..");
  },
);

test.each(["..", "../../admin/x", "a/./b", "a/.."])("refuses the partition %s", (partition_name) => {
  expect(() => read({ status: { partition_name } })).toThrow("without . and ..");
});

test("takes names with dots that are no segments of their own", () => {
  const found = read({
    status: { partition_name: "eu/gw-1/v1..2/.x" },
    bundles: { team: { resource: "b/..team/v1.2.tar.gz?from=../x" } },
  });
  expect(found.bundles[0]?.served.resource).toBe("b/..team/v1.2.tar.gz?from=../x");
});

test.each<[unknown, object, string]>([
  [[], {}, "the document is no object"],
  ["text", {}, "the document is no object"],
  [null, {}, "the document is no object"],
  [
    { services: {}, keys: {} },
    {},
    "services may not come from a document; write it in the gateway's own configuration; keys may not",
  ],
  [{ bundles: { team: { service: "acne" } } }, {}, "bundles.team.service is none of services: acme, other"],
  [{ bundles: { team: { resource: "${HOME}" } } }, {}, "bundles has ${…}"],
  [{ status: { partition_name: "${HOME}" } }, {}, "status has ${…}"],
  [{ labels: { one: 1 } }, {}, "labels.one expected a text"],
  [{ bundles: { discovery: {} } }, {}, "bundles.discovery is a name of the gateway's own"],
  [{ bundles: { "../up": {} } }, {}, 'bundles["../up"].bundle must be 1 to 64'],
  [{ bundles: { team: { resource: "file:///etc/policy.tar.gz" } } }, {}, "bundles.team.resource is a file"],
  [{ bundles: { team: { signing: { keyid: "x" } } } }, {}, "bundles.team.signing needs policy.discovery.signing"],
  [
    { bundles: { team: { signing: { keyid: "x" } } } },
    { signing },
    "bundles.team.signing.keyid is none of the keys of policy.discovery.signing: release, old",
  ],
  [{ bundles: { team: {} } }, { max_stale: "100s" }, "bundles.team.max_stale must be longer than the pauses"],
  [{ bundles: [] }, {}, "bundles expected a mapping"],
  [{ decision_logs: true }, {}, "decision_logs expected a mapping"],
  [{ status: { service: "acne" } }, {}, "status.service is none of services: acme, other"],
])("refuses %j", (document, discovery, problem) => {
  expect(() => read(document, discovery)).toThrow(problem);
});
