import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Provider } from "oidc-provider";

/** A company's provider (oidc-provider), which publishes the keys that it signs identity assertions with (ID-JAG). */
export interface AssertionProvider {
  readonly issuer: string;
  /** For one use; `claims`: `aud`, `client_id`, `resource` and others. */
  assertion(claims: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

export async function assertionProvider(): Promise<AssertionProvider> {
  // It warns about its in-memory store, which is right for a test.
  console.warn = console.info = () => undefined;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const server = createServer({ keepAliveTimeout: 0 });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const named = { alg: "RS256", kid: "signs-assertions" };
  const keys = [{ ...(await exportJWK(privateKey)), ...named, use: "sig" }];
  const configuration = { jwks: { keys }, clients: [], scopes: ["openid"], features: {} };
  server.on("request", new Provider(issuer, configuration).callback());
  return {
    issuer,
    assertion: (claims) =>
      new SignJWT({ iss: issuer, sub: "u-1001", jti: randomUUID(), ...claims })
        .setIssuedAt()
        .setExpirationTime("5m")
        .setProtectedHeader({ ...named, typ: "oauth-id-jag+jwt" })
        .sign(privateKey),
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => void server.close(() => done()));
    },
  };
}
