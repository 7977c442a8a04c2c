/** Tokens of the gateway's own issuer that are bound to more than their holder: an assertion's route, a key, an issuer's answer. */
import { freePort } from "../../demo/gate/config-file.ts";
import { startCrm, type ToolServer } from "../../demo/tools/start.ts";
import { alice } from "../support/console/provider-settings.ts";
import { type DpopKey, dpopKey } from "../support/identity/dpop-proof.ts";
import { consoleClient, type PeopleProvider, startPeopleProvider } from "../support/identity/people-provider.ts";
import { type AssertionProvider, assertionProvider } from "../support/oauth/assertion-provider.ts";
import { challenge, verifier } from "../support/oauth/flow.ts";
import { FormBrowser } from "../support/oauth/form-browser.ts";
import { atProvider } from "../support/oauth/persons.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const callback = "http://127.0.0.1:33418/";

let crm: ToolServer;
let people: PeopleProvider;
let company: AssertionProvider;
let gateway: TestGateway;
beforeAll(async () => {
  const agentsPort = await freePort();
  const home = `http://127.0.0.1:${agentsPort}`;
  people = await startPeopleProvider(home, [alice], [`${home}/oauth/callback`]);
  [crm, company] = await Promise.all([startCrm(0), assertionProvider()]);
  const sign_in = {
    issuer: people.issuer,
    client_id: consoleClient,
    client_secret: "env:CONSOLE_SECRET",
    scopes: ["openid", "profile"],
    claims: { roles: "groups" },
  };
  gateway = await startGateway({
    agentsPort,
    routes: [
      crmRoute(crm.origin, { issuers: [] }),
      crmRoute(crm.origin, { id: "other", prefix: "/mcp/other", issuers: [] }),
    ],
    config: {
      authorization: {
        sign_in,
        roles: { approvers: ["support"], helpdesk: ["support"] },
        clients: [{ id: "desk", name: "Desk", redirect_uris: [callback] }],
        assertions: [{ issuer: company.issuer, jwks: { url: `${company.issuer}/jwks` }, clients: ["desk"] }],
      },
    },
  });
});
afterAll(() => Promise.all([gateway?.close(), crm?.stop(), people?.close(), company?.close()]));

const urlOf = (route: string) => `${gateway.agents}/mcp/${route}`;
const tokenUrl = () => `${gateway.agents}/oauth/token`;

type Given = { readonly status: number } & Readonly<Record<string, unknown>>;

async function token(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Given> {
  const body = new URLSearchParams({ client_id: "desk", ...fields });
  const answer = await fetch(tokenUrl(), { method: "POST", body, headers });
  return { status: answer.status, ...((await answer.json()) as object) };
}

async function listTools(route: string, headers: Record<string, string>) {
  const answer = await fetch(urlOf(route), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  return { status: answer.status, text: await answer.text() };
}

test("the assertion of a provider, whose keys are fetched, becomes a token for one route, once", async () => {
  const claims = { aud: gateway.agents, client_id: "desk", resource: urlOf("crm"), scope: "helpdesk" };
  const assertion = await company.assertion(claims);
  const exchange = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion };
  const given = await token(exchange);
  expect([given.status, given["token_type"], given["refresh_token"]]).toEqual([200, "Bearer", undefined]);
  const headers = { authorization: `Bearer ${String(given["access_token"])}` };
  const listed = await listTools("crm", headers);
  expect([listed.status, listed.text]).toEqual([200, expect.stringContaining('"find_ticket"')]);
  expect((await listTools("other", headers)).status).toBe(401);
  expect(await token(exchange)).toMatchObject({ status: 400, error: "invalid_grant" });
});

/** A code that alice agreed to. */
async function codeFor(): Promise<string> {
  const back = await atProvider(people.issuer, alice.preferred_username)(asking());
  return back.searchParams.get("code") ?? "";
}

function asking(): URL {
  const asked = new URL(`${gateway.agents}/oauth/authorize`);
  const query = {
    response_type: "code",
    client_id: "desk",
    redirect_uri: callback,
    state: "mine",
    resource: urlOf("crm"),
    code_challenge: challenge,
    code_challenge_method: "S256",
  };
  asked.search = new URLSearchParams(query).toString();
  return asked;
}

test("a token that was given for a key counts with a proof by this key alone, and so does its refresh token", async () => {
  const [mine, other] = await Promise.all([dpopKey(), dpopKey()]);
  const provenTo = async (key: DpopKey, fields: Record<string, string>) =>
    token(fields, { dpop: await key.proof("POST", tokenUrl()) });
  const code = { grant_type: "authorization_code", code: await codeFor(), redirect_uri: callback };
  const given = await provenTo(mine, { ...code, code_verifier: verifier, resource: urlOf("crm") });
  expect([given.status, given["token_type"]]).toEqual([200, "DPoP"]);
  const access = String(given["access_token"]);
  const withProof = async (key: DpopKey) =>
    listTools("crm", { authorization: `DPoP ${access}`, dpop: await key.proof("POST", urlOf("crm"), access) });
  const listed = await withProof(mine);
  expect([listed.status, listed.text]).toEqual([200, expect.stringContaining('"find_ticket"')]);
  expect((await listTools("crm", { authorization: `Bearer ${access}` })).status).toBe(401);
  expect((await withProof(other)).status).toBe(401);
  const refresh = { grant_type: "refresh_token", refresh_token: String(given["refresh_token"]) };
  expect(await provenTo(other, refresh)).toMatchObject({ status: 400 });
  expect(await provenTo(mine, refresh)).toMatchObject({ status: 200, token_type: "DPoP" });
});

/** RFC 9207: the answer of a provider that the browser was not sent to. */
test.each([
  ["that names another issuer", (back: URL) => back.searchParams.set("iss", "https://evil.example")],
  ["that names none", (back: URL) => back.searchParams.delete("iss")],
])("an answer to the gateway's callback %s signs nobody in", async (_which, change) => {
  const browser = new FormBrowser();
  const returning = `${gateway.agents}/oauth/callback`;
  const there = await browser.open(asking(), returning);
  const { url: back } = await browser.submit(there, { who: alice.preferred_username, do: "login" }, returning);
  expect(back.searchParams.get("iss")).toBe(people.issuer);
  const changed = new URL(back);
  change(changed);
  const shown = await browser.open(changed, callback);
  expect([shown.status, shown.url.pathname, shown.url.searchParams.get("error")]).toEqual([
    403,
    "/oauth/callback",
    null,
  ]);
  expect(shown.text).toContain("This cannot go on");
});
