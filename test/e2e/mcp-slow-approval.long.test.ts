/**
 * An approval that takes longer than clients wait by default (60 s): none of them runs into its time limit. Each is told that its call is held,
 * calls again as it is told to, and gets the result of the one call that ran.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as passed } from "node:timers/promises";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import {
  type Visit,
  visitByInspector,
  visitByOne,
  visitByPython,
  visitByRemote,
  visitByTwo,
  visitByTwoModern,
} from "../support/matrix/clients.ts";
import { nothing } from "../support/matrix/plan.ts";
import { pythonWithMcp } from "../support/matrix/python.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

/** From when the call of a client is held until people approve it, in milliseconds. */
const approvedAfter = 61_000;

const folder = mkdtempSync(join(tmpdir(), "sallyport-python-"));
const python = pythonWithMcp(folder);
const clients: readonly (readonly [name: string, visit: Visit])[] = [
  ["sdk-1", visitByOne],
  ["sdk-2", visitByTwo],
  ["sdk-2-modern", visitByTwoModern],
  ["mcp-remote", visitByRemote],
  ["inspector", visitByInspector],
  ...(python === null ? [] : [["python-sdk", visitByPython(python)] as const]),
];

let crm: ToolServer;
let gateway: TestGateway;
const visits = new Map<string, Promise<readonly object[]>>();

beforeAll(async () => {
  crm = await startCrm(0);
  // All that is said of waiting is as it is delivered.
  gateway = await startGateway({ routes: [crmRoute(crm.origin)] });
  const approver = await gateway.approver();
  for (const [name, visit] of clients) visits.set(name, calls(name, visit));
  // Whoever needs one awaits it.
  for (const each of visits.values()) each.catch(() => undefined);
  const approvals = new Map<string, Promise<unknown>>();
  await eventually("the call of each client is held", async () => {
    for (const { id } of await approver.open())
      if (!approvals.has(id))
        approvals.set(
          id,
          passed(approvedAfter).then(() => approver.approve(id)),
        );
    return approvals.size === clients.length ? true : null;
  });
  await Promise.all(approvals.values());
}, 180_000);
afterAll(async () => {
  await Promise.all([gateway?.close(), crm?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

/** What a client gets that makes one call, and the same once more when it is told to. */
async function calls(name: string, visit: Visit): Promise<readonly object[]> {
  const call = ["delete_customer", { customer_id: `c-${name}` }] as const;
  const token = gateway.token({ sub: name, role: "support" }, "/mcp/crm");
  const seen = await visit({ url: `${gateway.agents}/mcp/crm`, token }, { ...nothing, calls: [call, call] });
  return seen.filter(([step]) => step === "call delete_customer").map(([, got]) => got as object);
}

test.each(clients.map(([name]) => name))(
  "%s is told that its call is held before it gives up, and has the result when it calls again",
  async (name) => {
    const [first, second] = (await visits.get(name)) ?? [];
    const told = JSON.stringify(first);
    expect(told).toContain("Waiting for human approval");
    expect(told).toContain("Call the same tool again with exactly the same arguments after approval");
    expect(second).toMatchObject({ content: [{ type: "text", text: JSON.stringify({ deleted: `c-${name}` }) }] });
  },
);
