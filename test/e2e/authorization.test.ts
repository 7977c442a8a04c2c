/** The gateway as authorization server: clients get nothing but a route's URL. */
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { FormBrowser } from "../support/oauth/form-browser.ts";
import { ClientMemory, connectByUrl } from "../support/oauth/sdk-client.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let crm: ToolServer;
let gateway: TestGateway;

beforeAll(async () => {
  crm = await startCrm(0);
  gateway = await startGateway({
    routes: [crmRoute(crm.origin, { issuers: [] }), crmRoute(crm.origin, { id: "other", prefix: "/mcp/other" })],
    config: { authorization: { roles: { "payments-approver": ["support"], operator: ["ops"] } } },
  });
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop()]));

const callback = "http://127.0.0.1:41234/callback";

/** Signs in with the password and agrees. */
async function agree(asked: URL, browser = new FormBrowser()): Promise<URL> {
  const signIn = await browser.open(asked, callback);
  const password = await gateway.approverPassword();
  const consent = await browser.submit(signIn, { user: "approver", password }, callback);
  const back = await browser.submit(consent, { answer: "allow" }, callback);
  return back.url;
}

describe("a client that knows nothing but the URL of a route", () => {
  it("gets from the 401 to the tools with one sign-in, by registering itself", async () => {
    const memory = new ClientMemory({});
    const client = await connectByUrl(`${gateway.agents}/mcp/crm`, memory, agree);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("find_ticket");
    expect(memory.known).toMatchObject({ token_type: "Bearer", scope: "ops support" });
    await client.close();
  });
});
