/** Against a small server of our own that answers as STS documents it (test/support/aws/sts.ts): no package ships AWS. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsCredential } from "../../../../gateway/credentials/aws/provider.ts";
import type { AwsCredential, AwsRole } from "../../../../gateway/domain/aws-credential.ts";
import type { CredentialProvider, MadeCredential, RequestToSign } from "../../../../gateway/domain/ports.ts";
import { signatureProblem } from "../../../support/aws/check-signature.ts";
import { baseKeys, startSts, type TestSts, webIdentity } from "../../../support/aws/sts.ts";
import { keepingLogger, realClock, wish } from "../../../support/credentials.ts";
import { eventually } from "../../../support/eventually.ts";

let sts: TestSts;
const folder = mkdtempSync(join(tmpdir(), "aws-"));
const secrets = new Map<string, string>();
const open: CredentialProvider[] = [];
beforeEach(async () => {
  sts = await startSts();
  secrets.set("env:ID", baseKeys.id).set("env:SECRET", baseKeys.secret).set("file:/jwt", webIdentity);
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close?.();
  await sts.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const keys = { accessKeyIdReference: "env:ID", secretAccessKeyReference: "env:SECRET", sessionTokenReference: null };

function role(changes: Partial<AwsRole> = {}): AwsRole {
  return {
    arn: "arn:aws:iam::123456789012:role/tools",
    sessionName: "subject",
    durationS: 3_600,
    tags: new Map(),
    externalIdReference: null,
    policyFile: null,
    policyArns: [],
    webIdentityReference: null,
    endpoint: sts.origin,
    addresses: new Set(["loopback" as const]),
    caFile: null,
    timeoutMs: 20_000,
    ...changes,
  };
}

function provider(changes: Partial<AwsCredential> = {}): CredentialProvider {
  const place = { in: "header", name: "authorization", prefix: "" } as const;
  const credential: AwsCredential = {
    provider: "aws",
    name: "s3",
    place,
    region: "eu-central-1",
    service: "s3",
    keys,
    role: null,
    ...changes,
  };
  const secret = (reference: string): string => {
    const value = secrets.get(reference);
    if (value === undefined) throw new Error(`${reference} is not set`);
    return value;
  };
  const made = awsCredential(credential, { clock: realClock, logger: keepingLogger(), secret });
  open.push(made);
  return made;
}

const request: RequestToSign = {
  method: "PUT",
  origin: "https://bucket.s3.eu-central-1.amazonaws.com",
  target: "/reports/2026%20Q3.csv?tagging&part=1",
  headers: ["content-type", "text/csv", "x-amz-meta-case", "a  b", "user-agent", "Sallyport"],
  body: Buffer.from([0, 255, 10]),
};

/** What arrives when the request is sent as it was signed. */
function arrived(made: MadeCredential, changes: Partial<RequestToSign> = {}) {
  const sent = { ...request, ...changes };
  const added = made.sign?.of(request);
  const headers = ["host", new URL(request.origin).host, ...sent.headers, ...(added?.headers ?? [])];
  return { arrived: { ...sent, headers, body: sent.body ?? Buffer.alloc(0) }, added };
}

const secretOf = (id: string): string | null =>
  id === baseKeys.id ? baseKeys.secret : (sts.sessions.find((one) => one.accessKeyId === id)?.secretAccessKey ?? null);

test("signs what is sent, with keys of its own", async () => {
  const made = await provider().obtain(wish());
  expect(signatureProblem(arrived(made).arrived, secretOf)).toBeNull();
  expect(made.inject).toEqual([]);
});

test.each<[string, Partial<RequestToSign>]>([
  ["method", { method: "DELETE" }],
  ["path", { target: "/reports/other.csv?tagging&part=1" }],
  ["query", { target: "/reports/2026%20Q3.csv?tagging&part=2" }],
  ["body", { body: Buffer.from("other") }],
  ["header", { headers: ["content-type", "text/html", "x-amz-meta-case", "a  b"] }],
])("gives a signature that holds for no other %s", async (_what, changes) => {
  const made = await provider().obtain(wish());
  expect(signatureProblem(arrived(made, changes).arrived, secretOf)).not.toBeNull();
});

test.each(["execute-api", "s3"])("signs a path with an escape as %s reads it", async (service) => {
  const made = await provider({ service }).obtain(wish());
  expect(signatureProblem(arrived(made).arrived, secretOf)).toBeNull();
});

test("names all headers that it adds, and all that must not be shown", async () => {
  const made = await provider({ role: role() }).obtain(wish());
  const { added } = arrived(made);
  const names = added?.headers.filter((_each, at) => at % 2 === 0);
  expect(names?.toSorted()).toEqual(made.sign?.adds.toSorted());
  const [session] = sts.sessions;
  expect(made.secrets).toEqual([session?.accessKeyId, session?.secretAccessKey, session?.sessionToken]);
  expect(added?.secrets[0]).toMatch(/^AWS4-HMAC-SHA256 .*Signature=[0-9a-f]{64}$/);
  expect(added?.secrets[1]).toMatch(/^[0-9a-f]{64}$/);
});

