import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BundleDelivery, BundlesOptions } from "../../../../gateway/bundles/bundles-options.ts";
import { HistoryFile, type KeptEntry } from "../../../../gateway/bundles/history/history-file.ts";
import { KeptArchives } from "../../../../gateway/bundles/history/kept-archives.ts";
import { PinnedDelivery, type PinnedDeliveryOptions } from "../../../../gateway/bundles/history/pinned-delivery.ts";
import { openHistory } from "../../../../gateway/compose/open-history.ts";
import type { ApprovedChange, PolicyChanges, PolicyName } from "../../../../gateway/domain/ports.ts";
import { checkAnswer } from "../../../../gateway/decide/decide.ts";
import { activePolicy, TestClock } from "../../../support/builders.ts";
import { quiet } from "../../../support/quiet.ts";
import { engine } from "../support/policy-folder.ts";

const digest = `sha256:${"a".repeat(64)}`;
const policy = { ...activePolicy({ revision: "r2", digest }), rules: [], warnings: [] };
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

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sallyport-history-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const sources: BundleDelivery = {
  start: () => Promise.resolve(),
  active: () => policy,
  isStale: () => false,
  status: () => ({ active: null, failure: null, building: null, warnings: [], faults: [] }),
  watch: () => () => undefined,
  close: () => Promise.resolve(),
  look: () => Promise.resolve(),
  retry: () => Promise.resolve(),
  isActive: () => false,
};

/** `place`: of the history's file. */
function delivery(place: string, more: Partial<PinnedDeliveryOptions> = {}, entries: readonly KeptEntry[] = [entry]) {
  let hooks: Pick<BundlesOptions, "kept" | "gate"> = {};
  const clock = new TestClock();
  const [file, archives] = [new HistoryFile(place, Buffer.alloc(32)), new KeptArchives(join(dir, "kept"))];
  const options = {
    engine,
    clock,
    logger: quiet,
    checkAnswer,
    file,
    archives,
    signing: null,
    problem: null,
    sources: new CurrentSources([]),
  };
  const made = new PinnedDelivery({ entries, pin: null }, { ...options, ...more }, (given) => {
    hooks = given;
    return sources;
  });
  const archive = join(dir, "built.tar.gz");
  const kept = async (approved: ApprovedChange | null = null, of = policy) => {
    await writeFile(archive, "an archive");
    await hooks.kept?.({ policy: of as never, archive, signed: null, approved });
  };
  const admit = ({ revision, digest: of }: PolicyName) =>
    hooks.gate?.admit({ revision, digest: of, archive, sources: null, tests: [] });
  return { made, kept, admit };
}

test("a history that cannot be written is told and stops no activation", async () => {
  await writeFile(join(dir, "file"), "");
  const { made, kept } = delivery(join(dir, "file", "history"));
  await kept();
  expect(made.active()).toBe(policy);
  expect(made.status().historyProblem).toContain("the policy's history cannot be kept");
  expect(made.list()).toHaveLength(1);
});

test("what has become active is kept with the history, which is read as it was written and by its key alone", async () => {
  const place = join(dir, "history");
  const { made, kept } = delivery(place);
  await kept();
  await kept();
  expect(made.list().map(({ revision, kept: isKept }) => [revision, isKept])).toEqual([["r1", true]]);
  const written = await new HistoryFile(place, Buffer.alloc(32)).read();
  expect(written?.entries).toEqual([entry]);
  await expect(new HistoryFile(place, Buffer.alloc(32, 1)).read()).rejects.toThrow("not as this gateway wrote it");
  await writeFile(place, (await readFile(place, "utf8")).replace('"pin":null', '"pin":{}'));
  await expect(new HistoryFile(place, Buffer.alloc(32)).read()).rejects.toThrow("not as this gateway wrote it");
});

