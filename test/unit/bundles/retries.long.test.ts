import { chmod, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { policyFindings, unappliedSince } from "../../../gateway/compose/health.ts";
import { eventually } from "../../support/eventually.ts";
import { opa } from "../decide/support/compile-rego.ts";
import { mainRego, type PolicyFolder, policyFolder } from "./support/policy-folder.ts";

const MAIN = "sallyport/main/main.rego";
let folder: PolicyFolder;
let busy: string;
let slowOpa: string;

beforeEach(async () => {
  folder = await policyFolder({ [MAIN]: mainRego("ONE") });
  busy = join(dirname(folder.dir), "busy");
  slowOpa = join(dirname(folder.dir), "opa");
  // The real one, that hangs while the machine is "busy", or is killed as by a system without memory.
  const wait = `[ "$(cat '${busy}')" = killed ] && kill -9 $$; sleep 0.1`;
  await writeFile(slowOpa, `#!/bin/sh\nwhile [ -e '${busy}' ]; do ${wait}; done\nexec '${opa}' "$@"\n`);
  await chmod(slowOpa, 0o755);
});
afterEach(async () => {
  await rm(busy, { force: true });
  await folder.remove();
});

/** Longer than any build takes that does not hang. */
const patient = 60_000;

test.each([
  ["runs into the time limit", "hangs", 500, "took longer than 0.5 s (policy.build_timeout)"],
  ["is killed by the system", "killed", patient, "was ended by SIGKILL"],
])("keeps an edit whose opa %s as a finding, and applies it without another edit", async (_what, how, ms, problem) => {
  // Read at each run: short only while opa hangs.
  const command = { path: slowOpa, timeoutMs: patient };
  const bundles = folder.bundles({ opa: command, pollMs: 50 });
  await bundles.start();
  const revision = bundles.active()?.revision;
  const failed = folder.next(bundles, ({ failure }) => failure !== null);
  await writeFile(busy, how);
  command.timeoutMs = ms;
  await folder.write(MAIN, mainRego("TWO"));
  const { failure } = await failed;
  expect(failure).toMatchObject({ stage: "compile", edited: MAIN, retried: true });
  const since = new Date(failure?.since ?? 0).toISOString();
  const [finding] = policyFindings(bundles);
  expect(finding).toMatchObject({ name: "policy-edit", severity: "degraded" });
  expect(finding?.problem).toContain(`edit of ${MAIN} not applied since ${since}: opa `);
  expect(finding?.problem).toContain(problem);
  expect(finding?.fix).toContain("tried again by itself");
  expect(unappliedSince(bundles.status())).toBe(failure?.since);
  expect(folder.logged.some((line) => line.startsWith(`edit of ${MAIN} not applied since ${since}`))).toBe(true);
  const applied = folder.next(bundles, ({ active }) => active?.revision !== revision);
  await rm(busy);
  command.timeoutMs = patient;
  await applied;
  expect(policyFindings(bundles)).toEqual([]);
  expect(unappliedSince(bundles.status())).toBeNull();
});

test("keeps the time of the first failure through failing edits, and names every file that is not applied", async () => {
  await folder.write("data.json", "{}");
  const bundles = folder.bundles();
  await bundles.start();
  const first = folder.next(bundles, ({ failure }) => failure !== null);
  await folder.write(MAIN, "package sallyport.main\n\nx {");
  const since = (await first).failure?.since;
  const second = folder.next(bundles, ({ failure }) => failure?.edited !== MAIN);
  await folder.write("data.json", "{");
  expect((await second).failure).toMatchObject({ since, edited: `data.json, ${MAIN}`, retried: false });
});

test("does not build broken content again, and does not log it again", async () => {
  const bundles = folder.bundles({ pollMs: 20 });
  await bundles.start();
  const failed = folder.next(bundles, ({ failure }) => failure !== null);
  await folder.write(MAIN, "package sallyport.main\n\nx {");
  await failed;
  const logged = folder.logged.length;
  const statuses: unknown[] = [];
  bundles.watch((status) => statuses.push(status));
  // Twenty polls of content that was refused.
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect([folder.logged.length, statuses]).toEqual([logged, []]);
});

test("tells of an edit whose build takes long that it is not applied yet", async () => {
  const bundles = folder.bundles({ opa: { path: slowOpa, timeoutMs: patient }, pollMs: 50, slowBuildMs: 200 });
  await bundles.start();
  const revision = bundles.active()?.revision;
  expect(policyFindings(bundles)).toEqual([]);
  await writeFile(busy, "hangs");
  await folder.write(MAIN, mainRego("TWO"));
  const finding = await eventually("the slow build is told", () => policyFindings(bundles)[0] ?? null);
  expect(finding).toMatchObject({
    name: "policy-build",
    problem: expect.stringContaining(`edit of ${MAIN} is not applied yet: its build runs since `),
  });
  expect(bundles.active()?.revision).toBe(revision);
});
