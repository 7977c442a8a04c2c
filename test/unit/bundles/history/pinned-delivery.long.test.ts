import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { appendFile, copyFile, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BundlesOptions } from "../../../../gateway/bundles/bundles-options.ts";
import type { PinnedDelivery } from "../../../../gateway/bundles/history/pinned-delivery.ts";
import { policyFindings } from "../../../../gateway/compose/health.ts";
import { openHistory } from "../../../../gateway/compose/open-history.ts";
import { checkAnswer, decide } from "../../../../gateway/decide/decide.ts";
import type { BundleMarks } from "../../../../gateway/domain/ports.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { bundleMarks } from "../../../../gateway/store/store-marks.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Signer, type SigningRoom, signingRoom, trusting } from "../../../support/bundles/signed-bundle.ts";
import { inputOf, opa } from "../../decide/support/compile-rego.ts";
import { catalog, engine, mainRego, type PolicyFolder, policyFolder } from "../support/policy-folder.ts";

const key = Buffer.alloc(32, 7);
const main = "sallyport/main/main.rego";
let folder: PolicyFolder;
let opened: PinnedDelivery[];
beforeEach(async () => {
  folder = await policyFolder({ [main]: mainRego("ONE"), "data.json": catalog });
  opened = [];
});
afterEach(async () => {
  for (const one of opened) await one.close();
  await folder.remove();
});

const dataDir = () => join(folder.dir, "..", "data");
const historyFile = () => join(dataDir(), "policy-history", "history");

async function start(
  more: Partial<BundlesOptions> & { readonly keep?: number } = {},
  withKey = key,
): Promise<PinnedDelivery> {
  const log = (message: string): void => void folder.logged.push(message);
  const delivery = await openHistory(dataDir(), withKey, {
    engine,
    opa,
    checkAnswer,
    outDir: folder.outDir,
    watch: false,
    sources: new CurrentSources([{ kind: "folder", path: folder.dir }]),
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    logger: { debug: log, info: log, warn: log, error: log },
    ...more,
  });
  opened.push(delivery);
  await delivery.start();
  return delivery;
}

async function edit(delivery: PinnedDelivery, code: string): Promise<void> {
  await folder.write(main, mainRego(code));
  await delivery.look();
}

const codeOf = (delivery: PinnedDelivery): string | undefined => {
  const active = delivery.active();
  return active === null ? undefined : decide(active, inputOf({})).reasons[0]?.code;
};
const to = (revision: string, acceptOlder = false) => ({ revision, acceptOlder, by: "olga", reason: "incident 42" });
const outcomes = (delivery: PinnedDelivery) => delivery.list().map(({ outcome, by }) => [outcome, by]);

test("goes back to what was active before, stays there through edits and a restart, and goes on when it is asked to", async () => {
  const delivery = await start();
  await edit(delivery, "TWO");
  await edit(delivery, "THREE");
  const three = delivery.active()?.revision ?? "";
  const seen: (string | undefined)[] = [];
  delivery.watch(({ active }) => seen.push(active?.revision));
  const back = await delivery.activate(to("previous"));
  expect([codeOf(delivery), back.pinned, seen]).toEqual(["TWO", true, [back.revision]]);
  await delivery.activate(to("previous"));
  expect(codeOf(delivery)).toBe("ONE");
  await edit(delivery, "FOUR");
  expect(codeOf(delivery)).toBe("ONE");
  expect(folder.logged).toContain("policy built; another revision is pinned");
  expect(policyFindings(delivery)).toMatchObject([
    {
      name: "policy-pinned",
      severity: "degraded",
      problem: expect.stringMatching(/^pinned to revision \w+ since 20.* by olga: edits/) as string,
    },
  ]);
  await delivery.close();
  const again = await start();
  expect([codeOf(again), again.pinned()?.by]).toEqual(["ONE", "olga"]);
  expect((await again.activate(to("latest"))).pinned).toBe(false);
  expect([codeOf(again), again.pinned(), policyFindings(again)]).toEqual(["FOUR", null, []]);
  expect(outcomes(again).slice(0, 4)).toEqual([
    ["active", "olga"],
    ["held", null],
    ["pinned", "olga"],
    ["pinned", "olga"],
  ]);
  await again.activate(to(three.slice(0, 10)));
  expect([codeOf(again), again.pinned()?.revision]).toEqual(["THREE", three]);
});

test("a revision that is not kept, a name too short, and nothing before the first are refused, and nothing changes", async () => {
  const delivery = await start();
  const { revision } = delivery.active() ?? { revision: "" };
  for (const wanted of ["previous", "0123456789abcdef", revision.slice(0, 7)])
    await expect(delivery.activate(to(wanted))).rejects.toMatchObject({ code: "policy_revision_unknown" });
  expect([codeOf(delivery), delivery.pinned(), delivery.list().length]).toEqual(["ONE", null, 1]);
});

test("an edit with a mistake is in the history once, also when it is seen again", async () => {
  const delivery = await start();
  await folder.write(main, "package sallyport.main\n\ndecision := ");
  await delivery.look();
  await delivery.look();
  const [latest, ...others] = await eventually("it is noted", () =>
    delivery.list().length > 1 ? delivery.list() : null,
  );
  expect([latest?.outcome, latest?.kept, others.length]).toEqual(["refused", false, 1]);
  expect(latest?.problem).toContain("main.rego:3");
  await edit(delivery, "TWO");
  expect(codeOf(delivery)).toBe("TWO");
});

