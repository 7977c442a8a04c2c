import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HistoryFile, type KeptEntry } from "../../../gateway/bundles/history/history-file.ts";
import { TransientFailure } from "../../../gateway/bundles/failure.ts";
import { tryPolicy } from "../../../gateway/compose/try-policy.ts";
import { readConfig } from "../../../gateway/config/read-config.ts";
import { opaBuilt, team } from "../../support/bundles/opa-built.ts";
import { TestClock } from "../../support/builders.ts";
import { mainRego } from "../bundles/support/policy-folder.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sallyport-try-"));
  await write("policy/main.rego", mainRego("test_code"));
});
afterEach(() => rm(root, { recursive: true }));

const at = (name: string): string => join(root, name);

async function write(name: string, content: string | Buffer): Promise<void> {
  await mkdir(join(at(name), ".."), { recursive: true });
  await writeFile(at(name), content);
}

/** What a start with this `policy` would find. */
async function tried(policy: string) {
  const route = `{ id: a, prefix: /a, protocol: http, server: a, issuers: [dev], upstream: { origin: "https://a.example" } }`;
  await write(
    "sallyport.yaml",
    `version: 1\nissuers: [ { id: dev, development: true } ]\nroutes: [ ${route} ]\npolicy: { ${policy} }\n`,
  );
  return tryPolicy(readConfig(at("sallyport.yaml")), new TestClock());
}

const folder = "sources: [./policy]";
// Nobody is asked: nothing here uses the network.
const service = `services: { acme: { url: "http://127.0.0.1:9", allow_addresses: [loopback] } }`;
const served = (more = "") => `${service}, sources: [./policy, { bundle: team, service: acme${more} }]`;
const history = ".sallyport/policy-history/history";

test("gives the data of a policy that becomes active, and writes nothing", async () => {
  await write("policy/data.json", '{ "sallyport": { "words": ["a"] } }');
  expect(await tried(folder)).toMatchObject({
    failure: null,
    starts: true,
    instead: null,
    pin: null,
    historyProblem: null,
    data: { sallyport: { words: ["a"] } },
  });
  expect(existsSync(at(".sallyport"))).toBe(false);
});

test("tells the failure of a policy with which the gateway does not start", async () => {
  await write("policy/main.rego", "package sallyport.main\n\ndecision := nothing\n");
  const { failure, starts, data } = await tried(folder);
  expect([failure?.message, starts, data]).toEqual([expect.stringMatching(/^main\.rego:3: .*nothing/), false, null]);
});

describe("a history that a start sets aside", () => {
  test.each([
    ["empty", ""],
    ["truncated", `${"a".repeat(64)}\n{"entries":[`],
    ["no history", "{}"],
    ["one whose pin has no revision", `${"a".repeat(64)}\n{"entries":[],"pin":{}}`],
    ["one with entries of another kind", `${"a".repeat(64)}\n{"entries":[7],"pin":null}`],
  ])("is told and stays where it is: %s", async (_name, text) => {
    await write(history, text);
    const { historyProblem, pin, starts } = await tried(served());
    expect([historyProblem, pin, starts]).toEqual([
      expect.stringMatching(
        /history\/history cannot be used: it is damaged.*the start sets it aside, and a pin in it does not count/,
      ),
      null,
      true,
    ]);
    expect(await readdir(at(".sallyport/policy-history"))).toEqual(["history"]);
  });

  test("prevents the start where policy.require needs it, with the sentence of the start", async () => {
    await write(history, "{}");
    await expect(tried(`${folder}, require: { tests: true }`)).rejects.toMatchObject({
      name: "CannotStart",
      code: "policy_history_unusable",
      message: expect.stringContaining("policy.require needs it to know what an edit is a change of") as string,
    });
  });
});

test("a history that cannot be read prevents the start, as one that is a folder", async () => {
  await mkdir(at(history), { recursive: true });
  await expect(tried(served())).rejects.toMatchObject({
    name: "CannotStart",
    code: "policy_history_unusable",
    message: expect.stringContaining("cannot be read (EISDIR)") as string,
  });
});

