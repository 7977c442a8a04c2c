import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { identifier, request, route, silent, trustedIssuer } from "../fixtures.ts";

/** A real authorization server (oidc-provider): client credentials, resource indicators (RFC 8707), JWT access tokens (RFC 9068). */
const audience = "https://gw.example/payments";
let server: Server;
let issuer: string;

beforeAll(async () => {
  // It warns at length that its development keys and its store in memory are not for production; here they are wanted.
  console.warn = console.info = () => {};
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "refund-bot",
        client_secret: "a-secret-for-this-test-only",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ["tools:call"],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          audience: resource,
          scope: "tools:call",
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
        }),
      },
    },
    extraTokenClaims: () => ({ roles: ["refunds"], sid: "run-1" }),
  });
  server.on("request", provider.callback());
});

afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
);

async function accessToken(resource: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from("refund-bot:a-secret-for-this-test-only").toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: "tools:call", resource }),
  });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

function identify(token: string) {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const trusted = trustedIssuer(issuer, `${issuer}/jwks`);
  return identifier([trusted], clock as never, { logger: silent })(
    { req: request(`Bearer ${token}`) },
    { route: route([issuer], { audience }) },
  );
}

test("identifies a client of a live authorization server by its JWT access token", async () => {
  expect(await identify(await accessToken(audience))).toMatchObject({
    id: "refund-bot",
    issuer,
    clientId: "refund-bot",
    roles: ["refunds"],
    scopes: ["tools:call"],
    session: "run-1",
  });
});

test("refuses a live token that was issued for another resource", async () => {
  const token = await accessToken("https://gw.example/crm");
  const refusal = await Promise.try(() => identify(token)).catch(asRefusal);
  expect(refusal).toMatchObject({ code: "token_audience" });
});
