import { register } from "../../../../gateway/authorize/endpoints/register.ts";
import type { OAuthRequest } from "../../../../gateway/authorize/deps.ts";
import { openServices } from "../../../../gateway/authorize/services.ts";
import { authorizationServer, settings, type TestServer } from "../../../support/oauth/authorization-server.ts";
import { arrive, codeFor, redeem, refreshWith } from "../../../support/oauth/flow.ts";

let server: TestServer;
beforeEach(async () => (server = await authorizationServer()));
afterEach(() => server.close());

const ask = (json: unknown, address = "192.0.2.7") => server.ask("POST", "/oauth/register", { json, address });
const mine = { redirect_uris: ["http://127.0.0.1/callback"] };

describe("a client that registers itself", () => {
  test("gets an id and no secret, whatever it asks for", async () => {
    const { status, body } = await ask({
      ...mine,
      client_name: "Desk",
      token_endpoint_auth_method: "client_secret_basic",
      scope: "admin",
      grant_types: ["authorization_code", "refresh_token", "client_credentials"],
      logo_uri: "https://x.example/",
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      client_name: "Desk",
      redirect_uris: mine.redirect_uris,
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    });
    expect(body).not.toHaveProperty("client_secret");
    expect(body).not.toHaveProperty("scope");
  });

  test.each([
    ["no address", {}, "invalid_redirect_uri"],
    ["an empty list", { redirect_uris: [] }, "invalid_redirect_uri"],
    ["a script", { redirect_uris: ["javascript:alert(1)"] }, "invalid_redirect_uri"],
    ["data", { redirect_uris: ["data:text/html,x"] }, "invalid_redirect_uri"],
    ["plain http beyond loopback", { redirect_uris: ["http://app.example/"] }, "invalid_redirect_uri"],
    ["a pattern", { redirect_uris: ["https://*.example/"] }, "invalid_redirect_uri"],
    ["a fragment", { redirect_uris: ["https://app.example/#x"] }, "invalid_redirect_uri"],
    ["a name in the address", { redirect_uris: ["https://me@app.example/"] }, "invalid_redirect_uri"],
    ["no grant that it could use", { ...mine, grant_types: ["implicit"] }, "invalid_client_metadata"],
    ["a list instead of an object", [], "invalid_client_metadata"],
    ["nothing", undefined, "invalid_client_metadata"],
  ])("is refused with %s", async (_what, json, error) => {
    const { status, body } = await ask(json);
    expect([status, body["error"]]).toEqual([400, error]);
  });

  test("may have a private scheme, as desktop programs do", async () => {
    expect((await ask({ redirect_uris: ["cursor://anysphere.cursor-retrieval/oauth/callback"] })).status).toBe(201);
  });

  test("is told to wait after too many, and others are not", async () => {
    const answers = [await ask(mine), await ask(mine), await ask(mine), await ask(mine)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
    expect(answers[3]?.headers["retry-after"]).toBe("3600");
    expect((await ask(mine, "198.51.100.1")).status).toBe(201);
    server.clock.advance(3_600_001);
    expect((await ask(mine)).status).toBe(201);
  });

  const registered = async (at: number) => String((await ask(mine, `192.0.2.${at}`)).body["client_id"]);
  const use = async (id: string) =>
    expect((await redeem(server, await codeFor(server, { client_id: id }), { client_id: id })).status).toBe(200);

  test("takes the place of the oldest that nobody used when there are as many as may be, and of none that is used", async () => {
    const used = await registered(1);
    await use(used);
    server.clock.advance(1_000);
    const oldest = await registered(2);
    server.clock.advance(1_000);
    for (const at of [3, 4, 5]) await registered(at);
    const newest = await registered(6);
    await expect(arrive(server, { client_id: oldest })).rejects.toThrow("No client of this id is known here");
    for (const id of [used, newest]) expect((await arrive(server, { client_id: id })).page.status).toBe(200);
  });

  test("is refused when there are as many as may be and all are used, until some are over", async () => {
    for (const at of [1, 2, 3, 4, 5]) await use(await registered(at));
    expect((await ask(mine, "192.0.2.6")).status).toBe(503);
    server.clock.advance(30 * 86_400_000);
    expect((await ask(mine, "192.0.2.6")).status).toBe(201);
  });

  test.each([
    ["https://app.example/about", true],
    ["http://localhost:3000", true],
    ["javascript:alert(1)", false],
    ["//app.example", false],
    ["https://me:secret@app.example/", false],
    ["https://app.example/\u202e", false],
  ])("is known by a page of its own only where that is a plain address: %s", async (client_uri, isKept) => {
    const { status, body } = await ask({ ...mine, client_uri });
    expect([status, body["client_uri"]]).toEqual([201, isKept ? client_uri : undefined]);
  });

  test("is forgotten when it is not used, and kept as long as it is", async () => {
    const both = { ...mine, grant_types: ["authorization_code", "refresh_token"] };
    const [used, unused] = [String((await ask(both)).body["client_id"]), String((await ask(both)).body["client_id"])];
    const { body } = await redeem(server, await codeFor(server, { client_id: used }), { client_id: used });
    server.clock.advance(6 * 86_400_000);
    const next = await refreshWith(server, body["refresh_token"], { client_id: used });
    expect(next.status).toBe(200);
    server.clock.advance(25 * 86_400_000);
    await expect(arrive(server, { client_id: unused })).rejects.toThrow("No client of this id is known here");
    expect((await arrive(server, { client_id: used })).page.status).toBe(200);
  });

  test("is kept from its last use on, which a code is too", async () => {
    const id = String((await ask(mine)).body["client_id"]);
    server.clock.advance(20 * 86_400_000);
    expect((await redeem(server, await codeFor(server, { client_id: id }), { client_id: id })).status).toBe(200);
    server.clock.advance(20 * 86_400_000);
    expect((await arrive(server, { client_id: id })).page.status).toBe(200);
  });

  test("gets no refresh token that it did not ask for", async () => {
    const id = String((await ask(mine)).body["client_id"]);
    const { body } = await redeem(server, await codeFor(server, { client_id: id }), { client_id: id });
    expect(body).not.toHaveProperty("refresh_token");
    const offline = await codeFor(server, { client_id: id, scope: "support offline_access" });
    expect((await redeem(server, offline, { client_id: id })).body).toHaveProperty("refresh_token");
  });

  test("cannot where the operator does not want that", async () => {
    const closed = await authorizationServer({ settings: settings({ registration: null }) });
    const { status, body } = await closed.ask("POST", "/oauth/register", { json: mine });
    expect([status, body["error"]]).toEqual([403, "access_denied"]);
    await expect(register({} as OAuthRequest, openServices(closed.deps))).rejects.toMatchObject({
      code: "access_denied",
    });
    closed.close();
  });
});
