import { effectOf, sentenceOf } from "./effect.ts";
import { ran, type Scene } from "./scene.ts";

const refund = { order_id: "o-900", amount: 9400, currency: "EUR", reason: "returned" };

export const httpDeny: Scene = {
  name: "http-deny",
  protocol: "http",
  title: "refund-bot asks for a refund of 9400 EUR, far above the ceiling",
  expected: "deny",
  executions: 0,
  async play({ refundBot, payments }) {
    const answer = await refundBot.call({ method: "POST", path: "/payments/v1/refunds", json: refund });
    return {
      observed: effectOf(answer),
      executions: await ran(payments, "create_refund", refund),
      decisionId: answer.decisionId,
      said: sentenceOf(answer),
      ms: answer.ms,
    };
  },
};
