import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkBundleServices,
  policyReferences,
  signingBlocks,
} from "../../../../gateway/config/checks/bundle-services.ts";
import { draftOf } from "../../../../gateway/config/draft.ts";
import { found, type Values } from "./found.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-bundle-services-"));
afterAll(() => rmSync(folder, { recursive: true }));

const service = {
  url: "https://bundles.example.com/v1",
  headers: { "X-Key": "env:KEY", "X-Tenant": "acme" },
  credentials: { bearer: { token: "env:TOKEN" } },
};
const signing = { keys: { release: { secret: "env:RELEASE" } } };
const policy = (bundle: Values, more: Values = {}): Values => ({
  policy: {
    services: { acme: { ...service, ...more } },
    sources: ["library", { bundle: "authz", service: "acme", ...bundle }],
  },
});
const of = (bundle: Values, more: Values = {}): string[] => found(checkBundleServices, policy(bundle, more), folder);

test("finds nothing in a bundle of a service that can be reached", () => {
  expect(of({ max_stale: "1h", when_stale: "deny", signing })).toEqual([]);
  expect(of({}, { url: "http://127.0.0.1:8080" })).toEqual([]);
});

test.each<[string, Values, Values, string]>([
  ["a service that is not there", { service: "acne" }, {}, "is none of policy.services (did you mean acme?)"],
  ["delays that are the wrong way round", { polling: { min_delay_seconds: 200 } }, {}, "must not be shorter than"],
  ["an age within which nothing can be confirmed", { max_stale: "120s" }, {}, "must be longer than the pauses"],
  [
    "an age below the time that the server may wait",
    { max_stale: "130s", polling: { long_polling_timeout_seconds: 130 } },
    {},
    "must be longer than the pauses",
  ],
  ["calls that are refused after no time", { when_stale: "deny" }, {}, "needs max_stale"],
  [
    "a way on which the policy could be changed",
    {},
    { url: "http://bundles.example.com" },
    "plain http beyond loopback",
  ],
  ["the name of the library", { bundle: "library" }, {}, "is the name of a source of the gateway's own"],
  ["the name of the adopted rules", { bundle: "adopted" }, {}, "is the name of a source of the gateway's own"],
  [
    "the name of the documents of the Data API",
    { bundle: "asked" },
    {},
    "is the name of a source of the gateway's own",
  ],
  ["a file", { resource: "file:///etc/policy.tar.gz" }, {}, "is a file; name it in policy.sources"],
  ["a header of the gateway's own", {}, { headers: { "If-None-Match": "x" } }, "is sent by the gateway itself"],
])("finds %s", (_what, bundle, more, message) => {
  expect(of(bundle, more)).toEqual([expect.stringContaining(message)]);
});

const oci = { type: "oci", url: "https://ghcr.io", headers: {} };
test.each<[string, Values, Values, string[]]>([
  ["nothing in a reference with a tag", { resource: "ghcr.io/acme/authz:1" }, {}, []],
  ["no reference", {}, {}, ["must be a reference with a tag or a digest, such as ghcr.io/acme/authz:1"]],
  ["a path that is no reference", { resource: "bundles/authz" }, {}, ["must be a reference with a tag"]],
  ["a wait", { resource: "a.io/b:1", polling: { long_polling_timeout_seconds: 9 } }, {}, ["a registry cannot wait"]],
  ["a path of the registry", { resource: "a.io/b:1" }, { url: "https://a.io/v2" }, ["must have no path"]],
  ["headers", { resource: "a.io/b:1" }, { headers: { "X-A": "b" } }, ["are not sent to a registry"]],
  [
    "signed requests",
    { resource: "a.io/b:1" },
    { credentials: { s3_signing: { region: "e", environment_credentials: {} } } },
    ["is not supported for a registry"],
  ],
])("finds %s in a bundle of a registry", (_what, bundle, more, messages) => {
  expect(of(bundle, { ...oci, ...more })).toEqual(messages.map((one) => expect.stringContaining(one) as unknown));
});

test("finds a service that is to be told of the status and is not there", () => {
  const values = policy({}) as { policy: object };
  const told = (name: string): Values => ({ policy: { ...values.policy, status: { service: name } } });
  expect(found(checkBundleServices, told("acme"), folder)).toEqual([]);
  expect(found(checkBundleServices, told("acne"), folder)).toEqual([
    expect.stringContaining("is none of policy.services (did you mean acme?)"),
  ]);
});

test.each<[string, Values, string[]]>([
  ["nothing in a discovery bundle of a service", {}, []],
  ["a service that is not there", { service: "acne" }, ["is none of policy.services (did you mean acme?)"]],
  ["calls that are refused after no time", { when_stale: "deny" }, ["needs max_stale"]],
])("finds %s", (_what, discovery, messages) => {
  const values = policy({}) as { policy: object };
  const given = { ...values.policy, discovery: { service: "acme", resource: "d", ...discovery } };
  expect(found(checkBundleServices, { policy: given }, folder)).toEqual(
    messages.map((one) => expect.stringContaining(one) as unknown),
  );
});

test("finds a discovery bundle that has no list to add to, and a bundle that has its name", () => {
  const services = { acme: service };
  const discovery = { service: "acme", resource: "d", signing };
  expect(found(checkBundleServices, { policy: { services, discovery } }, folder)).toEqual([
    expect.stringContaining("adds bundles to policy.sources; write that"),
  ]);
  const sources = ["library", { bundle: "discovery", service: "acme" }];
  expect(found(checkBundleServices, { policy: { services, discovery, sources } }, folder)).toEqual([
    expect.stringContaining("is the name of the bundle of policy.discovery"),
  ]);
  const draft = draftOf({ policy: { services, discovery, sources } }, folder);
  expect(signingBlocks(draft).map(({ path }) => path)).toEqual([["policy", "discovery", "signing"]]);
});

test("finds files for TLS where there is none", () => {
  const file = join(folder, "file.pem");
  writeFileSync(file, "");
  const tls = { tls: { ca_cert: file }, credentials: { client_tls: { cert: file, private_key: file } } };
  expect(of({}, tls)).toEqual([]);
  const message: unknown = expect.stringContaining("has no effect with a url of plain http");
  expect(of({}, { url: "http://127.0.0.1:8080", ...tls })).toEqual([message, message]);
});

test("knows the secrets of services and of the signatures of their bundles", () => {
  const draft = draftOf(policy({ signing }), folder);
  expect(policyReferences(draft).map(({ value }) => value)).toEqual(["env:TOKEN", "env:KEY", "env:RELEASE"]);
  expect(signingBlocks(draft).map(({ path }) => path)).toEqual([["policy", "sources", 1, "signing"]]);
});
