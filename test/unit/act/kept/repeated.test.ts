import type { KeptResult } from "../../../../gateway/act/kept/kept-results.ts";
import { answerRepeated } from "../../../../gateway/act/kept/repeated.ts";
import { resultWorld } from "../results/support/judge.ts";
import { exchangeOf } from "./support/exchange.ts";

const result: KeptResult["result"] = {
  kind: "http",
  status: 200,
  body: Buffer.from('{"said":"once"}'),
  headers: ["Content-Type", "application/json"],
};

/** What is done, in its order, for a caller that repeats a call whose result is kept, or is not any more. */
async function repeated(kept: KeptResult | undefined) {
  const done: string[] = [];
  const world = resultWorld({ rules: { everywhere: false, tools: {} }, readsProvenance: true });
  const { exchange, said } = exchangeOf("http");
  const deps = {
    kept: { running: () => undefined, look: () => kept, take: () => kept && { kept, giveBack: () => undefined } },
    results: {
      of: () => {
        done.push("read");
        return null;
      },
      beforeSent: async () => void done.push("said"),
    },
  } as unknown as Parameters<typeof answerRepeated>[3];
  const inside = { ...exchange, resumed: null, connection: { aborted: false } } as unknown as typeof exchange;
  const outcome = await answerRepeated(inside, world.call(), "a_1", deps);
  return { done, outcome, said };
}

test("says a repeated call in the session of who repeats it before the result that was kept is read there", async () => {
  const { done, outcome, said } = await repeated({ decisionId: "d_1", endedAt: 0, result });
  expect(done).toEqual(["said", "read"]);
  expect(outcome).toMatchObject({ kind: "replayed", approvalId: "a_1" });
  expect(said.body).toBe('{"said":"once"}');
});

test.each<[string, KeptResult | undefined, string]>([
  ["that was too large to be kept", { decisionId: "d_1", endedAt: 0, result: "too_large" }, "approval_result_lost"],
  ["that somebody else has taken", undefined, "approval_consumed"],
])("remembers nothing for a result %s", async (_what, kept, code) => {
  const { done, said } = await repeated(kept);
  expect(done).toEqual([]);
  expect(said.body).toContain(code);
});
