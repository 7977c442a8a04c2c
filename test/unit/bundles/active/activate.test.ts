import { activate, selfTest } from "../../../../gateway/bundles/active/activate.ts";
import type { Archive } from "../../../../gateway/bundles/archive/archive.ts";
import { everyResult } from "../../../../gateway/bundles/archive/manifest-known.ts";
import { ENTRYPOINTS } from "../../../../gateway/bundles/build/entrypoints.ts";
import { policyInputOf, selfTestInput } from "../../../../gateway/bundles/golden-cases.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import { type Evaluation, type PolicyEngine, PolicyFault } from "../../../../gateway/domain/ports.ts";
import { compileRego } from "../../decide/support/compile-rego.ts";
import { TestClock } from "../../../support/builders.ts";
import { policyThat } from "../../decide/support/policies.ts";

const input = policyInputOf(selfTestInput("call"));
const golden = { name: "a refund", file: "golden/refund.json", entrypoint: "decision", input } as const;
const printed = { lines: [{ at: "main.rego:7", text: "amount 301" }], left: 2 };

/** What the self-test says of a policy that evaluates so; null when it has nothing to say. */
async function told(evaluate: () => Evaluation, checkAnswer = () => {}): Promise<string | null> {
  const tested = selfTest(policyThat(evaluate), [{ ...golden, want: { effect: "allow" } }], checkAnswer);
  return tested.then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
}

const answering = (effect: string) => (): Evaluation => ({ results: [{ result: { effect } }], fuel: 1, printed });

test("a right answer is not told, whatever was printed", async () => {
  expect(await told(answering("allow"))).toBeNull();
});

const lines = "\n  printed main.rego:7: amount 301\n  printed … and 2 more";

test.each<[string, () => Evaluation, (() => void) | undefined, string]>([
  ["another answer", answering("deny"), undefined, '/effect is "deny", wanted "allow"'],
  [
    "an answer of the wrong shape",
    answering("allow"),
    () => {
      throw new Error("not of the right shape");
    },
    "not of the right shape",
  ],
  [
    "a fault",
    () => {
      throw Object.assign(new PolicyFault("policy_conflict", "two answers"), { printed });
    },
    undefined,
    "two answers",
  ],
])("%s is told with the case, its file and what was printed before", async (_, evaluate, checkAnswer, wrong) => {
  const message = await told(evaluate, checkAnswer);
  expect(message).toMatch(/^golden\/refund\.json:1: a refund: /);
  expect(message).toContain(wrong);
  expect(message?.endsWith(lines)).toBe(true);
});

/** An engine that counts what is evaluated. */
function countingEngine(): { readonly engine: PolicyEngine; readonly count: () => number } {
  const real = createPolicyEngine();
  let evaluations = 0;
  const engine: PolicyEngine = {
    ...real,
    load: async (...asked) => {
      const loaded = await real.load(...asked);
      const { policy } = loaded;
      const evaluate: typeof policy.evaluate = (...of) => {
        evaluations += 1;
        return policy.evaluate(...of);
      };
      return { ...loaded, policy: Object.assign(Object.create(policy) as typeof policy, { evaluate }) };
    },
  };
  return { engine, count: () => evaluations };
}

test("a module whose golden case failed is warmed up when the case is mended, and not after that", async () => {
  const rego = 'package sallyport.main\n\ndecision := {"effect": "allow"}\n\nvisible := 2\n\nresult := 3\n';
  const { wasm } = await compileRego({ "main.rego": rego }, ENTRYPOINTS);
  const parts = { data: {}, dataBytes: Buffer.from("{}"), projections: {}, results: everyResult, exports: {} };
  const archive: Archive = { revision: "r", digest: "sha256:r", wasm, ...parts, unasked: null, signed: null };
  const { engine, count } = countingEngine();
  const ignored = (): void => {};
  const deps = {
    engine,
    clock: new TestClock(),
    logger: { debug: ignored, info: ignored, warn: ignored, error: ignored },
    checkAnswer: () => {},
  };
  const activated = (effect: string) =>
    activate(archive, { rules: [], warnings: [] }, [{ ...golden, want: { effect } }], deps);
  const evaluated = async (effect: string): Promise<number> => {
    const before = count();
    await activated(effect);
    return count() - before;
  };
  await expect(activated("deny")).rejects.toThrow("a refund");
  const [mended, again] = [await evaluated("allow"), await evaluated("allow")];
  expect([mended > 100, again]).toEqual([true, 1]);
  engine.releaseLoad();
});
