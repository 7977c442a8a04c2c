import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HistoryFile } from "../../../gateway/bundles/history/history-file.ts";
import { CurrentSources } from "../../../gateway/bundles/layers/current-sources.ts";
import { openHistory } from "../../../gateway/compose/open-history.ts";
import { checkAnswer } from "../../../gateway/decide/decide.ts";
import { opaBuilt, team } from "../../support/bundles/opa-built.ts";
import { type Signer, signingRoom } from "../../support/bundles/signed-bundle.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { engine, mainRego } from "../bundles/support/policy-folder.ts";
import { opa } from "../decide/support/compile-rego.ts";
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
  const {
    warnings,
    error,
    policy: sources,
  } = JSON.parse(stdout) as {
    warnings?: string[];
    policy?: readonly { kind: string }[];
    error?: { code: string; message: string; problems: readonly unknown[]; warnings?: readonly string[] };
  };
  return { code, warnings, error, sources };
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
        /^policy: .*until one becomes active\. The policy folders that are here were not compiled; this compiles them: .* policy check library$/,
      ),
    ],
  ]);
  expect(warnings?.[1]).toContain(waits);
  const { stdout } = await inProcess(["check", "-c", at("sallyport.yaml")]);
  expect(stdout).toContain("lets the gateway start, and its policy was not checked: 1 route");
});

test("names the sources that the configuration lists, and no rules that the gateway makes of its other options", async () => {
  const data = `adopt: [ { path: refunds/deny, for: [a] } ], data_api: { paths: [refunds/deny], roles: [author] }`;
  const { sources } = await check(
    `policy: { ${services}, sources: [library, { bundle: refunds, service: acme }], ${data} }`,
  );
  expect(sources?.map(({ kind }) => kind)).toEqual(["library", "bundle"]);
  const { stdout } = await inProcess(["check", "-c", at("sallyport.yaml")]);
  expect(stdout).toMatch(/, policy from library [^,]*, bundle refunds$/m);
});