test("asks STS for one session of a caller, named after it, with its tags and narrowed by a policy", async () => {
  const policyFile = join(folder, "policy.json");
  writeFileSync(policyFile, '{ "Version": "2012-10-17", "Statement": [] }\n');
  secrets.set("env:EXTERNAL", "external-id");
  const tags = new Map([
    ["agent", "subject"],
    ["person", "person"],
    ["tool", "tool"],
    ["task", "task"],
  ] as const);
  const narrowed = role({
    tags,
    policyFile,
    policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    externalIdReference: "env:EXTERNAL",
  });
  const aws = provider({ role: narrowed });
  const who = { id: "spiffe://corp.example/agents/bot", actingFor: { id: "alice@example.com", claims: {} } };
  const [one] = await Promise.all([aws.obtain(wish({ who })), aws.obtain(wish({ who }))]);
  expect(signatureProblem(arrived(one).arrived, secretOf)).toBeNull();
  expect(sts.sessions.map(({ parameters }) => parameters)).toEqual([
    {
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: narrowed.arn,
      DurationSeconds: "3600",
      RoleSessionName: expect.stringMatching(/^spiffe---corp.example-agents-bot-[0-9a-f]{12}$/),
      "Tags.member.1.Key": "agent",
      "Tags.member.1.Value": who.id,
      "Tags.member.2.Key": "person",
      "Tags.member.2.Value": "alice@example.com",
      "Tags.member.3.Key": "tool",
      "Tags.member.3.Value": "payments/create_refund",
      "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
      Policy: '{"Version":"2012-10-17","Statement":[]}',
      ExternalId: "external-id",
    },
  ]);
});

test("gives each person a session of their own", async () => {
  const aws = provider({ role: role({ sessionName: "person" }) });
  for (const id of ["alice", "bob", "alice"]) await aws.obtain(wish({ who: { actingFor: { id, claims: {} } } }));
  expect(sts.sessions.map(({ parameters }) => parameters["RoleSessionName"])).toEqual(["alice", "bob"]);
});

test("assumes a role with a web identity, without keys", async () => {
  const aws = provider({ keys: null, role: role({ webIdentityReference: "file:/jwt" }) });
  const made = await aws.obtain(wish());
  expect(signatureProblem(arrived(made).arrived, secretOf)).toBeNull();
  expect(sts.sessions[0]?.parameters).toMatchObject({
    Action: "AssumeRoleWithWebIdentity",
    WebIdentityToken: webIdentity,
  });
});

test("uses a session for five sixths of its time", async () => {
  sts.lastsMs = 120;
  const aws = provider({ role: role() });
  const first = await aws.obtain(wish());
  expect(first.expiresAt).toBeLessThan(Date.now() + 60_000);
  await eventually("another one is used", async () => {
    await aws.obtain(wish());
    return sts.sessions.length > 1 ? true : null;
  });
});

test("forgets the sessions of those whose access ended", async () => {
  const aws = provider({ role: role() });
  for (const run of ["s_1", "s_2"]) await aws.obtain(wish({ run }));
  expect(await aws.revoke?.(({ sessions }) => sessions.includes("s_1"))).toBe(1);
  for (const run of ["s_1", "s_2"]) await aws.obtain(wish({ run }));
  expect(sts.sessions).toHaveLength(3);
});

test("refuses a call whose facts fit no tag, instead of giving them another spelling", async () => {
  const aws = provider({ role: role({ tags: new Map([["agent", "subject"]]) }) });
  const asked = aws.obtain(wish({ who: { id: "bot;admin" } }));
  await expect(asked).rejects.toMatchObject({
    kind: "refused",
    message: "the subject of the call cannot be the tag agent",
  });
});

test.each<[number, string, string, string]>([
  [403, "AccessDenied", "refused", "sts answered 403 to AssumeRole: AccessDenied"],
  [400, "SomethingNew", "refused", "sts answered 400 to AssumeRole"],
  [503, "Throttling", "unreachable", "sts answered 503 to AssumeRole: Throttling"],
])("tells of an answer %i %s no more than its code", async (status, code, kind, message) => {
  sts.failing = { status, code };
  await expect(provider({ role: role() }).obtain(wish())).rejects.toMatchObject({
    name: "CredentialFailure",
    kind,
    message,
  });
});

test("fails without a request when a policy cannot be read", async () => {
  const aws = provider({ role: role({ policyFile: join(folder, "none.json") }) });
  await expect(aws.obtain(wish())).rejects.toMatchObject({ kind: "misconfigured" });
  expect(sts.sessions).toEqual([]);
});

test("does not begin without its keys", () => {
  secrets.delete("env:SECRET");
  expect(() => provider()).toThrow("env:SECRET is not set");
});