test("the pinned revision judges although the sources are broken at the start", async () => {
  const delivery = await start();
  await edit(delivery, "TWO");
  await delivery.activate(to("previous"));
  await delivery.close();
  await folder.write(main, "package sallyport.main\n\ndecision := ");
  const again = await start();
  expect(codeOf(again)).toBe("ONE");
  expect(policyFindings(again).map(({ name }) => name)).toEqual(["policy-edit", "policy-pinned"]);
  await expect(again.activate(to("latest"))).rejects.toMatchObject({ code: "policy_revision_refused" });
  expect(codeOf(again)).toBe("ONE");
});

test("keeps so many different policies that were active, as many that were held, and the pinned one", async () => {
  const delivery = await start({ keep: 2 });
  await edit(delivery, "TWO");
  await delivery.activate(to("previous"));
  for (const code of ["THREE", "FOUR", "FIVE"]) await edit(delivery, code);
  const kept = delivery.list().filter((entry) => entry.kept);
  expect(new Set(kept.map(({ digest }) => digest)).size).toBe(4);
  const files = await readdir(join(dataDir(), "policy-history"));
  expect(files.filter((name) => name.endsWith(".tar.gz"))).toHaveLength(4);
  expect(codeOf(delivery)).toBe("ONE");
});

test("an archive that somebody changed does not become active, and a pinned one prevents the start", async () => {
  const delivery = await start();
  await edit(delivery, "TWO");
  await delivery.activate(to("previous"));
  await delivery.close();
  const digest = delivery.pinned()?.digest.slice("sha256:".length) ?? "";
  await appendFile(join(dataDir(), "policy-history", `${digest}.tar.gz`), "more");
  await expect(start()).rejects.toThrow(
    /is pinned to \w+, which cannot be active: .*remove .*policy-history\/history/s,
  );
});

test("a history that somebody changed, or that is of another store, is not used and is a finding", async () => {
  const delivery = await start();
  await edit(delivery, "TWO");
  await delivery.close();
  const text = await readFile(historyFile(), "utf8");
  await writeFile(historyFile(), text.replace('"by":null', '"by":"eve"'));
  const again = await start();
  expect(policyFindings(again)).toMatchObject([{ name: "policy-history", severity: "degraded" }]);
  expect([codeOf(again), outcomes(again)]).toEqual(["TWO", [["active", null]]]);
  expect(await readFile(`${historyFile()}.refused`, "utf8")).toContain('"by":"eve"');
  await again.close();
  const third = await start();
  expect(policyFindings(third)).toMatchObject([{ problem: expect.stringContaining("history.refused") as string }]);
  await third.close();
  await rm(`${historyFile()}.refused`);
  const fourth = await start();
  expect(policyFindings(fourth)).toEqual([]);
  await fourth.close();
  const other = await start({}, Buffer.alloc(32, 8));
  expect(policyFindings(other)).toMatchObject([{ name: "policy-history" }]);
});

describe("where bundles are signed", () => {
  let room: SigningRoom;
  let signer: Signer;
  let marks: BundleMarks;
  beforeAll(async () => {
    room = await signingRoom();
    signer = await room.signer("ES256");
  });
  afterAll(() => room.remove());

  test("an older bundle comes back only when that is said, also over a restart, and no signature is no way back", async () => {
    marks = bundleMarks(new Connection(openDatabase(":memory:")));
    const file = room.path("policy.tar.gz");
    const signing = { trust: trusting(signer), marks };
    const options = { sources: new CurrentSources([{ kind: "archive", path: file }]), signing };
    const deploy = async (code: string, iat: number): Promise<void> => {
      await copyFile(await room.signed(await room.bundle(code), signer, { iat: 1_750_000_000 + iat }), `${file}.new`);
      await rename(`${file}.new`, file);
    };
    await deploy("ONE", 1);
    const delivery = await start(options);
    await deploy("TWO", 2);
    await delivery.look();
    expect(codeOf(delivery)).toBe("TWO");
    await expect(delivery.activate(to("previous"))).rejects.toMatchObject({
      code: "policy_revision_older",
      hint: expect.stringContaining("before one that has been active") as string,
    });
    expect([codeOf(delivery), delivery.pinned()]).toEqual(["TWO", null]);
    await delivery.activate(to("previous", true));
    expect([codeOf(delivery), await marks.newest()]).toEqual(["ONE", 1_750_000_002]);
    await delivery.close();
    const again = await start(options);
    expect(codeOf(again)).toBe("ONE");
    await again.activate(to("latest"));
    expect(codeOf(again)).toBe("TWO");
    await again.activate(to(again.active()?.revision ?? ""));
    await deploy("THREE", 3);
    await again.look();
    expect([codeOf(again), await marks.newest()]).toEqual(["TWO", 1_750_000_003]);
    await again.close();
    const pinnedBefore = await start(options);
    expect(codeOf(pinnedBefore)).toBe("TWO");
    await pinnedBefore.activate(to("latest"));
    expect(codeOf(pinnedBefore)).toBe("THREE");
    await pinnedBefore.close();
    const others = { ...signing, trust: { ...signing.trust, keys: new Map() } };
    const untrusting = await start({ ...options, signing: others, mayArrive: true });
    await expect(untrusting.activate(to("previous", true))).rejects.toMatchObject({ code: "policy_revision_refused" });
  });
});
