import { eventually } from "../../../support/eventually.ts";
import { decide, visible } from "../../../../gateway/decide/decide.ts";
import type { ActivePolicy } from "../../../../gateway/domain/ports.ts";
import { policyFindings } from "../../../../gateway/compose/health.ts";
import type { BundleDelivery } from "../../../../gateway/bundles/bundles-options.ts";
import { inputOf } from "../../decide/support/compile-rego.ts";
import { mainRego, type PolicyFolder, policyFolder } from "../support/policy-folder.ts";

const MAIN = "sallyport/main/main.rego";
/** Two answers for amounts above 200, and none of the right shape for those under 0. */
const faulty = `${mainRego("ONE")}
denials contains _limit if _limit == 7

_limit := 5 if input.context.arguments.amount > 100

_limit := 10 if input.context.arguments.amount > 200

denials contains "no reason" if input.context.arguments.amount < 0
`;
let folder: PolicyFolder;

beforeEach(async () => {
  folder = await policyFolder({ [MAIN]: faulty });
});
afterEach(() => folder.remove());

const amount = (value: number) => inputOf({ context: { arguments: { amount: value } } });

test("notes where a rule has two answers, logs it once, counts it, and forgets it with the next policy", async () => {
  const bundles = folder.bundles();
  await bundles.start();
  const policy = bundles.active() as ActivePolicy;
  expect(decide(policy, amount(150)).indeterminate).toBeNull();
  expect(bundles.status().faults).toEqual([]);

  expect([decide(policy, amount(300)).indeterminate, decide(policy, amount(400)).indeterminate]).toEqual([
    "policy_conflict",
    "policy_conflict",
  ]);
  const line = faulty.split("\n").indexOf("_limit := 10 if input.context.arguments.amount > 200") + 1;
  expect(bundles.status().faults).toEqual([
    expect.objectContaining({ entrypoint: "decision", code: "policy_conflict", count: 2, place: { file: MAIN, line } }),
  ]);
  expect(folder.logged.filter((text) => text.startsWith("the policy is at fault"))).toHaveLength(1);
  expect(policyFindings(bundles)).toEqual([
    expect.objectContaining({
      name: "policy-faults",
      severity: "degraded",
      problem: expect.stringContaining(`${MAIN}:${line}: policy_conflict in 2 evaluations`),
    }),
  ]);

  await folder.write(MAIN, mainRego("TWO"));
  await folder.next(bundles, ({ active }) => active?.revision !== policy.revision);
  // On a busy machine the end of the build is noted a moment later.
  await eventually("nothing is wrong", () => (policyFindings(bundles).length === 0 ? true : null));
});

test("notes answers of the wrong shape, and nothing of an input that is too large", async () => {
  const bundles = folder.bundles({ watch: false });
  await bundles.start();
  const policy = bundles.active() as ActivePolicy;
  expect(decide(policy, amount(-1)).indeterminate).toBe("policy_shape");
  expect(visible(policy, inputOf({ context: { arguments: { amount: 1 } } }))).toBe(false);
  policy.noteFault("decision", "policy_input_too_large", "it has more keys than it may");
  expect(bundles.status().faults.map(({ code, place }) => [code, place])).toEqual([["policy_shape", null]]);
});

test("the place of a fault is the file's, without the bracket that it stands in", async () => {
  const bundles = folder.bundles({ watch: false });
  await bundles.start();
  const policy = bundles.active() as ActivePolicy;
  const details = [
    "it comes from the rule limits/x (rules/x.rego:12)",
    "rules/y(1).rego:3:1: conflict",
    "a (z(2).rego:4)",
  ];
  for (const detail of details) policy.noteFault("decision", "policy_shape", detail);
  const places = bundles.status().faults.map(({ place }) => `${place?.file}:${place?.line}`);
  expect(places.toSorted()).toEqual(["rules/x.rego:12", "rules/y(1).rego:3", "z(2).rego:4"]);
  expect(policyFindings(bundles)[0]?.problem).toMatch(/^rules\/x\.rego:12: policy_shape in one evaluation/m);
});

test("no edit waits while the sources hold what is active, however long that takes to be noted", async () => {
  const noted = Promise.withResolvers<void>();
  let settling = 0;
  const settle = () => {
    settling += 1;
    return noted.promise;
  };
  const gate = { needsSources: false, admit: async () => null, settle };
  const bundles = folder.bundles({ watch: false, slowBuildMs: 0, gate });
  await bundles.start();
  const looked = (bundles as BundleDelivery).look();
  await eventually("it is looked at", () => (settling > 0 ? true : null));
  expect(policyFindings(bundles)).toEqual([]);
  noted.resolve();
  await looked;
});

test("keeps no more faults apart than people can read", async () => {
  const bundles = folder.bundles({ watch: false });
  await bundles.start();
  const policy = bundles.active() as ActivePolicy;
  for (let at = 1; at <= 1_000; at += 1) policy.noteFault("decision", "policy_conflict", `a.rego:${at}:1: conflict`);
  expect(bundles.status().faults).toHaveLength(20);
});
