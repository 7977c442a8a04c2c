import { checkAwsCredentials } from "../../../../gateway/config/checks/aws-credentials.ts";
import { found, type Values } from "./found.ts";

const keys = { access_key_id: "env:ID", secret_access_key: "env:SECRET" };
const role = (changes: Values = {}): Values => ({ arn: "arn:aws:iam::123456789012:role/tools", ...changes });
const of = (changes: Values): string[] =>
  found(checkAwsCredentials, {
    credentials: { s3: { provider: "aws", region: "eu-central-1", service: "s3", ...changes } },
  });

test.each<[string, Values]>([
  ["keys", { keys }],
  ["a role that keys assume", { keys, role: role({ tags: { person: "person" }, external_id: "env:EXTERNAL" }) }],
  ["a role by a web identity", { role: role({ web_identity: "file:/token" }) }],
])("accepts %s", (_what, values) => {
  expect(of(values)).toEqual([]);
});

test("wants keys, or a web identity, and not both", () => {
  expect(of({})).toEqual(["credentials.s3.keys (value): is required, but for a role with web_identity"]);
  expect(of({ keys, role: role({ web_identity: "file:/token" }) })).toEqual([
    "credentials.s3.keys (key): a role with web_identity needs no keys",
  ]);
});

test("refuses what STS does not take from a web identity", () => {
  const wanted = role({ web_identity: "file:/token", tags: { a: "subject" }, external_id: "env:EXTERNAL" });
  expect(of({ role: wanted })).toEqual([
    "credentials.s3.role.tags (key): STS takes this only from AssumeRole, not with a web identity",
    "credentials.s3.role.external_id (key): STS takes this only from AssumeRole, not with a web identity",
  ]);
});

test("refuses plain http to STS, and files that are not there", () => {
  expect(of({ keys, role: role({ sts: "http://sts.example", policy: "none.json", ca: "none.pem" }) })).toEqual([
    "credentials.s3.role.policy (value): no such file: none.json",
    "credentials.s3.role.ca (value): no such file: none.pem",
    "credentials.s3.role.sts (value): plain http beyond loopback lets others read along; use https",
  ]);
});
