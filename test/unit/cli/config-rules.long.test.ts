import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { warnedByRules } from "../../../gateway/cli/config-rules.ts";
import { readOnlyPolicy } from "../../support/policy-copy.ts";
import { inProcess } from "./run.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-rules-"));
  file = join(folder, "sallyport.yaml");
  writeFileSync(
    file,
    `version: 1
listeners: { console: { login: { users: [{ name: ana, roles: [payments-approver, data-approver] }, { name: ben, roles: [payments-approver] }] } } }
issuers: [{ id: dev, development: true }]
policy: { source: ${JSON.stringify(readOnlyPolicy())} }
routes:
  - { id: shop, protocol: http, server: payments, prefix: /shop, issuers: [dev], upstream: { origin: "http://10.0.0.7", allow_addresses: [private], allow_insecure: true } }
`,
  );
  mkdirSync(join(folder, "rules"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const rules = (text: string): void => writeFileSync(join(folder, "rules", "main.rego"), text);
const check = () => inProcess(["check", "-c", file, "--rules", join(folder, "rules"), "--json"]);

test("a configuration that rules deny is refused with their messages, and what they warn of is told", async () => {
  rules(`package main

import data.lib.plain

deny contains msg if {
	some route in plain.routes
	msg := sprintf("%s: the way to its tool server must be encrypted", [route.id])
}

violation_development contains {"msg": "no token of a development issuer"} if input.issuers[_].development

warn contains "one person signs in with a password" if count(input.listeners.console.login.users) == 1
`);
  mkdirSync(join(folder, "rules", "lib"));
  writeFileSync(
    join(folder, "rules", "lib", "plain.rego"),
    "package lib.plain\n\nroutes contains route if {\n\tsome route in input.routes\n\troute.upstream.allow_insecure\n}\n",
  );
  const { code, stdout } = await check();
  expect([code, (JSON.parse(stdout) as { error: object }).error]).toEqual([
    1,
    expect.objectContaining({
      code: "config_denied",
      denied: [
        "deny: shop: the way to its tool server must be encrypted",
        "violation_development: no token of a development issuer",
      ],
    }),
  ]);
});

test("a configuration that no rule denies is good, with the warnings of rules among its own", async () => {
  rules(
    'package main\n\ndeny contains "none" if not input.routes\n\nwarn contains sprintf("%d people", [count(input.listeners.console.login.users)])\n',
  );
  const { code, stdout } = await check();
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    expect.objectContaining({ ok: true, warnings: expect.arrayContaining(["warn: 2 people"]) }),
  ]);
});

test("rules are given no secret of the environment", async () => {
  process.env["SECRET_OF_TEST"] = "s3cret";
  rules('package main\n\ndeny contains sprintf("told %v", [opa.runtime().env]) if not input.never\n');
  const failure = await warnedByRules(file, {}, join(folder, "rules")).catch((thrown: unknown) => thrown as Error);
  expect((failure as Error).message).toMatch(/deny: told .*PATH/);
  expect((failure as Error).message).not.toContain("SECRET_OF_TEST");
});

test.each([
  ["that are not there", null, "rules_missing", /no such folder/],
  ["of which none can say anything", "package other\n\ndeny contains 1\n", "rules_empty", /package main/],
  ["that do not compile", "package main\n\ndeny contains msg if {\n", "rules_invalid", /main\.rego:\d+/],
  [
    "that fail on what is there",
    'package main\n\ndeny contains "late" if time.parse_duration_ns("soon") > 1\n',
    "rules_invalid",
    /main\.rego:\d+.*parse_duration_ns/,
  ],
  ["whose messages are none", "package main\n\ndeny := true\n", "rules_invalid", /deny contains msg/],
])("rules %s are an error that says what to do", async (_what, text, code, message) => {
  if (text === null) rmSync(join(folder, "rules"), { recursive: true });
  else rules(text);
  await expect(warnedByRules(file, {}, join(folder, "rules"))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});
