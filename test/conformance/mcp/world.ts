import { freePort } from "../../../demo/gate/config-file.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway } from "../../support/start-gateway.ts";
import { authorizingProxy } from "./authorizing-proxy.ts";
import type { Upstream } from "./upstreams.ts";

const prefix = "/mcp";
const fact = { sensitivity: "low", reversible: true, sink: "internal", owner: "tests", labels: [] };
const methods = [
  ..."resources/list resources/read resources/templates/list resources/subscribe resources/unsubscribe".split(" "),
  ..."prompts/list prompts/get completion/complete logging/setLevel subscriptions/listen".split(" "),
  ..."tasks/get tasks/result tasks/update tasks/cancel".split(" "),
];

export interface Behind {
  /** Where the suite finds the tool server through the gateway. */
  readonly url: string;
  close(): Promise<void>;
}

/** A gateway in front of a tool server, whose policy lets one caller use all of it. */
export async function behindGateway(upstream: Upstream, tools: readonly string[]): Promise<Behind> {
  const port = await freePort();
  const origins = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  const route = crmRoute(upstream.origin, { id: "suite", prefix, server: "suite", credential: undefined, origins });
  const gateway = await startGateway({
    routes: [route],
    policy: async (copy) => {
      const facts = { ...fact, returns: { own_text: true } };
      await copy.addData("catalog", { suite: Object.fromEntries(tools.map((name) => [name, facts])) });
      const allowed = Object.fromEntries(methods.map((method) => [method, true]));
      await copy.addData("entitlements", { support: { suite: { tools: { "*": true }, methods: allowed } } });
    },
  });
  const token = gateway.token({ sub: "support-bot", role: "support" }, prefix);
  const proxy = await authorizingProxy(gateway.agents, { token, port });
  return {
    url: `${proxy.origin}${prefix}`,
    close: async () => {
      await proxy.close();
      await gateway.close();
    },
  };
}