test("an archive that cannot be loaded is refused, and what judges stays", async () => {
  const { made, kept } = delivery(join(dir, "history"));
  await kept();
  const asked = made.activate({ revision: "r1", acceptOlder: false, by: "olga", reason: null });
  await expect(asked).rejects.toMatchObject({ code: "policy_revision_refused" });
  expect([made.active(), made.pinned()]).toEqual([policy, null]);
});

test("goes back to a revision with bundles that are signed one by one only when that is meant; the active one may be pinned", async () => {
  const other = `sha256:${"b".repeat(64)}`;
  await mkdir(join(dir, "kept"));
  for (const letter of ["a", "b"]) await writeFile(join(dir, "kept", `${letter.repeat(64)}.tar.gz`), "an archive");
  const archives = new KeptArchives(join(dir, "kept"));
  await archives.open();
  const trust = new Map([["team", { scope: "", keys: new Map() } as never]]);
  const entries = [{ ...entry, revision: "r0", digest: other }, entry];
  const { made } = delivery(join(dir, "history"), { archives, sources: new CurrentSources([], trust) }, entries);
  const back = (revision: string, acceptOlder: boolean) =>
    made.activate({ revision, acceptOlder, by: "olga", reason: null });
  await expect(back("previous", false)).rejects.toMatchObject({
    code: "policy_revision_older",
    hint: expect.stringContaining('("team")') as string,
  });
  // They come as far as the archive, which is none.
  for (const asked of [back("previous", true), back("r1", false)])
    await expect(asked).rejects.toMatchObject({ code: "policy_revision_refused" });
});

test("goes back to a revision only when that is meant where documents say which bundles there are, although none is signed now", async () => {
  const other = `sha256:${"b".repeat(64)}`;
  await mkdir(join(dir, "kept"));
  for (const letter of ["a", "b"]) await writeFile(join(dir, "kept", `${letter.repeat(64)}.tar.gz`), "an archive");
  const archives = new KeptArchives(join(dir, "kept"));
  await archives.open();
  const entries = [{ ...entry, revision: "r0", digest: other }, entry];
  const of = new CurrentSources([], new Map(), { areDiscovered: true });
  const { made } = delivery(join(dir, "history"), { archives, sources: of }, entries);
  const back = (acceptOlder: boolean) => made.activate({ revision: "r0", acceptOlder, by: "olga", reason: null });
  await expect(back(false)).rejects.toMatchObject({ code: "policy_revision_older" });
  await expect(back(true)).rejects.toMatchObject({ code: "policy_revision_refused" });
});

const place = () => ({
  engine,
  checkAnswer,
  clock: new TestClock(),
  logger: quiet,
  sources: new CurrentSources([]),
  outDir: dir,
  mayArrive: true,
  opa: { path: "opa", timeoutMs: 1_000, environment: {} },
});

const required: NonNullable<PinnedDeliveryOptions["required"]> = {
  requirements: { tests: true, coverage: null, impact: null, approval: null },
  opa: "opa",
  sources: new CurrentSources([]),
  measureImpact: null,
  changes: null,
  judged: { last: () => Promise.resolve(null), note: () => Promise.resolve() },
};

test("an approval makes a policy active once on a gateway, also over a restart", async () => {
  const approved: ApprovedChange = { by: "olga", reason: "approved by paul (a_1)", approval: "a_1" };
  const changes: PolicyChanges = {
    ask: () => Promise.reject(new Error("nobody is asked")),
    approved: async (_change, isUsedHere) => (isUsedHere("a_1") ? null : approved),
    question: async () => null,
    supersede: () => Promise.resolve(),
    watch: () => () => undefined,
  };
  const approval = { role: "security", count: 1, when: "always", withinMs: 60_000 } as const;
  const more = {
    required: { ...required, requirements: { ...required.requirements, tests: false, approval }, changes },
  };
  const other = { ...policy, revision: "r3", digest: `sha256:${"b".repeat(64)}` };
  const place = join(dir, "history");
  const { admit, kept } = delivery(place, more);
  // What has not become active may be tried again.
  for (let tries = 0; tries < 2; tries += 1) expect(await admit(other)).toEqual(approved);
  await kept(approved, other);
  await expect(admit(other)).rejects.toThrow("policy.require.approval");
  const written = await new HistoryFile(place, Buffer.alloc(32)).read();
  const again = delivery(place, more, written?.entries);
  await expect(again.admit(other)).rejects.toThrow("policy.require.approval");
  expect(again.made.list()[0]).not.toHaveProperty("approval");
});

