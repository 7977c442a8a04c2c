import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** Whatever a token of the proof may say beside the usual. */
export interface Claims {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

export interface TokenOptions {
  /** Seconds since the epoch; about an hour from now when nothing is said. */
  readonly expires?: number;
  /** Its audience; the routes' when nothing is said. */
  readonly to?: string;
}

export interface ProofIssuer {
  /** The issuer's section of a configuration. */
  readonly config: object;
  token(claims: Claims, more?: TokenOptions): Promise<string>;
  /** Publishes another key in the place of the one that it signs with. */
  withdraw(): Promise<void>;
}

export const audience = "urn:verify:tools";

/** An issuer whose key set lies beside the configurations; all gateways of a proof trust the same. */
export async function proofIssuer(dir: string, id: string): Promise<ProofIssuer> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const file = join(dir, `keys-${id}.json`);
  const kid = `${id}-1`;
  const publish = async (key: Parameters<typeof exportJWK>[0], name: string): Promise<void> =>
    writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(key)), kid: name, alg: "ES256", use: "sig" }] }));
  await publish(publicKey, kid);
  const issuer = `https://${id}.verify.example`;
  return {
    withdraw: async () => publish((await generateKeyPair("ES256")).publicKey, `${id}-2`),
    config: { id, issuer, jwks: { file }, algorithms: ["ES256"] },
    token: (claims, { expires = "59m", to = audience } = {}) =>
      new SignJWT({ roles: ["refunds"], client_id: claims.sub, jti: randomUUID(), ...claims })
        .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid })
        .setIssuer(issuer)
        .setAudience(to)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(privateKey),
  };
}
