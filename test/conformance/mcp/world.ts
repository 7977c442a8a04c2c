import { freePort } from "../../../demo/gate/config-file.ts";
import { allowWhole } from "../../support/allow-whole.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway } from "../../support/start-gateway.ts";
import { authorizingProxy } from "./authorizing-proxy.ts";
import type { Upstream } from "./upstreams.ts";

const prefix = "/mcp";
/** Tools that the suite calls whether or not the server lists them: what a server says of a tool that it has not is its own. */
const unlisted = [
  ..."greet slow_compute failing_job protocol_error_job confirm_delete multi_input rt test_tool_with_task".split(" "),
  ..."test_simple_text test_image_content test_audio_content test_embedded_resource".split(" "),
  ..."test_multiple_content_types test_error_handling test_tool_with_progress test_tool_with_logging".split(" "),
  ..."test_sampling test_elicitation test_reconnection json_schema_2020_12_tool test_logging_tool".split(" "),
  ..."test_trigger_tool_change test_trigger_prompt_change test_missing_capability".split(" "),
];

export interface Behind {
  /** Where the suite finds the tool server through the gateway. */
  readonly url: string;
  close(): Promise<void>;
}

/** A gateway in front of a tool server, whose policy lets one caller use all of it. `endpoint`: a path. */
export async function behindGateway(
  upstream: Pick<Upstream, "name" | "origin">,
  tools: readonly string[],
  endpoint = "/mcp",
): Promise<Behind> {
  const port = await freePort();
  const origins = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  const own = { id: "suite", server: "suite", credential: undefined, origins };
  const route = crmRoute(upstream.origin, { ...own, prefix, rewrite: endpoint });
  const gateway = await startGateway({
    routes: [route],
    policy: (copy) => allowWhole(copy, "suite", [...tools, ...unlisted]),
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
