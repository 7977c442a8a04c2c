import { effectOf, sentenceOf } from "./effect.ts";
import { ran, type Scene, undecided } from "./scene.ts";

const refund = { order_id: "o-881", amount: 120, currency: "EUR", reason: "parcel arrived broken" };
const call = { method: "POST", path: "/payments/v1/refunds", json: refund } as const;

/** Between the end of the time to decide and the answer that says so. */
const graceMs = 30_000;

export const httpHoldRelease: Scene = {
  name: "http-hold-release",
  protocol: "http",
  title: "refund-bot refunds 120 EUR: money that leaves cannot be called back, so a person decides",
  expected: "hold, then allow",
  executions: 1,
  async play({ refundBot, payments, people, decideWithinMs }) {
    const started = performance.now();
    const held = await refundBot.call(call);
    const early = await ran(payments, "create_refund", refund);
    if (effectOf(held) !== "hold" || early > 0) {
      return {
        observed: effectOf(held),
        executions: early,
        decisionId: held.decisionId,
        said: sentenceOf(held),
        ms: held.ms,
      };
    }
    const location = held.headers.get("location") ?? "";
    await people.asked("payments/create_refund", location.split("/").at(-1) ?? null);
    const status = await refundBot.settled(location, decideWithinMs + graceMs);
    if (status === "expired") {
      const executions = await ran(payments, "create_refund", refund);
      return { observed: undecided, executions, decisionId: held.decisionId, said: sentenceOf(held), ms: held.ms };
    }
    const answer = await refundBot.call(call);
    return {
      observed: status === "approved" ? `hold, then ${effectOf(answer)}` : `hold, then ${status}`,
      executions: await ran(payments, "create_refund", refund),
      decisionId: answer.decisionId,
      said: `${sentenceOf(held)} … ${sentenceOf(answer)}`,
      ms: Math.round(performance.now() - started),
    };
  },
};
