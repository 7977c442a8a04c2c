import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { type ClientName, clientNames, decisionOf, mcpClient, type ToolResult } from "../support/mcp-clients.ts";
import { callWithFixedTimeout, type FixedTimeoutCall } from "../support/mcp-fixed-timeout.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const prefix = "/mcp/crm";
/** Of the clients here; the route knows it. It is the shortest whose margin is the whole ten seconds, which a busy machine may need. */
const timeout = 40_000;

interface Told {
  readonly result: ToolResult;
  readonly progress: number;
}

let crm: ToolServer;
let gateway: TestGateway;
/** By client and way. All of them ask at once, for each waits half a minute. */
const told = new Map<string, Promise<Told>>();
let toldFixed: Promise<FixedTimeoutCall>;
beforeAll(async () => {
  crm = await startCrm(0);
  const hold = { client_timeout: `${timeout}ms`, silent_wait: "55s", max_wait: "5m", progress_every: "1s" };
  gateway = await startGateway({ routes: [crmRoute(crm.origin, { hold })] });
  for (const name of clientNames)
    for (const which of ["with", "without"]) told.set(`${name} ${which}`, ask(name, which));
  const options = { url: gateway.agents + prefix, token: token(), timeoutMs: timeout, progressToken: "p-1" };
  toldFixed = callWithFixedTimeout(options, "delete_customer", { customer_id: "c-fixed" });
  // Whoever needs one awaits it.
  const all: Promise<unknown>[] = [...told.values(), toldFixed];
  for (const each of all) each.catch(() => undefined);
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop()]));

const token = () => gateway.token({ sub: "support-bot", role: "support" }, prefix);

async function ask(name: ClientName, which: string): Promise<Told> {
  let progress = 0;
  const hears = which === "with" ? { onprogress: () => void (progress += 1) } : {};
  const client = await mcpClient(name, gateway.agents + prefix, token());
  const customer = `c-${which}-${name.replace(" ", "-")}`;
  const given = { timeout, resetsTimeout: false, ...hears };
  const result = await client.call("delete_customer", { customer_id: customer }, given);
  await client.close();
  return { result, progress };
}

describe.each(clientNames)("%s, whose timeout progress does not reset", (name) => {
  test.each(["with", "without"])("is told that its call is held before it gives up, %s progress", async (which) => {
    const { result, progress } = await told.get(`${name} ${which}`)!;
    expect(decisionOf(result)).toMatchObject({ outcome: "pending", retryable: true });
    expect(result.text).toMatch(/Call the same tool again with exactly the same arguments after approval/);
    expect(progress > 0).toBe(which === "with");
  });
});

test("a client with a fixed read timeout that asks for progress is told that its call is held before it gives up", async () => {
  const { answer, rest } = await toldFixed;
  expect(answer).toMatchObject({ isError: true, meta: { "dev.sallyport/decision": { outcome: "pending" } } });
  expect(await rest).toMatch(/notifications\/progress/);
});
