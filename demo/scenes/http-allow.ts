import { effectOf } from "./effect.ts";
import { ran, type Scene } from "./scene.ts";

export const httpAllow: Scene = {
  name: "http-allow",
  protocol: "http",
  title: "refund-bot looks up an order",
  expected: "allow",
  executions: 1,
  async play({ refundBot, payments }) {
    const answer = await refundBot.call({ method: "GET", path: "/payments/v1/orders/o-881" });
    return {
      observed: effectOf(answer),
      executions: await ran(payments, "get_order", { order_id: "o-881" }),
      decisionId: answer.decisionId,
      said: JSON.stringify(answer.body),
      ms: answer.ms,
    };
  },
};
