import { readFile, writeFile } from "node:fs/promises";
import type { HttpAgent, HttpAnswer } from "../agent/http-agent.ts";
import { effectOf, sentenceOf } from "./effect.ts";
import type { Scene } from "./scene.ts";

const call = { method: "GET", path: "/payments/v1/refunds" } as const;
const withinMs = 60_000;
const againAfterMs = 25;

export const hotReload: Scene = {
  name: "hot-reload",
  protocol: "http",
  title: "a rule is edited while the gateway runs, and the same call changes its answer",
  expected: "allow, then deny",
  executions: 0,
  async play({ refundBot, payments, ruleFile }) {
    const before = await refundBot.call(call);
    const rule = await readFile(ruleFile, "utf8");
    await writeFile(ruleFile, rule.replace("_frozen := set()", '_frozen := {"payments/list_refunds"}'));
    const edited = performance.now();
    const after = await untilItChanges(refundBot, effectOf(before));
    const liveAfter = Math.round(performance.now() - edited);
    const counted = (await payments.counts()).executions["list_refunds"] ?? 0;
    const last = await refundBot.call(call);
    const executions = ((await payments.counts()).executions["list_refunds"] ?? 0) - counted;
    await writeFile(ruleFile, rule);
    await untilItChanges(refundBot, effectOf(last));
    return {
      observed: `${effectOf(before)}, then ${effectOf(after)}`,
      executions,
      decisionId: after.decisionId,
      said: sentenceOf(after),
      ms: liveAfter,
    };
  },
};

/** The first answer whose effect differs. */
async function untilItChanges(agent: HttpAgent, effect: string): Promise<HttpAnswer> {
  const until = performance.now() + withinMs;
  for (;;) {
    const answer = await agent.call(call);
    if (effectOf(answer) !== effect) return answer;
    if (performance.now() > until) throw new Error(`the answer was still ${effect} ${withinMs} ms after the edit`);
    await new Promise((resolve) => setTimeout(resolve, againAfterMs));
  }
}
