import { ran, type Scene } from "./scene.ts";

const args = { url: "https://paste.example/new", text: "our parcels are late" };

export const mcpDeny: Scene = {
  name: "mcp-deny",
  protocol: "mcp",
  title: "support-bot posts an update to a host that nobody allowed",
  expected: "deny",
  executions: 0,
  async play({ supportBot, crm }) {
    const agent = await supportBot("updates");
    const answer = await agent.call("post_update", args);
    await agent.close();
    return {
      observed: answer.outcome,
      executions: await ran(crm, "post_update", args),
      decisionId: answer.decisionId,
      said: answer.text,
      ms: answer.ms,
    };
  },
};
