/** Requests that are signed for an object store, checked as one does, and sessions of STS. */
import type { BundleService, ServiceAwsSettings } from "../../../../gateway/domain/bundle-service.ts";
import { signatureProblem } from "../../../support/aws/check-signature.ts";
import { baseKeys, startSts, type TestSts, webIdentity } from "../../../support/aws/sts.ts";
import { TestClock } from "../../../support/builders.ts";
import { testServices } from "../../../support/bundles/services.ts";
import { Collector } from "../../../support/ship/collector.ts";

let store: Collector;
let sts: TestSts;
let clock: TestClock;
const problems: (string | null)[] = [];
beforeAll(async () => {
  store = await new Collector().listen();
  sts = await startSts();
  store.choose = (request) => {
    const secretOf = (id: string): string | null =>
      id === baseKeys.id
        ? baseKeys.secret
        : (sts.sessions.find((one) => one.accessKeyId === id)?.secretAccessKey ?? null);
    problems.push(signatureProblem({ ...request, target: request.url, headers: request.rawHeaders }, secretOf));
    return { status: problems.at(-1) === null ? 200 : 403 };
  };
});
afterAll(async () => {
  await store.close();
  await sts.close();
});
beforeEach(() => {
  problems.length = 0;
  store.arrived.length = 0;
  clock = new TestClock();
  clock.at = Date.now();
});

const keys = { accessKeyIdReference: "env:ID", secretAccessKeyReference: "env:KEY", sessionTokenReference: null };
const role = (): NonNullable<ServiceAwsSettings["role"]> => ({
  arn: "arn:aws:iam::123456789012:role/bundles",
  sessionName: "subject",
  durationS: 3_600,
  tags: new Map(),
  externalIdReference: null,
  policyFile: null,
  policyArns: [],
  webIdentityReference: "file:identity",
  endpoint: sts.origin,
  addresses: new Set(["loopback"]),
  caFile: null,
  timeoutMs: 5_000,
});

function open(changes: Partial<ServiceAwsSettings>) {
  const service: BundleService = {
    name: "s3",
    type: "bundles",
    url: store.url,
    headers: { "X-Tenant": "acme" },
    tls: { caFile: null, client: null },
    addresses: new Set(["loopback"]),
    headerTimeoutMs: 5_000,
    credential: { kind: "aws", region: "eu-central-1", service: "s3", keys: null, role: null, ...changes },
  };
  const secrets = {
    "env:ID": baseKeys.id,
    "env:KEY": baseKeys.secret,
    "env:SESSION": "session==",
    "file:identity": webIdentity,
  };
  return testServices(secrets, { clock }).open(service, { timeoutMs: 5_000, maxBytes: 1_000 });
}

test("signs what is sent: path, query, headers and body", async () => {
  const fetch = open({ keys });
  const headers = { "if-none-match": '"1"', prefer: "modes=snapshot;wait=5" };
  await fetch(`${store.url}/bucket/team%20a/bundle.tar.gz?alt=media&a=b%2Fc`, { headers });
  await fetch(`${store.url}/status`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  await open({ keys: { ...keys, sessionTokenReference: "env:SESSION" } })(`${store.url}/bucket/b`, {});
  expect(problems).toEqual([null, null, null]);
  const signed = store.arrived.map(
    ({ headers: { authorization } }) => /SignedHeaders=([^,]+)/.exec(String(authorization))?.[1],
  );
  expect(signed[0]?.split(";")).toEqual(expect.arrayContaining(["host", "if-none-match", "prefer", "x-tenant"]));
  expect(signed[2]?.split(";")).toContain("x-amz-security-token");
});

test("gets a session for a web identity, uses it for all requests, and another one before it ends", async () => {
  const fetch = open({ role: role() });
  await Promise.all([fetch(`${store.url}/bucket/a`, {}), fetch(`${store.url}/bucket/b`, {})]);
  expect(sts.sessions.map(({ parameters }) => parameters)).toEqual([
    expect.objectContaining({ RoleArn: role().arn, RoleSessionName: "sallyport", DurationSeconds: "3600" }),
  ]);
  clock.at += 3_300_000;
  await fetch(`${store.url}/bucket/a`, {});
  expect(sts.sessions).toHaveLength(2);
  expect(problems).toEqual([null, null, null]);
});

test.each<[string, () => Partial<ServiceAwsSettings>, RegExp]>([
  ["a key that is not there", () => ({ keys: { ...keys, secretAccessKeyReference: "env:GONE" } }), /GONE is not set$/],
  [
    "an identity that is not known",
    () => ({ role: { ...role(), webIdentityReference: "env:ID" } }),
    /^sts answered 403 to AssumeRoleWithWebIdentity/,
  ],
])("sends nothing with %s, and says so", async (_what, changes, message) => {
  const failure: unknown = await open(changes())(`${store.url}/bucket/a`, {}).catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ name: "NotSent", message: expect.stringMatching(message) });
  expect(String(failure)).not.toContain(baseKeys.secret);
  expect(store.arrived).toEqual([]);
});
