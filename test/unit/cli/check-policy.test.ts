import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Signer, signingRoom } from "../../support/bundles/signed-bundle.ts";
import { inProcess } from "./run.ts";

const waits = "the gateway starts without a policy and denies every call (policy_not_loaded) until one becomes active";
// Nobody is asked: check does not use the network.
const services = `services: { acme: { url: "http://127.0.0.1:9", allow_addresses: [loopback] } }`;

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "sallyport-check-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const at = (name: string): string => join(cwd, name);

/** `sallyport check` of a configuration with this `policy`. */
async function check(policy: string, ...more: string[]) {
  const route = `{ id: a, prefix: /a, protocol: http, server: a, issuers: [dev], upstream: { origin: "https://a.example" } }`;
  const text = `version: 1\nissuers: [ { id: dev, development: true } ]\nroutes: [ ${route} ]\n${policy}\n`;
  writeFileSync(at("sallyport.yaml"), text);
  const { code, stdout } = await inProcess(["check", "-c", at("sallyport.yaml"), "--json", ...more]);
  const { warnings, error } = JSON.parse(stdout) as {
    warnings?: string[];
    error?: { code: string; message: string; problems: readonly unknown[] };
  };
  return { code, warnings, error };
}

test("warns of a bundle that its service has not sent yet, and of what the gateway does until then", async () => {
  const { code, warnings } = await check(
    `policy: { ${services}, sources: [library, { bundle: refunds, service: acme }] }`,
  );
  expect([code, warnings]).toEqual([
    0,
    [
      "policy: refunds: has not been downloaded yet",
      expect.stringMatching(
        /^policy: .*until one becomes active\. What is here is checked by: .* policy check library$/,
      ),
    ],
  ]);
  expect(warnings?.[1]).toContain(waits);
  const { stdout } = await inProcess(["check", "-c", at("sallyport.yaml")]);
  expect(stdout).toContain("lets the gateway start, and its policy was not checked: 1 route");
});

test("warns of a discovery bundle whose document is not in force yet", async () => {
  const discovery = `discovery: { service: acme, resource: bundles/discovery }`;
  const { code, warnings } = await check(`policy: { ${services}, ${discovery}, sources: [library] }`);
  expect(code).toBe(0);
  expect(warnings).toContainEqual("policy: discovery: no document of discovery is in force yet");
  expect(warnings).toContainEqual(expect.stringContaining(waits));
});

test("warns of a bundle of OPA's configuration that has not been sent yet", async () => {
  writeFileSync(
    at("opa.yaml"),
    `services: { acme: { url: "http://127.0.0.1:9" } }\nbundles: { authz: { service: acme } }\n`,
  );
  const { code, warnings } = await check("", "--opa-config", at("opa.yaml"));
  expect([code, warnings]).toEqual([0, ["policy: authz: has not been downloaded yet", expect.stringContaining(waits)]]);
});

test("fails with an archive that is not there, with which the gateway does not start", async () => {
  const { code, error } = await check("policy: { source: { archive: team.tar.gz } }");
  expect([code, error?.code]).toEqual([2, "config_invalid"]);
  expect(error?.message).toContain("policy.source.archive: no such file: team.tar.gz");
});

test("fails with a pinned revision whose archive is not there, with the sentence of the start", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const pin = { revision: "r7", digest, since: 0, by: "ana", reason: "why", signed: null };
  mkdirSync(at(".sallyport/policy-history"), { recursive: true });
  const body = JSON.stringify({ entries: [], pin });
  writeFileSync(at(".sallyport/policy-history/history"), `${createHash("sha256").update(body).digest("hex")}\n${body}`);
  const { code, error } = await check("policy: { sources: [library] }");
  expect([code, error?.code]).toEqual([3, "policy_invalid"]);
  expect(error?.message).toMatch(
    /policy: the policy is pinned to r7, which cannot be active: .*ENOENT; to begin a new/,
  );
});

test("says that opa is missing, with its own code, and says nothing against the policy", async () => {
  process.env["SALLYPORT_OPA"] = at("none");
  try {
    const { code, error } = await check("policy: { sources: [library] }");
    expect([code, error?.code]).toEqual([2, "opa_missing"]);
  } finally {
    delete process.env["SALLYPORT_OPA"];
  }
});

test("says that a build took too long, with a code of its own, and says nothing against the policy", async () => {
  writeFileSync(at("slow-opa"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  process.env["SALLYPORT_OPA"] = at("slow-opa");
  try {
    const { code, error } = await check("policy: { sources: [library], build_timeout: 1s }");
    expect([code, error?.code]).toEqual([2, "policy_unavailable"]);
    expect(error).not.toHaveProperty("problems");
  } finally {
    delete process.env["SALLYPORT_OPA"];
  }
});

describe("an archive that has to be signed", () => {
  let room: Awaited<ReturnType<typeof signingRoom>>;
  let signer: Signer;
  beforeAll(async () => {
    room = await signingRoom();
    signer = await room.signer("ES256");
  });
  afterAll(() => room.remove());

  const policy = (archive: string) =>
    `policy: { source: { archive: "${archive}" }, signing: { keyid: k1, keys: { k1: { file: "${signer.verifyFile}", algorithm: ES256 } } } }`;

  test("is good with a signature that holds, and fails without one and with another", async () => {
    const archive = await room.bundle();
    const claims = { keyid: "k1" };
    expect(await check(policy(await room.signed(archive, signer, claims)))).toMatchObject({ code: 0 });
    const unsigned = await check(policy(archive));
    expect([unsigned.code, unsigned.error?.code]).toEqual([3, "policy_invalid"]);
    expect(unsigned.error?.problems).toEqual([expect.stringMatching(/signature/)]);
    const other = await room.signer("ES256");
    expect((await check(policy(await room.signed(archive, other, claims)))).code).toBe(3);
  }, 60_000);
});
