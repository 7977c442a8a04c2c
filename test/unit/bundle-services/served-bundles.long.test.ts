/** Bundles of a real bundle server, built by the real opa, with faults of the server, of the bundles and of the disk. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { servedFindings } from "../../../gateway/bundle-services/findings.ts";
import type { Bundles } from "../../../gateway/domain/ports.ts";
import type { Fault } from "../../support/bundles/bundle-server.ts";
import { opaBuilt, team } from "../../support/bundles/opa-built.ts";
import { type Signer, signingRoom, type SigningRoom, trusting } from "../../support/bundles/signed-bundle.ts";
import { eventually } from "../../support/eventually.ts";
import { main } from "../bundles/support/archive-room.ts";
import { servedRoom, type ServedRoom, statusOf, tells, told } from "./support/served-room.ts";

const path = "/bundles/team";
let room: ServedRoom;
beforeEach(async () => {
  room = await servedRoom();
});
afterEach(() => room.remove());

/** It has a package of the folder. */
const unfit = { "sallyport/main/more.rego": "package sallyport.main\n\nx := 1\n", ...team("two") };

const problems = (bundles: Bundles): string[] => servedFindings(bundles.status()).map(({ problem }) => problem);

test("asks as a bundle service is asked, conditional on what is active, and activates what is new", async () => {
  room.server.serve(path, await opaBuilt(team("one"), ["--revision", "r1"]), '"1"');
  const credential = { kind: "bearer", scheme: "Bearer", reference: "env:TOKEN", encoded: false } as const;
  const bundles = await room.started({ service: { credential, headers: { "X-Tenant": "a", "X-Key": "env:TOKEN" } } });
  expect(told(bundles)).toBe("one");
  await room.server.askedTimes(path, 3);
  room.server.serve(path, await opaBuilt(team("two"), ["--revision", "r2"]), '"2"');
  await tells(bundles, "two");
  const last = await statusOf(bundles, "team", ({ lastSuccessfulRequest, lastSuccessfulActivation }) => {
    return (lastSuccessfulRequest ?? 0) > (lastSuccessfulActivation ?? 0);
  });
  expect(last).toMatchObject({ revision: "r2", service: "acme", failure: null, loaded: 2, failed: 0, stale: "no" });
  const [first, second] = room.server.asks(path);
  expect(first?.headers).toMatchObject({
    prefer: "modes=snapshot,delta",
    authorization: "Bearer s3cret",
    "x-tenant": "a",
  });
  expect(first?.headers).toMatchObject({ "x-key": "s3cret" });
  expect(first?.headers["if-none-match"]).toBeUndefined();
  expect([second?.headers["if-none-match"], room.server.asks(path).at(-1)?.headers["if-none-match"]]).toEqual([
    '"1"',
    '"2"',
  ]);
});

test.each<[string, Fault, RegExp]>([
  ["cuts the connection", "reset", /the server .*ECONNRESET/],
  ["does not answer", "hang", /the server did not answer in time/],
  ["sends half a body", "half", /the server could not be reached/],
  ["stops in the middle of a body", "stall", /the server did not answer in time/],
  ["answers 500", { status: 500 }, /the server answered 500 Internal Server Error/],
  ["redirects", { status: 302, headers: { location: "/elsewhere" } }, /answered 302 Found; redirects are not followed/],
  ["sends what is no archive", { bytes: Buffer.from("no archive"), etag: '"x"' }, /the bundle archive is damaged/],
])("keeps the last good policy while the server %s, says why, and recovers", async (_what, fault, problem) => {
  room.server.serve(path, await opaBuilt(team("one")), '"1"');
  const bundles = await room.started({ service: { headerTimeoutMs: 300 } });
  room.server.fail(path, fault, fault);
  const { failure } = await statusOf(bundles, "team", (status) => status.failure !== null);
  expect(`${failure?.stage} ${failure?.message}`).toMatch(/^download /);
  expect(room.logged.join("\n")).toMatch(/bundle team: not downloaded; /);
  await statusOf(bundles, "team", (status) => status.failure === null && status.failed >= 2);
  expect(told(bundles)).toBe("one");
  // The failure does not make the server send everything again.
  expect(room.server.asks(path).at(-1)?.headers["if-none-match"]).toBe('"1"');
  expect(problems(bundles)).toEqual([]);
  expect(failure?.message).toMatch(problem);
  // Of what is refused nothing stays on disk.
  expect(await readdir(join(room.root, "data/bundles/team"))).not.toContain("downloaded.tar.gz.arrived");
});

