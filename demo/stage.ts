import { HttpAgent } from "./agent/http-agent.ts";
import { McpAgent } from "./agent/mcp-agent.ts";
import type { People } from "./agent/people.ts";
import { mintToken } from "./gate/token.ts";
import type { Stage } from "./scenes/scene.ts";
import type { World } from "./world.ts";

/** Prepares the scenes; the agents get their tokens and nothing else. */
export function stageOf(world: World, people: People, decideWithinMs: number): Stage {
  const { gateway, payments, crm, configFile, ruleFile } = world;
  const crmUrl = `${gateway.agents}/mcp/crm`;
  const token = mintToken(configFile, { sub: "refund-bot", role: "refunds", audience: `${gateway.agents}/payments` });
  return {
    refundBot: new HttpAgent(gateway.agents, token),
    supportBot: (session) =>
      McpAgent.connect(
        crmUrl,
        mintToken(configFile, { sub: "support-bot", role: "support", audience: crmUrl, session }),
      ),
    payments,
    crm,
    people,
    decideWithinMs,
    ruleFile,
    readiness: async () => (await fetch(`${gateway.console}/readyz`)).text(),
  };
}
