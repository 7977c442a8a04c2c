import { compileCases, readCases } from "./cases.ts";
import { checkEvaluations, checkThrows } from "./check-endurance.ts";
import { checkPolicies } from "./check-policies.ts";
import { missingFor } from "./engine.ts";

/** A slice of `npm run verify:policy`, which also measures other people's traffic and takes minutes. */
const said: string[] = [];
const say = (text: string): void => void said.push(text);

test("stops every adversarial policy in time, with a doubt that has a name", async () => {
  const cases = (await readCases()).filter((one) => missingFor(one).length === 0);
  expect(cases.length).toBeGreaterThan(100);
  const { failures } = await checkPolicies(await compileCases(cases), cases, 3, say);
  expect({ failures, said: said.filter((text) => text.startsWith("not stopped")) }).toEqual({ failures: 0, said: [] });
}, 120_000);

test("names a policy that is not stopped", async () => {
  const harmless = [{ name: "harmless", rego: "evil := 1\n" }];
  const { failures } = await checkPolicies(await compileCases(harmless), harmless, 1, say);
  expect(failures).toBe(1);
  expect(said).toContainEqual(expect.stringMatching(/^not stopped as it should be: harmless: allow, without a doubt/));
});

test("answers rightly after every throw and keeps nothing of it", async () => {
  const endurance = { count: 2_000, warmUp: 2_000, mostResidentMb: 64 };
  expect(await checkThrows(await readCases(), endurance, say)).toMatchObject({ count: 2_000, failures: 0 });
});

test("keeps nothing of an evaluation", async () => {
  const endurance = { count: 30_000, warmUp: 20_000, mostResidentMb: 10 };
  expect(await checkEvaluations(endurance, say)).toMatchObject({ count: 30_000, failures: 0 });
});