test("starts without a policy while the server is away, and takes the bundle when it is there", async () => {
  room.server.fail(path, ...Array<Fault>(3).fill({ status: 503 }));
  room.server.serve(path, await opaBuilt(team("late")), '"1"');
  const bundles = await room.started();
  await tells(bundles, "late");
});

test("keeps what is active when a bundle does not compile, and takes the mended one", async () => {
  room.server.serve(path, await opaBuilt(team("one")), '"1"');
  const bundles = await room.started();
  room.server.serve(path, await opaBuilt(unfit), '"2"');
  const { failure } = await statusOf(bundles, "team", (status) => status.failure !== null);
  expect(failure).toMatchObject({
    stage: "activate",
    message: expect.stringContaining("team/sallyport/main/more.rego"),
  });
  expect(told(bundles)).toBe("one");
  const before = room.server.asks(path).length;
  expect((await room.server.askedTimes(path, before + 1)).at(-1)?.headers["if-none-match"]).toBe('"1"');
  room.server.serve(path, await opaBuilt(team("three")), '"3"');
  await tells(bundles, "three");
  await statusOf(bundles, "team", (status) => status.failure === null);
});

test("gives up a bundle that did not become active when the server goes back to the one before", async () => {
  const good = await opaBuilt(team("one"));
  room.server.serve(path, good, '"1"');
  const bundles = await room.started();
  room.server.serve(path, await opaBuilt(unfit), '"2"');
  await statusOf(bundles, "team", (status) => status.failure !== null);
  room.server.serve(path, good, '"1"');
  await statusOf(bundles, "team", (status) => status.failure === null);
  expect(bundles.status().failure).toBeNull();
  // Nothing of what was given up is in the way of another edit.
  const { revision } = bundles.active() ?? {};
  await room.write("policy/sallyport/main/main.rego", `${main}\n# edited\n`);
  await eventually("the edit is active", () => (bundles.active()?.revision === revision ? null : true));
  expect(told(bundles)).toBe("one");
});

test("activates bundles that need each other together, although neither could become active alone", async () => {
  const words = (name: string): Record<string, string> => ({
    "words/words.rego": `package words\n\n${name} := "hello"\n`,
  });
  const asking = (name: string) => ({ "team/team.rego": `package team\n\ntold := data.words.${name}\n` });
  room.server.serve(path, await opaBuilt(asking("old")), '"t1"');
  room.server.serve("/bundles/words", await opaBuilt(words("old")), '"w1"');
  const bundles = await room.started({ names: ["team", "words"] });
  expect(told(bundles)).toBe("hello");
  // OPA compiles no reference to a rule that is not there.
  room.server.serve(path, await opaBuilt(asking("fresh")), '"t2"');
  await statusOf(bundles, "team", (status) => status.failure?.stage === "activate");
  room.server.serve("/bundles/words", await opaBuilt(words("fresh")), '"w2"');
  await statusOf(bundles, "words", ({ loaded, failure }) => loaded === 2 && failure === null);
  await statusOf(bundles, "team", ({ loaded, failure }) => loaded === 2 && failure === null);
});