test("warns that documents of discovery are not looked at, and of what the gateway does without one", async () => {
  const discovery = `discovery: { service: acme, resource: bundles/discovery }`;
  const { code, warnings } = await check(`policy: { ${services}, ${discovery}, sources: [library] }`);
  expect(code).toBe(0);
  expect(warnings).toEqual([
    "policy: discovery: documents of discovery, and the bundles that they name, are not looked at here",
    expect.stringMatching(
      /^policy: the gateway starts, and denies every call .* until a document of discovery is in force/,
    ),
  ]);
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

/** A history as a gateway writes it, with this revision pinned. */
async function pinned(): Promise<void> {
  const digest = `sha256:${"a".repeat(64)}`;
  const pin = { revision: "r7", digest, since: 0, by: "ana", reason: "why", signed: null };
  await new HistoryFile(at(".sallyport/policy-history/history"), Buffer.alloc(32, 1)).write({ entries: [], pin });
}

test("fails with a pinned revision whose archive is not there, with the sentence of the start", async () => {
  await pinned();
  const { code, error } = await check("policy: { sources: [library] }");
  expect([code, error?.code]).toEqual([3, "policy_invalid"]);
  expect(error?.message).toMatch(
    /the gateway does not start with this:\npolicy: the policy is pinned to r7, which cannot be active: .*ENOENT; to begin a new/,
  );
});

describe("with a folder", () => {
  const edit = (text: string) => writeFileSync(at("policy/main.rego"), text);
  const broken = "package sallyport.main\n\ndecision := nothing\n\nresult := nowhere\n";
  const own = "policy: { sources: [./policy] }";
  beforeEach(() => {
    mkdirSync(at("policy"));
    edit(mainRego("first"));
  });

  /** Makes the policy as it is now active in a gateway, and pins it. @returns its revision */
  async function pinActive(): Promise<string> {
    const sources = new CurrentSources([{ kind: "folder", path: at("policy") }]);
    const delivery = await openHistory(at(".sallyport"), Buffer.alloc(32, 1), {
      sources,
      engine,
      checkAnswer,
      opa,
      outDir: at("out"),
      watch: false,
      clock: new TestClock(),
      logger: quiet,
    });
    await delivery.start();
    const revision = delivery.active()?.revision ?? "";
    await delivery.activate({ revision, acceptOlder: false, by: "olga", reason: "incident" });
    await delivery.close();
    return revision;
  }

  test("warns of a candidate of policy.shadow that is not there or has a mistake, and of none that is good", async () => {
    const shadowed = () => check("policy: { sources: [./policy], shadow: { sources: [./draft] } }");
    const starts = "policy.shadow: the gateway starts, and no candidate judges beside the policy until this is mended";
    expect(await shadowed()).toMatchObject({
      code: 0,
      warnings: ["policy.shadow: the policy folder cannot be read: ENOENT", starts],
    });
    mkdirSync(at("draft"));
    writeFileSync(at("draft/main.rego"), broken);
    const mistakes = await shadowed();
    expect([mistakes.code, mistakes.warnings]).toEqual([
      0,
      [
        expect.stringMatching(/^policy\.shadow: main\.rego:3: .*nothing/),
        expect.stringMatching(/^policy\.shadow: main\.rego:5: .*nowhere/),
        starts,
      ],
    ]);
    writeFileSync(at("draft/main.rego"), mainRego("second"));
    expect(await shadowed()).toMatchObject({ code: 0, warnings: [] });
  });

  test("names each mistake with its place", async () => {
    edit(broken);
    const { code, error } = await check(own);
    expect([code, error?.code]).toEqual([3, "policy_invalid"]);
    expect(error?.problems).toEqual([
      expect.stringMatching(/^policy: main\.rego:3: .*nothing/),
      expect.stringMatching(/^policy: main\.rego:5: .*nowhere/),
    ]);
    expect(error?.message).toContain("the gateway does not start with this:\n");
  });

  test("has one problem for a failure whose text has several lines", async () => {
    mkdirSync(at("policy/golden"));
    writeFileSync(at("policy/golden/first.json"), "[\n  nothing\n]\n");
    const { code, error } = await check(own);
    expect([code, error?.problems]).toEqual([
      3,
      [expect.stringMatching(/^policy: golden\/first\.json.* is not JSON: .* nothing \]/)],
    ]);
  });

  test("fails with a mistake although a bundle is kept, with which the gateway starts and denies", async () => {
    edit(broken);
    mkdirSync(at(".sallyport/bundles/team"), { recursive: true });
    writeFileSync(at(".sallyport/bundles/team/bundle.tar.gz"), await opaBuilt(team("kept")));
    const bundle = "{ bundle: team, service: acme, persist: true }";
    const { code, error } = await check(`policy: { ${services}, sources: [./policy, ${bundle}] }`);
    expect([code, error?.code]).toEqual([3, "policy_invalid"]);
    expect(error?.message).toContain(`sallyport.yaml: ${waits}:\npolicy: policy/main.rego:3: `);
  });

  test("warns that a pinned revision judges, and not what is checked", async () => {
    const revision = await pinActive();
    edit(mainRego("second"));
    const judges = `policy: revision ${revision} is pinned by olga and judges; what is checked here judges once the pin ends`;
    expect(await check(own)).toMatchObject({ code: 0, warnings: [judges] });
    edit(broken);
    const { code, error } = await check(own);
    expect([code, error?.code]).toEqual([3, "policy_invalid"]);
    expect(error?.message).toContain(`: the gateway starts with revision ${revision}, which is pinned by olga:\n`);
  });

  test("warns of what the store is needed for, and that a damaged history is not used", async () => {
    const approval = "approval: { role: a }";
    expect((await check(`policy: { sources: [./policy], require: { ${approval} } }`)).warnings).toEqual([
      "policy: policy.require.approval is not looked at here; the gateway does at the start, and an edit may wait for it",
    ]);
    mkdirSync(at(".sallyport/policy-history"), { recursive: true });
    writeFileSync(at(".sallyport/policy-history/history"), "");
    const { code, warnings } = await check(own);
    expect([code, warnings]).toEqual([0, [expect.stringMatching(/^policy: the policy's history .* sets it aside/)]]);
    const needed = await check(`policy: { sources: [./policy], require: { ${approval} } }`);
    expect([needed.code, needed.error?.code]).toEqual([2, "policy_history_unusable"]);
  });

  test("runs the tests that policy.require asks for with the opa that SALLYPORT_OPA names", async () => {
    const calls = at("calls");
    writeFileSync(at("own-opa"), `#!/bin/sh\necho "$1" >> ${calls}\nexec ${opa} "$@"\n`, { mode: 0o755 });
    process.env["SALLYPORT_OPA"] = at("own-opa");
    try {
      writeFileSync(at("policy/main_test.rego"), "package sallyport.main_test\n\ntest_bad if 1 == 2\n");
      const { code, error } = await check("policy: { sources: [./policy], require: { tests: true } }");
      expect([code, error?.code]).toEqual([3, "policy_invalid"]);
      expect(readFileSync(calls, "utf8").split("\n")).toEqual(expect.arrayContaining(["build", "test"]));
    } finally {
      delete process.env["SALLYPORT_OPA"];
    }
  });
});

test("says that opa is missing, with its own code, and says nothing against the policy", async () => {
  process.env["SALLYPORT_OPA"] = at("none");
  try {
    const { code, error } = await check("policy: { sources: [library] }");
    expect([code, error?.code]).toEqual([2, "opa_missing"]);
    writeFileSync(at("opa.yaml"), "plugins: { own: {} }\n");
    const warned = await check("policy: { sources: [library] }", "--opa-config", at("opa.yaml"));
    expect([warned.error?.code, warned.error?.warnings]).toEqual(["opa_missing", [expect.stringContaining("plugins")]]);
    expect(warned.error?.message).toMatch(/^warning: .*plugins.*\nSALLYPORT_OPA names \S+\/none, which is no program/);
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

  test("is not verified with --skip-secrets where a secret verifies it, and a warning says so", async () => {
    const own = await room.signer("HS256");
    const archive = await room.signed(await room.bundle(), own, { keyid: "k1" });
    const keys = "keys: { k1: { secret: env:SALLYPORT_TEST_NO_SECRET, algorithm: HS256 } }";
    const hmac = `policy: { source: { archive: "${archive}" }, signing: { keyid: k1, ${keys} } }`;
    expect(await check(hmac)).toMatchObject({ code: 2, error: { code: "config_invalid" } });
    const { code, warnings } = await check(hmac, "--skip-secrets");
    const unverified = "policy: signatures by a secret key are not verified with --skip-secrets; ";
    expect([code, warnings?.[0]]).toEqual([0, expect.stringContaining(unverified)]);
  }, 60_000);
});
