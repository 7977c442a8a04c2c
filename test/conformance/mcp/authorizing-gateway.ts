import { freePort } from "../../../demo/gate/config-file.ts";
import { withPassword } from "../../support/oauth/persons.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway } from "../../support/start-gateway.ts";
import type { AuthorizationRun } from "./suite.ts";

/** A gateway that is the authorization server of one route, whose tool server nobody reaches. */
export async function authorizingGateway(): Promise<AuthorizationRun & { close(): Promise<void> }> {
  const port = await freePort();
  const client = { id: "suite", name: "Suite", redirect_uris: [`http://127.0.0.1:${port}/callback`] };
  const gateway = await startGateway({
    routes: [crmRoute("http://127.0.0.1:9", { issuers: [] })],
    config: { authorization: { clients: [client] } },
  });
  return {
    issuer: gateway.agents,
    client: client.id,
    port,
    resource: `${gateway.agents}/mcp/crm`,
    person: withPassword("approver", () => gateway.approverPassword()),
    close: () => gateway.close(),
  };
}