test("a history that was set aside before is told for as long as it lies there", async () => {
  await write(`${history}.refused`, "");
  expect((await tried(served())).historyProblem).toMatch(/was not used.*look at it, remove it and restart/);
});

test("a history as the gateway wrote it has its pin taken", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const entry: KeptEntry = {
    at: 1,
    revision: "r1",
    digest,
    outcome: "active",
    by: null,
    reason: null,
    problem: null,
    signed: null,
  };
  const pin = { revision: "r1", digest, since: 0, by: "ana", reason: "why", signed: null };
  await new HistoryFile(at(history), Buffer.alloc(32, 1)).write({ entries: [entry], pin });
  expect(await tried(folder)).toMatchObject({
    pin: { revision: "r1", by: "ana" },
    historyProblem: null,
    starts: false,
  });
});

describe("a bundle of a service", () => {
  const bundle = (name: string) => `.sallyport/bundles/team/${name}.tar.gz`;

  test("is the one that a start keeps, with persist", async () => {
    await write(bundle("bundle"), await opaBuilt(team("kept")));
    expect(await tried(served(", persist: true"))).toMatchObject({ failure: null, starts: true });
    expect(await readdir(at(".sallyport/bundles/team"))).toEqual(["bundle.tar.gz"]);
  });

  test("is none without persist, also where one was downloaded or kept: a start removes them", async () => {
    await write(bundle("bundle"), await opaBuilt(team("kept")));
    await write(bundle("downloaded"), await opaBuilt(team("downloaded")));
    expect(await tried(served())).toMatchObject({
      starts: true,
      instead: null,
      data: null,
      failure: { message: "team: has not been downloaded yet" },
    });
  });

  test("is not the one that was downloaded but is not kept", async () => {
    await write(bundle("downloaded"), await opaBuilt(team("downloaded")));
    expect((await tried(served(", persist: true"))).failure?.message).toBe("team: has not been downloaded yet");
  });

  test("is none where what was kept is refused, since its service is asked for another", async () => {
    await write(bundle("bundle"), "no archive");
    const { failure, starts } = await tried(served(", persist: true"));
    expect([failure instanceof TransientFailure, starts]).toEqual([true, true]);
    expect(failure?.message).toMatch(/^team: what was kept of it is not used: .*damaged, or is no tar\.gz/);
  });

  test("that is kept does not hide that the policy with it is refused", async () => {
    await write(bundle("bundle"), await opaBuilt(team("kept")));
    await write("policy/main.rego", "package sallyport.main\n\ndecision := nothing\n");
    const { failure, starts } = await tried(served(", persist: true"));
    expect([failure instanceof TransientFailure, starts]).toEqual([false, true]);
    expect(failure?.message).toContain("policy/main.rego:3:");
  });

  test("that is absent does not hide that an archive beside it is damaged", async () => {
    await write("more.tar.gz", "no archive");
    const sources = `sources: [./policy, { archive: more.tar.gz }, { bundle: team, service: acme }]`;
    const { failure } = await tried(`${service}, ${sources}`);
    expect([failure instanceof TransientFailure, failure?.message]).toEqual([
      false,
      expect.stringMatching(/^more\.tar\.gz: the bundle archive more\.tar\.gz is damaged/),
    ]);
  });
});

test("documents of discovery are not looked at, also where one is kept", async () => {
  const { failure, starts } = await tried(
    `${service}, ${folder}, discovery: { service: acme, resource: d, persist: true }`,
  );
  expect([failure?.message, starts]).toEqual([
    expect.stringContaining("documents of discovery, and the bundles that they name, are not looked at here"),
    true,
  ]);
});

test("the folder of the policy cache has to be the gateway's own, as for a start, and is not made", async () => {
  const cached = `${folder}, cache: { dir: "${at("cache")}" }`;
  expect((await tried(cached)).failure).toBeNull();
  expect(existsSync(at("cache"))).toBe(false);
  await mkdir(at("cache"));
  await chmod(at("cache"), 0o777);
  await expect(tried(cached)).rejects.toMatchObject({
    name: "CannotStart",
    code: "policy_cache_unusable",
    message: expect.stringContaining("is open to others (chmod 700)") as string,
  });
});
