import { createAuthorize } from "../../../gateway/authorize/create-authorize.ts";
import { serverMetadata } from "../../../gateway/authorize/metadata.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import {
  authorizationServer,
  hostedClient,
  issuer,
  settings,
  type TestServer,
} from "../../support/oauth/authorization-server.ts";

let server: TestServer;
beforeAll(async () => (server = await authorizationServer()));
afterAll(() => server.close());

describe("what the server says of itself", () => {
  const document = (path: string, changes = {}) => serverMetadata(settings(changes), ["/mcp/crm", "/"]).find("", path);

  test.each(["oauth-authorization-server", "openid-configuration"])(
    "is at every place of %s that clients try",
    (name) => {
      for (const path of [`/.well-known/${name}`, `/.well-known/${name}/mcp/crm`])
        expect(document(path)).toMatchObject({
          issuer,
          authorization_endpoint: `${issuer}/oauth/authorize`,
          token_endpoint: `${issuer}/oauth/token`,
          registration_endpoint: `${issuer}/oauth/register`,
          revocation_endpoint: `${issuer}/oauth/revoke`,
          jwks_uri: `${issuer}/oauth/jwks.json`,
          scopes_supported: ["ops", "support", "offline_access"],
          response_types_supported: ["code"],
          code_challenge_methods_supported: ["S256"],
          client_id_metadata_document_supported: true,
          authorization_response_iss_parameter_supported: true,
          grant_types_supported: ["authorization_code", "refresh_token"],
          token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
        });
      for (const path of [`/.well-known/${name}/`, `/.well-known/${name}/mcp`, `/${name}`])
        expect(document(path)).toBeNull();
    },
  );

  test("names nothing that is switched off, and what is on", () => {
    const path = "/.well-known/oauth-authorization-server";
    const assertions = [{ issuer: "x", keys: { kind: "none" }, algorithms: ["ES256"], clients: null }];
    const less = document(path, { registration: null, documents: null, clients: [], assertions });
    expect(less).not.toHaveProperty("registration_endpoint");
    expect(less).toMatchObject({
      client_id_metadata_document_supported: false,
      token_endpoint_auth_methods_supported: ["none"],
      grant_types_supported: [expect.anything(), expect.anything(), "urn:ietf:params:oauth:grant-type:jwt-bearer"],
    });
    expect(hostedClient.secretReference).not.toBeNull();
  });
});

describe("the endpoints for programs", () => {
  test("answer their errors in OAuth's form, kept by nobody", async () => {
    const answer = await server.ask("POST", "/oauth/token", { form: { grant_type: "password" } });
    expect([answer.status, answer.headers["cache-control"], answer.body["error"]]).toEqual([
      ...[400, "no-store", "unsupported_grant_type"],
    ]);
    expect(answer.body["error_description"]).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  test("challenge only whoever tried with a header", async () => {
    const form = { grant_type: "refresh_token", client_id: "nobody" };
    const plain = await server.ask("POST", "/oauth/token", { form });
    expect([plain.status, plain.body["error"], plain.headers["www-authenticate"]]).toEqual([
      ...[401, "invalid_client", undefined],
    ]);
    const headers = { authorization: "Basic bm9ib2R5Ong=" };
    const tried = await server.ask("POST", "/oauth/token", { form: { grant_type: "refresh_token" }, headers });
    expect([tried.status, tried.headers["www-authenticate"]]).toEqual([401, 'Basic realm="sallyport"']);
  });

  test("may be asked by pages of other origins", async () => {
    const answer = await server.ask("OPTIONS", "/oauth/token");
    expect([answer.status, answer.headers["access-control-allow-methods"], answer.headers["content-length"]]).toEqual([
      ...[204, "POST", undefined],
    ]);
    expect(answer.headers["access-control-allow-headers"]).toContain("DPoP");
  });

  test("publish public keys alone", async () => {
    const { keys } = (await server.ask("GET", "/oauth/jwks.json")).body as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });
});

describe("what cannot be read", () => {
  const failing = async (url: string, thrown: Error) => {
    const told: Record<string, unknown> = {};
    const res = {
      headersSent: false,
      setHeader: () => undefined,
      writeHead: (status: number) => (told["status"] = status),
      end: (text: string) => (told["text"] = text),
    };
    const read = (): Promise<never> => Promise.reject(thrown);
    const exchange = { req: { url, method: "GET", headers: {}, rawHeaders: [], socket: {} }, res };
    await createAuthorize({ ...server.deps, read, readOpen: read })(exchange as unknown as Exchange);
    return told;
  };

  test("is refused in JSON to programs and on a page to people", async () => {
    const refusal = new Refusal("body_too_large", { hint: "at most 65536 bytes" });
    const program = await failing("/oauth/token?x=1", refusal);
    expect(JSON.parse(String(program["text"]))).toMatchObject({ error: "invalid_request" });
    const person = await failing("/oauth/authorize?x=1", refusal);
    expect(person["status"]).toBe(413);
    expect(person["text"]).toContain("<h1>This cannot go on</h1>");
  });

  test("is told without its details when it is our own fault", async () => {
    const program = await failing("/oauth/token", new Error("the disk /var/x is full"));
    expect([program["status"], JSON.parse(String(program["text"]))]).toMatchObject([500, { error: "server_error" }]);
    expect(program["text"]).not.toContain("/var/x");
    expect((await failing("/oauth/authorize", new Error("the disk /var/x is full")))["text"]).not.toContain("/var/x");
  });

  test("is not there, or takes another method", async () => {
    expect((await server.ask("GET", "/oauth/elsewhere")).status).toBe(404);
    expect((await server.ask("POST", "/oauth/authorize", { form: {} })).status).toBe(405);
    expect((await server.ask("GET", "/oauth/token")).status).toBe(405);
    // Programs that look at links with HEAD begin nothing and use nothing up.
    for (const path of ["/oauth/authorize", "/oauth/callback"])
      expect(await server.ask("HEAD", path)).toMatchObject({ status: 405, text: "", location: null });
    expect(await server.ask("HEAD", "/oauth/jwks.json")).toMatchObject({ status: 200, text: "" });
    expect((await server.ask("GET", "/oauth/callback", { query: { state: "x" } })).status).toBe(404);
  });
});
