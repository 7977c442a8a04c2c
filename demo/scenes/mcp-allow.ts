import { ran, type Scene } from "./scene.ts";

const args = { query: "refund" };

export const mcpAllow: Scene = {
  name: "mcp-allow",
  protocol: "mcp",
  title: "support-bot looks for a ticket",
  expected: "allow",
  executions: 1,
  async play({ supportBot, crm }) {
    const agent = await supportBot("tickets");
    const answer = await agent.call("find_ticket", args);
    await agent.close();
    return {
      observed: answer.outcome,
      executions: await ran(crm, "find_ticket", args),
      decisionId: answer.decisionId,
      said: answer.text,
      ms: answer.ms,
    };
  },
};
