/** Clients that hold their session longer than their access token counts. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import type { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { openDatabase } from "../../gateway/store/database.ts";
import { allowWhole } from "../support/allow-whole.ts";
import { type Person, withPassword } from "../support/oauth/persons.ts";
import { connectByRemote } from "../support/oauth/remote-client.ts";
import { ClientMemory, connectByUrl } from "../support/oauth/sdk-client.ts";
import { crmRoute } from "../support/routes.ts";
import { startSessionCrm } from "../support/session-crm.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let crm: Awaited<ReturnType<typeof startSessionCrm>>;
let gateway: TestGateway;
let signIns = 0;
let agree: Person;
beforeAll(async () => {
  crm = await startSessionCrm();
  gateway = await startGateway({
    routes: [crmRoute(crm.origin, { issuers: [] })],
    config: { authorization: { roles: { "payments-approver": ["support"] } } },
    policy: (copy) => allowWhole(copy, "crm", ["delete_customer"]),
  });
  const sign = withPassword("approver", () => gateway.approverPassword());
  agree = (asked) => {
    signIns += 1;
    return sign(asked);
  };
});
afterAll(() => Promise.all([gateway?.close(), crm?.close()]));

const url = () => `${gateway.agents}/mcp/crm`;

/** What SDK 1 does with tokens that count no more. */
class Memory extends ClientMemory {
  invalidateCredentials(): void {
    this.known = undefined;
  }
}

/** Access tokens that were given for codes and refresh tokens. */
function given(): number {
  const database = openDatabase(join(gateway.dir, "data", "sallyport.db"));
  try {
    return Number(database.prepare("SELECT count(*) AS n FROM oauth_access_tokens").get()?.["n"]);
  } finally {
    database.close();
  }
}

interface Connected {
  readonly client: Client;
  /** Makes its access token one that nobody gave, and leaves the refresh token. */
  spoil(): void;
  close(): Promise<void>;
}

async function bySdk(): Promise<Connected> {
  const memory = new Memory({});
  const client = await connectByUrl(url(), memory, agree);
  return {
    client,
    spoil: () => (memory.known = { ...memory.known!, access_token: spoiled(memory.known!.access_token) }),
    close: () => client.close(),
  };
}

async function byRemote(): Promise<Connected> {
  const { client, home, close } = await connectByRemote(url(), agree);
  const spoil = (): void => {
    const { path, said } = kept(home, "_tokens.json");
    writeFileSync(path, JSON.stringify({ ...said, access_token: spoiled(said["access_token"] ?? "") }));
  };
  return { client, spoil, close };
}

/** What mcp-remote keeps in the file whose name ends so. */
function kept(home: string, end: string): { readonly path: string; readonly said: Readonly<Record<string, string>> } {
  const file = readdirSync(home, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith(end));
  const path = join(home, file ?? `no file ${end}`);
  return { path, said: JSON.parse(readFileSync(path, "utf8")) as Record<string, string> };
}

/** Of another signature. */
const spoiled = (token: string): string => token.slice(0, -6) + (token.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA");

async function deletes(client: Client, customer_id: string): Promise<void> {
  const { isError } = await client.callTool({ name: "delete_customer", arguments: { customer_id } });
  expect([isError ?? false, crm.deletions(customer_id)]).toEqual([false, 1]);
}

test.each([
  ["the SDK", bySdk],
  ["mcp-remote", byRemote],
] as const)("a client of %s goes on in its session with one more token and no sign-in", async (name, connect) => {
  const { client, spoil, close } = await connect();
  await deletes(client, `first of ${name}`);
  const before = { sessions: crm.sessions(), signIns, given: given() };
  spoil();
  await deletes(client, `second of ${name}`);
  await deletes(client, `third of ${name}`);
  expect({ sessions: crm.sessions(), signIns, given: given() }).toEqual({ ...before, given: before.given + 1 });
  await close();
});

/** The client gives its refresh token back. */
async function giveBack(memory: Memory): Promise<void> {
  await revoke(memory.known?.refresh_token ?? "", memory.clientInformation()?.client_id ?? "");
}

async function revoke(token: string, client_id: string): Promise<void> {
  const form = new URLSearchParams({ token, client_id });
  expect((await fetch(`${gateway.agents}/oauth/revoke`, { method: "POST", body: form })).status).toBe(200);
}

test("a client whose grant has ended goes on in its session after exactly one more sign-in", async () => {
  const memory = new Memory({});
  const client = await connectByUrl(url(), memory, agree);
  await deletes(client, "before");
  const before = { sessions: crm.sessions(), signIns };
  await giveBack(memory);
  memory.asked = null;
  await expect(deletes(client, "refused")).rejects.toThrow(UnauthorizedError);
  expect(crm.deletions("refused")).toBe(0);
  const back = await agree(memory.asked ?? new URL("about:blank"));
  await (client.transport as StreamableHTTPClientTransport).finishAuth(back.searchParams.get("code") ?? "");
  await deletes(client, "after");
  expect({ sessions: crm.sessions(), signIns }).toEqual({ ...before, signIns: before.signIns + 1 });
  await client.close();
});

test("the next call of mcp-remote whose grant has ended leads to one more sign-in, and is answered", async () => {
  const { client, home, signInAgain, close } = await connectByRemote(url(), agree);
  await deletes(client, "before, remote");
  const before = signIns;
  const [tokens, { client_id = "" }] = [kept(home, "_tokens.json").said, kept(home, "_client_info.json").said];
  await revoke(tokens["refresh_token"] ?? "", client_id);
  const signing = signInAgain();
  // It makes the same call again once its person has signed in.
  await Promise.all([deletes(client, "next, remote"), signing]);
  await deletes(client, "after, remote");
  expect(signIns).toBe(before + 1);
  await close();
});

test("a client whose access an operator has ended is told so, also when its grant ends, and does not sign in", async () => {
  const memory = new Memory({});
  const client = await connectByUrl(url(), memory, agree);
  await deletes(client, "before the end");
  const operator = await gateway.approver();
  const target = memory.clientInformation()?.client_id ?? "";
  const refused = async () => {
    const told = await client.callTool({ name: "delete_customer", arguments: { customer_id: "ended" } });
    expect([told.isError, JSON.stringify(told._meta)]).toEqual([true, expect.stringContaining("access_revoked")]);
  };
  memory.asked = null;
  const made = (await operator.post("/api/revocations", { kind: "client", target, reason: "leaked" })) as {
    id: string;
  };
  await refused();
  await giveBack(memory);
  await refused();
  expect([memory.asked, crm.deletions("ended")]).toEqual([null, 0]);
  await operator.post(`/api/revocations/${made.id}/lift`, {});
  await expect(deletes(client, "ended")).rejects.toThrow(UnauthorizedError);
  await client.close();
});
