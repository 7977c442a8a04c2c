import type { DpopRules } from "../../../gateway/domain/trusted-issuer.ts";
import { proofAlgorithms, resourceMetadata } from "../../../gateway/identify/resource-metadata.ts";
import { route, trustedIssuer } from "./fixtures.ts";

const iss = "https://idp.example";
const es: DpopRules = { algorithms: ["ES256", "EdDSA"], maxAgeMs: 60_000, nonce: false };
const issuers = [
  trustedIssuer(iss, "", { dpop: es }),
  trustedIssuer("https://opaque.example", "", {
    kind: "introspection",
    dpop: { ...es, algorithms: ["PS256", "ES256"] },
  }),
  trustedIssuer("urn:sallyport:development:dev", "", { development: true }),
  trustedIssuer("spiffe://example.org", "", { kind: "spiffe-x509", trust: "spiffe-x509:spiffe://example.org" }),
];
const mcp = { protocol: "mcp", server: "crm" } as const;
const crm = route([iss], { id: "crm", prefix: "/mcp/crm", ...mcp });

function published(routes = [crm], origin: string | null = "https://gw.example", clientCertificates = false) {
  const originOf = (one: { host: string }) => (one.host === "*" ? origin : `https://${one.host}`);
  return resourceMetadata({ routes, issuers, originOf, clientCertificates });
}

test("describes an MCP route below the well-known path", () => {
  expect(published().find("gw.example", "/.well-known/oauth-protected-resource/mcp/crm")).toEqual({
    resource: "https://gw.example/mcp/crm",
    resource_name: "crm",
    authorization_servers: [iss],
    bearer_methods_supported: ["header"],
    dpop_signing_alg_values_supported: ["ES256", "EdDSA"],
  });
  expect(published().urlOf(crm)).toBe("https://gw.example/.well-known/oauth-protected-resource/mcp/crm");
});

test("names as authorization servers neither a development issuer nor a trust domain", () => {
  const names = ["https://opaque.example", "urn:sallyport:development:dev", "spiffe-x509:spiffe://example.org"];
  const one = { ...crm, issuers: names };
  expect(published([one]).find("", "/.well-known/oauth-protected-resource/mcp/crm")).toMatchObject({
    authorization_servers: ["https://opaque.example"],
  });
  const none = { ...crm, issuers: names.slice(1) };
  expect(published([none]).find("", "/.well-known/oauth-protected-resource/mcp/crm")).not.toHaveProperty(
    "authorization_servers",
  );
});

test("says whether tokens must be bound, and that certificates may bind them", () => {
  const strict = { ...crm, proof: { required: true, dpopNonce: null } };
  const path = "/.well-known/oauth-protected-resource/mcp/crm";
  expect(published([strict]).find("", path)).toMatchObject({ dpop_bound_access_tokens_required: true });
  const either = published([strict], "https://gw.example", true).find("", path);
  expect(either).toMatchObject({ tls_client_certificate_bound_access_tokens: true });
  expect(either).not.toHaveProperty("dpop_bound_access_tokens_required");
});

test("describes the route of the host that was asked, else the one for any host", () => {
  const own = { ...crm, id: "own", host: "crm.example", server: "own" };
  const metadata = published([crm, own]);
  const path = "/.well-known/oauth-protected-resource/mcp/crm";
  expect(metadata.find("crm.example", path)).toMatchObject({
    resource: "https://crm.example/mcp/crm",
    resource_name: "own",
  });
  expect(metadata.find("evil.example", path)).toMatchObject({ resource: "https://gw.example/mcp/crm" });
});

test("puts the document of a route at the root at the well-known path itself", () => {
  const root = { ...crm, prefix: "/" };
  expect(published([root]).find("", "/.well-known/oauth-protected-resource")).toMatchObject({
    resource: "https://gw.example",
  });
  expect(published([root]).find("", "/.well-known/oauth-protected-resource/")).toBeNull();
});

test("describes a route at the root too, where it has the host for itself", () => {
  const root = "/.well-known/oauth-protected-resource";
  const other = { ...crm, id: "mail", prefix: "/mcp/mail" };
  expect(published().find("gw.example", root)).toMatchObject({ resource: "https://gw.example/mcp/crm" });
  expect(published([crm, other]).find("gw.example", root)).toBeNull();
  const own = { ...other, host: "mail.example" };
  expect(published([own, { ...crm, host: "crm.example" }]).find("crm.example", root)).toMatchObject({
    resource: "https://crm.example/mcp/crm",
  });
});

test("names the gateway alone as authorization server where it gives out the tokens", () => {
  const gateway = trustedIssuer("https://gw.example", "", { keys: { kind: "own" } });
  const metadata = resourceMetadata({
    routes: [{ ...crm, issuers: [iss, gateway.trust] }],
    issuers: [...issuers, gateway],
    originOf: () => "https://gw.example",
    clientCertificates: false,
  });
  expect(metadata.find("", "/.well-known/oauth-protected-resource/mcp/crm")).toMatchObject({
    authorization_servers: ["https://gw.example"],
  });
});

test.each([
  "/.well-known/oauth-protected-resource/",
  "/.well-known/oauth-protected-resource/mcp",
  "/.well-known/oauth-protected-resource/mcp/crm/",
  "/.well-known/oauth-protected-resource/mcp/crm?x=1",
  "/.well-known/oauth-protected-resource/mcp/%63rm",
  "/.well-known/oauth-protected-resource/payments",
  "/.well-known/oauth-authorization-server",
])("knows no document at %s", (path) => {
  expect(published([crm, route([iss], { protocol: "http" })]).find("gw.example", path)).toBeNull();
});

test("publishes nothing while its own address is unknown", () => {
  expect(published([crm], null).find("", "/.well-known/oauth-protected-resource/mcp/crm")).toBeNull();
  expect(published([crm], null).urlOf(crm)).toBeNull();
});

test("offers only algorithms that every issuer of the route accepts in proofs", () => {
  expect(proofAlgorithms({ ...crm, issuers: [iss, "https://opaque.example"] }, issuers)).toEqual(["ES256"]);
  expect(proofAlgorithms({ ...crm, issuers: ["spiffe-x509:spiffe://example.org"] }, issuers)).toEqual([]);
});

test("names the scopes that clients ask for, where the route has any", () => {
  const path = "/.well-known/oauth-protected-resource/mcp/crm";
  expect(published().find("", path)).not.toHaveProperty("scopes_supported");
  const scoped = { ...crm, scopes: ["tools:call"] };
  expect(published([scoped]).find("", path)).toMatchObject({ scopes_supported: ["tools:call"] });
});