describe("with signatures", () => {
  let signing: SigningRoom;
  let signer: Signer;
  beforeAll(async () => {
    signing = await signingRoom();
    signer = await signing.signer("ES256");
  });
  afterAll(() => signing.remove());

  const flags = (): string[] => ["--signing-key", signer.signFile, "--signing-alg", "ES256"];

  test("takes what opa has signed, and nothing that is unsigned, changed, or signed by another key", async () => {
    const trust = new Map([["team", trusting(signer)]]);
    const claims = ["--claims-file", join(room.root, "claims.json")];
    await room.write("claims.json", JSON.stringify({ iat: 1_790_000_100 }));
    room.server.serve(path, await opaBuilt(team("one"), [...flags(), ...claims]), '"1"');
    const bundles = await room.started({ trust });
    expect(told(bundles)).toBe("one");
    room.server.serve(path, await opaBuilt(team("two")), '"2"');
    const { failure } = await statusOf(bundles, "team", (status) => status.failure !== null);
    expect(failure).toMatchObject({
      stage: "download",
      unsigned: true,
      message: expect.stringMatching(/^the bundle is not signed/),
    });
    const other = await signing.signer("ES256");
    const forged = ["--signing-key", other.signFile, "--signing-alg", "ES256", ...claims];
    room.server.serve(path, await opaBuilt(team("three"), forged), '"3"');
    await statusOf(
      bundles,
      "team",
      (status) => status.failure?.message !== failure?.message && status.failure !== null,
    );
    await room.write("claims.json", JSON.stringify({ iat: 1_790_000_000 }));
    room.server.serve(path, await opaBuilt(team("four"), [...flags(), ...claims]), '"4"');
    await statusOf(
      bundles,
      "team",
      (status) => status.failure?.message.includes("before one that has been active") === true,
    );
    expect(told(bundles)).toBe("one");
    await room.write("claims.json", JSON.stringify({ iat: 1_790_000_200 }));
    room.server.serve(path, await opaBuilt(team("five"), [...flags(), ...claims]), '"5"');
    await tells(bundles, "five");
  });

  test("takes no signed bundle where no key is configured, as OPA does", async () => {
    room.server.serve(path, await opaBuilt(team("one"), flags()), '"1"');
    const bundles = await room.started();
    const { failure } = await statusOf(bundles, "team", (status) => status.failure !== null);
    expect(failure).toMatchObject({ unsigned: true, message: expect.stringContaining("the bundle is signed") });
    expect(told(bundles)).toBeNull();
  });
});

describe("kept on disk", () => {
  test("starts from the bundle that was active, without the server, and goes on from there", async () => {
    room.server.serve(path, await opaBuilt(team("kept")), '"1"');
    const settings = { persist: true };
    const first = await room.started({ settings });
    await statusOf(first, "team", ({ confirmedAt }) => confirmedAt !== null);
    await room.close(first);
    room.server.fail(path, ...Array<Fault>(4).fill("reset"));
    const again = await room.started({ settings });
    expect(told(again)).toBe("kept");
    await statusOf(again, "team", ({ failure }) => failure !== null);
    room.server.serve(path, await opaBuilt(team("new")), '"2"');
    await tells(again, "new");
  });

  test("starts without it where it is not to be kept", async () => {
    room.server.serve(path, await opaBuilt(team("one")), '"1"');
    await room.close(await room.started());
    room.server.fail(path, ...Array<Fault>(50).fill({ status: 500 }));
    expect(told(await room.started())).toBeNull();
  });

  test("says when it cannot be kept, judges by it all the same, and keeps it once it can", async () => {
    room.server.serve(path, await opaBuilt(team("one")), '"1"');
    // A folder in the place of the file: nothing can be renamed over it.
    const kept = join(room.root, "data/bundles/team/bundle.tar.gz");
    const settings = { persist: true };
    const bundles = await room.started({ settings });
    await statusOf(bundles, "team", ({ confirmedAt }) => confirmedAt !== null);
    await rm(kept);
    await mkdir(join(kept, "in-the-way"), { recursive: true });
    const second = await opaBuilt(team("two"));
    room.server.serve(path, second, '"2"');
    await tells(bundles, "two");
    await statusOf(bundles, "team", ({ failure }) => failure?.stage === "persist");
    expect(problems(bundles)).toEqual([expect.stringMatching(/^bundle team of acme is active and not kept on disk/)]);
    // What is not kept is sent again when the server goes back to it from a bundle that did not fit.
    room.server.serve(path, await opaBuilt(unfit), '"3"');
    await statusOf(bundles, "team", ({ failure }) => failure?.stage === "activate");
    room.server.serve(path, second, '"2"');
    await statusOf(bundles, "team", ({ failure }) => failure?.stage === "persist");
    expect([bundles.status().failure, told(bundles)]).toEqual([null, "two"]);
    await rm(kept, { recursive: true });
    await statusOf(bundles, "team", ({ failure }) => failure === null);
    await room.close(bundles);
    room.server.fail(path, ...Array<Fault>(50).fill("reset"));
    expect(told(await room.started({ settings }))).toBe("two");
  });

  test("does not take a kept bundle that was changed", async () => {
    room.server.serve(path, await opaBuilt(team("one")), '"1"');
    const settings = { persist: true };
    const first = await room.started({ settings });
    await statusOf(first, "team", ({ confirmedAt }) => confirmedAt !== null);
    await room.close(first);
    await room.write("data/bundles/team/bundle.tar.gz", "no archive");
    room.server.fail(path, ...Array<Fault>(50).fill("reset"));
    expect(told(await room.started({ settings }))).toBeNull();
    expect(room.logged).toContainEqual(expect.stringMatching(/^bundle team: kept on disk and not taken; /));
  });
});

