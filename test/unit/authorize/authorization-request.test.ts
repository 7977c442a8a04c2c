import { namesRoute, routeOf } from "../../../gateway/authorize/authorization-request.ts";
import { authorizationServer, crm, mail, type TestServer } from "../../support/oauth/authorization-server.ts";
import { authorizationQuery } from "../../support/oauth/flow.ts";

let server: TestServer;
beforeAll(async () => (server = await authorizationServer()));
afterAll(() => server.close());

const begin = (changes: Readonly<Record<string, string | null>>) =>
  server.ask("GET", "/oauth/authorize", { query: authorizationQuery(changes) });

describe("a request that does not say who asks, or where to go back to", () => {
  test.each([
    ["no client", { client_id: null }, "Client_id is missing"],
    ["an unknown client", { client_id: "nobody" }, "No client of this id is known here"],
    ["no redirect URI", { redirect_uri: null }, "Redirect_uri is missing"],
    ["another host", { redirect_uri: "http://evil.example/callback" }, "none of this client"],
    ["another path", { redirect_uri: "http://127.0.0.1:1/callback/more" }, "none of this client"],
    ["a query more", { redirect_uri: "http://127.0.0.1:1/callback?to=evil" }, "none of this client"],
    ["a name before the host", { redirect_uri: "http://127.0.0.1@evil.example/callback" }, "none of this client"],
    ["another name of the host", { redirect_uri: "http://localhost:1/callback" }, "none of this client"],
    ["another scheme", { redirect_uri: "https://127.0.0.1/callback" }, "none of this client"],
    ["capitals", { redirect_uri: "http://127.0.0.1:1/Callback" }, "none of this client"],
    ["a fragment", { redirect_uri: "http://127.0.0.1:1/callback#x" }, "none of this client"],
    ["a dot segment", { redirect_uri: "http://127.0.0.1:1/x/../callback" }, "none of this client"],
    ["another client's address", { redirect_uri: "https://app.example/back?from=gw" }, "none of this client"],
    [
      "a host that it begins with",
      { client_id: "hosted", redirect_uri: "https://app.example.evil.example/back" },
      "none",
    ],
    [
      "the port of a host beyond loopback",
      { client_id: "hosted", redirect_uri: "https://app.example:8443/back?from=gw" },
      "none",
    ],
  ])("is refused on a page, and nobody is sent anywhere: %s", async (_what, changes, told) => {
    const { status, location, text, headers } = await begin(changes);
    expect([status, location, headers["set-cookie"]]).toEqual([400, null, undefined]);
    expect(text).toContain(told);
  });
});

describe("a request that is wrong otherwise", () => {
  test.each([
    ["without PKCE", { code_challenge: null, code_challenge_method: null }, "invalid_request"],
    ["with PKCE taken down to plain", { code_challenge_method: "plain" }, "invalid_request"],
    ["with PKCE of no method", { code_challenge_method: null }, "invalid_request"],
    ["with a challenge that is no digest", { code_challenge: "short" }, "invalid_request"],
    ["for a token in the address", { response_type: "token" }, "unsupported_response_type"],
    ["for an answer in a fragment", { response_mode: "fragment" }, "invalid_request"],
    ["with a request object", { request: "e30.e30." }, "invalid_request"],
    ["for a server of somebody else", { resource: "https://evil.example/mcp" }, "invalid_target"],
    ["for no server where there are several", { resource: null }, "invalid_target"],
    ["without a page to sign in at", { prompt: "none" }, "login_required"],
    ["with a key that is none", { dpop_jkt: "x" }, "invalid_request"],
  ])("is told to the client: %s", async (_what, changes, error) => {
    const { status, location } = await begin(changes);
    expect([status, location?.origin]).toEqual([303, "http://127.0.0.1:53123"]);
    expect(Object.fromEntries(location?.searchParams ?? [])).toMatchObject({
      error,
      state: "of-the-client",
      iss: "https://gw.example",
    });
  });

  test("goes on where it wants the pages that come anyway", async () => {
    const { location } = await begin({ prompt: "login consent" });
    expect(location?.pathname).toMatch(/^\/oauth\/request\//);
  });

  test("keeps the query that the redirect URI has, and any port of loopback", async () => {
    const there = { client_id: "hosted", redirect_uri: "https://app.example/back?from=gw", response_type: "x" };
    expect((await begin(there)).location?.href).toMatch(/^https:\/\/app\.example\/back\?from=gw&error=unsupported/);
    const bare = await begin({ redirect_uri: "http://127.0.0.1/callback", response_type: "x" });
    expect(bare.location?.href).toMatch(/^http:\/\/127\.0\.0\.1\/callback\?error=/);
  });

  test("goes back by a click alone where nobody vouches for the client", async () => {
    const { body } = await server.ask("POST", "/oauth/register", {
      json: { redirect_uris: ["https://evil.example/"], client_name: "Bank" },
    });
    const asked = { client_id: String(body["client_id"]), redirect_uri: "https://evil.example/", response_type: "x" };
    const { status, location, text } = await begin(asked);
    expect([status, location]).toEqual([400, null]);
    expect(text).toContain("Tell the program, at evil.example");
  });
});

test("scheme and host of a route's URL have no case, its path has", () => {
  const [, origin = "", path = ""] = /^(https?:\/\/[^/]+)(\/.*)$/.exec(crm.resource) ?? [];
  expect(namesRoute(origin.toUpperCase() + path, crm)).toBe(true);
  expect(namesRoute(origin + path.toUpperCase(), crm)).toBe(false);
});

test("a route is named by its URL, by its audience, and by either with a slash more", () => {
  const named = { ...crm, audience: "urn:crm" };
  for (const resource of [named.resource, `${named.resource}/`, "urn:crm"])
    expect(namesRoute(resource, named)).toBe(true);
  for (const resource of [`${named.resource}x`, `${named.resource}/x`, "", "https://gw.example"])
    expect(namesRoute(resource, named)).toBe(false);
  expect(routeOf(undefined, [crm])).toBe(crm);
  expect(() => routeOf(undefined, [crm, mail])).toThrow("resource is missing");
});
