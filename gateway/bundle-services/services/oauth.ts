import { createPrivateKey, constants, type KeyObject, sign } from "node:crypto";
import { parametersOf } from "../../credentials/oauth/granted.ts";
import { AuthorizationServer, type GrantedToken } from "../../credentials/oauth/server.ts";
import { KeptValues } from "../../credentials/kept.ts";
import { CredentialFailure } from "../../domain/credential.ts";
import type { AssertionSettings, ServiceOauthSettings } from "../../domain/bundle-service.ts";
import type { CredentialDeps, ServiceCredential } from "./service-credential.ts";

/** The share of its life that a token is used for. */
const usedShare = 0.9;

/** Tokens of one of the two grants: asked for once at a time, kept, and asked for anew before they end or once one is refused. */
export function oauthCredential(settings: ServiceOauthSettings, deps: CredentialDeps): ServiceCredential {
  const { client, assertion } = settings;
  const { clock, ids, logger, secretIn } = deps;
  const server = new AuthorizationServer(client, {
    clock,
    ids,
    logger,
    secret: secretIn,
    issuer: () => client.clientId,
    keys: { sign: (claims) => signedAssertion(claims, assertion, deps) },
  });
  const tokens = new KeptValues<string>({ clock, capacity: 1 });
  let current: string | null = null;
  return {
    async proofOf() {
      const token = await tokens.get("", async () => {
        // Read before the library asks for a signature: it would hide what is wrong with the key.
        if (assertion !== null) keyOf(assertion.keyReference, deps);
        const { token: value, type, lifetimeMs } = await granted(settings, server);
        if (type !== "bearer")
          throw new CredentialFailure("misconfigured", `${client.issuer} gave what is no access token`);
        return { value, forMs: lifetimeMs * usedShare };
      });
      current = `Bearer ${token}`;
      return { authorization: current };
    },
    refused({ authorization }) {
      // Another request may have had it replaced meanwhile.
      if (authorization === current) tokens.forget("");
      return true;
    },
  };
}

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** @throws CredentialFailure */
async function granted(
  { client, grant, scopes, parameters }: ServiceOauthSettings,
  server: AuthorizationServer,
): Promise<GrantedToken> {
  const asked = { scope: scopes, ...parameters };
  if (grant === "client_credentials") return server.grant(grant, parametersOf(asked));
  const scope = scopes.length === 0 ? {} : { scope: scopes.join(" ") };
  const assertion = server.assertion({ iss: client.clientId, sub: client.clientId, ...scope });
  return server.grant(jwtBearer, parametersOf({ ...asked, assertion }));
}

/** @throws CredentialFailure */
function signedAssertion(claims: object, assertion: AssertionSettings | null, deps: CredentialDeps): string {
  if (assertion === null) throw new CredentialFailure("misconfigured", "there is no key to sign an assertion with");
  const { algorithm, keyReference } = assertion;
  const text = [
    { alg: algorithm, typ: "JWT" },
    { ...claims, ...assertion.claims },
  ]
    .map(encoded)
    .join(".");
  const key = keyOf(keyReference, deps);
  return `${text}.${signature(Buffer.from(text), algorithm, key).toString("base64url")}`;
}

function keyOf(reference: string, { keyText }: CredentialDeps): KeyObject {
  const text = keyText(reference);
  try {
    return createPrivateKey(text);
  } catch (failure) {
    throw new CredentialFailure("misconfigured", `${reference} is no private key in PEM`, failure);
  }
}

/** RFC 7518 §3.3 to §3.5. */
function signature(data: Buffer, algorithm: AssertionSettings["algorithm"], key: KeyObject): Buffer {
  const digest = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith("ES")) return sign(digest, data, { key, dsaEncoding: "ieee-p1363" });
  if (algorithm.startsWith("RS")) return sign(digest, data, key);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign(digest, data, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
