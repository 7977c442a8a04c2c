import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../../gateway/config/read-config.ts";
import { selfSigned } from "../../support/certificates.ts";

const text = `
version: 1
listeners:
  agents:
    port: 8700
    tls: { cert: cert.pem, key: key.pem, client_ca: cert.pem, request_client_certificate: true }
    limits: { proofs: 5_000 }
issuers:
  - { id: corp, issuer: "https://idp.example", jwks: { url: "https://idp.example/jwks" }, dpop: { nonce: true, algorithms: [ES256] } }
  - id: opaque
    kind: introspection
    issuer: https://opaque.example
    introspection: { endpoint: "https://opaque.example/introspect", client_id: gateway, client_secret: "file:secret.txt", cache: 10s }
  - { id: mesh, kind: spiffe-x509, trust_domain: example.org, bundle: cert.pem, workloads: [ { id: "spiffe://example.org/refund-bot", roles: [refunds] } ] }
  - { id: mesh-tokens, kind: spiffe-jwt, trust_domain: example.org, jwks: { file: keys.json } }
routes:
  - id: payments
    prefix: /payments
    protocol: http
    server: payments
    upstream: { origin: "https://pay.example" }
    issuers: [corp, opaque, mesh, mesh-tokens]
    proof: { required: true, dpop_nonce: false }
`;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-config-"));
  const { certPem, keyPem } = await selfSigned("gateway");
  mkdirSync(join(folder, "rego"));
  writeFileSync(join(folder, "cert.pem"), certPem);
  writeFileSync(join(folder, "key.pem"), keyPem);
  writeFileSync(join(folder, "secret.txt"), "s3cret\n");
  writeFileSync(join(folder, "keys.json"), `{"keys":[]}`);
  writeFileSync(join(folder, "sallyport.yaml"), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const config = () => readConfig(join(folder, "sallyport.yaml"));

test("makes the agents listener speak TLS, and its public URL and audiences https", () => {
  const { listeners, routes } = config();
  expect(listeners.agents).toMatchObject({
    publicUrl: "https://127.0.0.1:8700",
    limits: { proofs: 5000 },
    tls: {
      certFile: join(folder, "cert.pem"),
      keyFile: join(folder, "key.pem"),
      clientCaFile: join(folder, "cert.pem"),
      requestClientCertificate: true,
    },
  });
  expect(listeners.console.publicUrl).toBe("http://127.0.0.1:8701");
  expect(routes[0]?.audience).toBe("https://127.0.0.1:8700/payments");
});

test("gives each kind of issuer what it needs, and routes a name for it that no other kind shares", () => {
  const { issuers, routes, secret } = config();
  expect(issuers).toMatchObject([
    {
      kind: "jwt",
      issuer: "https://idp.example",
      trust: "https://idp.example",
      dpop: { nonce: true, maxAgeMs: 60_000, algorithms: ["ES256"] },
    },
    {
      kind: "introspection",
      keys: { kind: "none" },
      introspection: { clientId: "gateway", cacheMs: 10_000, timeoutMs: 5000 },
    },
    {
      kind: "spiffe-x509",
      issuer: "spiffe://example.org",
      bundleFile: join(folder, "cert.pem"),
      workloads: { "spiffe://example.org/refund-bot": ["refunds"] },
    },
    { kind: "spiffe-jwt", issuer: "spiffe://example.org", keys: { kind: "file" }, algorithms: ["ES256", "RS256"] },
  ]);
  expect(routes[0]?.issuers).toEqual([
    "https://idp.example",
    "introspection:https://opaque.example",
    "spiffe-x509:spiffe://example.org",
    "spiffe-jwt:spiffe://example.org",
  ]);
  expect(secret(issuers[1]?.introspection?.secretReference ?? "")).toBe("s3cret");
});

test("tells a route what its callers must prove", () => {
  expect(config().routes[0]?.proof).toEqual({ required: true, dpopNonce: false });
});
