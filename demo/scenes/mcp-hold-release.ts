import type { McpAgent, McpAnswer } from "../agent/mcp-agent.ts";
import { ran, type Scene, undecided } from "./scene.ts";

const args = { customer_id: "c-18" };

export const mcpHoldRelease: Scene = {
  name: "mcp-hold-release",
  protocol: "mcp",
  title: "support-bot deletes a customer: the call stays open until a person decides",
  expected: "hold, then allow",
  executions: 1,
  async play({ supportBot, crm, people, decideWithinMs }) {
    const agent = await supportBot("cleaning");
    let held = false;
    const answering = patiently(agent, performance.now() + decideWithinMs, () => (held = true));
    await Promise.all([people.asked("crm/delete_customer", null), answering]);
    const answer = await answering;
    await agent.close();
    return {
      observed: observedOf(answer, held),
      executions: await ran(crm, "delete_customer", args),
      decisionId: answer.decisionId,
      said: answer.text,
      ms: answer.ms,
    };
  },
};

/** Follows the pending answer: repeats the same call, which applies to the same approval. */
async function patiently(agent: McpAgent, until: number, onHeld: () => void): Promise<McpAnswer> {
  for (;;) {
    const answer = await agent.call("delete_customer", args, onHeld);
    if (answer.outcome === "pending") onHeld();
    if (answer.outcome !== "pending" || performance.now() > until) return answer;
  }
}

function observedOf({ outcome, code }: McpAnswer, held: boolean): string {
  if (outcome === "pending" || code === "approval_expired") return undecided;
  return held ? `hold, then ${outcome}` : outcome;
}
