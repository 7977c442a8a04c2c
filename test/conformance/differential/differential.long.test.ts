import { declaredBuiltins, notAsked } from "./builtins.ts";
import { differential } from "./run.ts";

/** A slice of `npm run conformance -- --differential`, always the same one: other seeds are for that command. */
test("answers generated calls of every builtin as OPA does, whatever their arguments are", async () => {
  const { builtins, calls, defined, differences } = await differential({ each: 30, seed: 20_261_125, only: [] });
  expect(differences).toEqual([]);
  expect(builtins).toBe(declaredBuiltins().length);
  expect(calls).toBeGreaterThanOrEqual(5_000);
  // Calls that are undefined on both sides prove little.
  expect(defined).toBeGreaterThan(calls / 3);
}, 400_000);

test("leaves out no builtin but those that are named with a reason", () => {
  const asked = new Set(declaredBuiltins().map(({ name }) => name));
  expect([...notAsked.keys()].filter((name) => asked.has(name))).toEqual([]);
  expect(asked.size).toBeGreaterThan(170);
});