test("the store is told of a policy that judges here as a change, and of one that judged here before only when it knows of none", async () => {
  let noted: PolicyName | null = null;
  const judged = {
    last: () => Promise.resolve(noted),
    note: ({ revision, digest: of }: PolicyName) => ((noted = { revision, digest: of }), Promise.resolve()),
  };
  const { kept } = delivery(join(dir, "history"), { required: { ...required, judged } });
  await kept();
  expect(noted).toEqual({ revision: "r2", digest });
  const elsewhere = { revision: "r9", digest: "sha256:9" };
  noted = elsewhere;
  await kept();
  expect(noted).toEqual(elsewhere);
  await kept(null, { ...policy, revision: "r3", digest: "sha256:3" });
  expect(noted).toEqual({ revision: "r3", digest: "sha256:3" });
});

test("what was built while another revision was pinned is not activated by its name where something is required", async () => {
  await mkdir(join(dir, "kept"));
  await writeFile(join(dir, "kept", `${"a".repeat(64)}.tar.gz`), "an archive");
  const archives = new KeptArchives(join(dir, "kept"));
  await archives.open();
  const asked = (more: Partial<PinnedDeliveryOptions>, entries: KeptEntry[]) =>
    delivery(join(dir, "history"), { archives, ...more }, entries).made.activate({
      revision: "r1",
      acceptOlder: false,
      by: "olga",
      reason: null,
    });
  const held: KeptEntry = { ...entry, outcome: "held" };
  const hint = expect.stringContaining("has not judged") as string;
  await expect(asked({ required }, [held])).rejects.toMatchObject({ code: "policy_revision_refused", hint });
  // These come as far as the archive, which is none.
  const other = expect.not.stringContaining("has not judged") as string;
  for (const asking of [asked({}, [held]), asked({ required }, [entry, held])])
    await expect(asking).rejects.toMatchObject({ code: "policy_revision_refused", hint: other });
});

test("a history that was changed is put aside where nothing is required of changes, and prevents the start where something is", async () => {
  const folder = join(dir, "policy-history");
  const written = new HistoryFile(join(folder, "history"), Buffer.alloc(32, 1));
  await written.write({ entries: [entry], pin: null });
  await expect(openHistory(dir, Buffer.alloc(32), { ...place(), required })).rejects.toMatchObject({
    name: "CannotStart",
    code: "policy_history_unusable",
    message: expect.stringMatching(
      /history cannot be used: it is not as this gateway wrote it.* Put back the file/,
    ) as string,
  });
  expect(await readdir(folder)).toEqual(["history"]);
  const opened = await openHistory(dir, Buffer.alloc(32), place());
  expect([opened.list(), await readdir(folder)]).toEqual([[], ["history.refused"]]);
  await opened.close();
});

test("a history that cannot be read prevents the start and stays where it is", async () => {
  const folder = join(dir, "policy-history");
  await mkdir(join(folder, "history"), { recursive: true });
  const opening = openHistory(dir, Buffer.alloc(32), place());
  await expect(opening).rejects.toMatchObject({
    name: "CannotStart",
    code: "policy_history_unusable",
    message: expect.stringMatching(
      /policy-history\/history cannot be read \(EISDIR\).* a revision may be pinned/,
    ) as string,
  });
  expect(await readdir(folder)).toEqual(["history"]);
});
