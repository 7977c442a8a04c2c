import { selfTest } from "../../../../gateway/bundles/active/activate.ts";
import { policyInputOf, selfTestInput } from "../../../../gateway/bundles/golden-cases.ts";
import { type Evaluation, PolicyFault } from "../../../../gateway/domain/ports.ts";
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
