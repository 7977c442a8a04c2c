/** Signals about people to whom the gateway itself, as the authorization server of its routes, gave tokens. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLog } from "../conformance/attacks/support/log.ts";
import { allowWhole } from "../support/allow-whole.ts";
import { eventually } from "../support/eventually.ts";
import { ClientMemory, connectByUrl } from "../support/oauth/sdk-client.ts";
import { withPassword } from "../support/oauth/persons.ts";
import { crmRoute } from "../support/routes.ts";
import { startSessionCrm } from "../support/session-crm.ts";
import { TestTransmitter } from "../support/signals/transmitter.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const audience = "https://gateway.example/signals";

type Client = Awaited<ReturnType<typeof connectByUrl>>;

let folder: string;
let crm: Awaited<ReturnType<typeof startSessionCrm>>;
let idp: TestTransmitter;
let gateway: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-own-tokens-"));
  await writeFile(join(folder, "push"), "Bearer agreed with the idp\n");
  [crm, idp] = await Promise.all([startSessionCrm(), TestTransmitter.start({ audience })]);
  gateway = await startGateway({
    routes: [crmRoute(crm.origin, { issuers: ["dev"] })],
    config: {
      authorization: { roles: { "payments-approver": ["support"] } },
      signals: [
        {
          id: "idp",
          issuer: idp.issuer,
          audience,
          about: ["gateway"],
          delivery: "push",
          stream: {},
          authorization: `file:${join(folder, "push")}`,
          api: { allow_addresses: ["loopback"] },
        },
      ],
    },
    policy: (copy) => allowWhole(copy, "crm", ["delete_customer"]),
  });
  await eventually("the stream", () => (idp.streams.size === 1 ? true : null));
});
afterAll(async () => {
  await gateway?.close();
  await Promise.all([idp?.close(), crm?.close(), rm(folder, { recursive: true, force: true })]);
});

async function signIn(memory = new ClientMemory({})): Promise<{ client: Client; memory: ClientMemory }> {
  const password = withPassword("approver", () => gateway.approverPassword());
  return { client: await connectByUrl(`${gateway.agents}/mcp/crm`, memory, password), memory };
}

async function refreshed(memory: ClientMemory): Promise<unknown[]> {
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: String(memory.known?.refresh_token),
    client_id: String(memory.clientInformation()?.client_id),
  });
  const answer = await fetch(`${gateway.agents}/oauth/token`, { method: "POST", body });
  return [answer.status, ((await answer.json()) as { error?: string }).error];
}

const remove = async (client: Client): Promise<string> =>
  JSON.stringify(await client.callTool({ name: "delete_customer", arguments: { customer_id: "c1" } }));

it("ends the tokens that the gateway gave a person, and gives no new ones for them until they sign in again", async () => {
  const { client, memory } = await signIn();
  expect(await remove(client)).toContain("deleted c1");
  const at = Math.floor(Date.now() / 1_000);
  const told = await idp.event("session-revoked", { format: "email", email: "approver" });
  expect((await idp.push(told)).status).toBe(202);
  expect(await remove(client)).toContain("access_revoked");
  expect(await refreshed(memory)).toEqual([400, "invalid_grant"]);
  await client.close();

  // Who signs in within the second of the event has tokens of before it.
  await eventually("the next second", () => (Date.now() >= (at + 2) * 1_000 ? true : null));
  const again = await signIn();
  expect(await remove(again.client)).toContain("deleted c1");
  expect(await refreshed(again.memory)).toEqual([200, undefined]);
  await again.client.close();
});

it("tells of a session that no token here names that it names nothing", async () => {
  const told = await idp.event("session-revoked", { format: "opaque", id: "sess-1" });
  expect((await idp.push(told)).status).toBe(202);
  const { lines } = await readLog(gateway.logDir);
  const last = lines.findLast((line) => (line as { kind?: string }).kind === "signal");
  expect(last).toMatchObject({ effect: "unmapped", unused: ["session"], revocations: [] });
});