test("waits for news where the server does, and asks in pauses where it does not", async () => {
  room.server.waits = true;
  room.server.serve(path, await opaBuilt(team("one")), '"1"');
  const polling = { minMs: 10, maxMs: 20, waitS: 30 };
  const bundles = await room.started({ settings: { polling } });
  const prefer = (at: number): unknown => room.server.asks(path)[at]?.headers["prefer"];
  await room.server.askedTimes(path, 2);
  // There is nothing to wait for news of before the first one.
  expect([prefer(0), prefer(1)]).toEqual(["modes=snapshot,delta", "modes=snapshot,delta;wait=30"]);
  room.server.endWaits(path);
  await room.server.askedTimes(path, 3);
  room.server.serve(path, await opaBuilt(team("two")), '"2"');
  await tells(bundles, "two");
  await room.server.askedTimes(path, 4);
  room.server.waits = false;
  room.server.serve(path, await opaBuilt(team("three")), '"3"');
  await room.server.askedTimes(path, 5);
  expect([prefer(3), prefer(4)]).toEqual(["modes=snapshot,delta;wait=30", "modes=snapshot,delta"]);
});

test("says that the server has not confirmed the policy for too long, also after a start, and may refuse calls", async () => {
  room.server.serve(path, await opaBuilt(team("one")), '"1"');
  let now = Date.now();
  const options = { settings: { persist: true, maxStaleMs: 60_000, denyStale: true }, now: () => now };
  const bundles = await room.started(options);
  await statusOf(bundles, "team", ({ confirmedAt }) => confirmedAt === now);
  room.server.fail(path, ...Array<Fault>(1_000).fill({ status: 500 }));
  await statusOf(bundles, "team", ({ failure }) => failure !== null);
  now += 60_001;
  expect([bundles.isStale(), told(bundles)]).toEqual([true, "one"]);
  const stale = servedFindings(bundles.status()).find(({ name }) => name === "policy-stale");
  expect(stale).toMatchObject({ severity: "unready", problem: expect.stringContaining("every call is refused") });
  await room.close(bundles);
  const again = await room.started(options);
  expect([again.isStale(), told(again)]).toEqual([true, "one"]);
  room.server.faults.clear();
  await statusOf(again, "team", ({ stale }) => stale === "no");
  expect(again.isStale()).toBe(false);
});
