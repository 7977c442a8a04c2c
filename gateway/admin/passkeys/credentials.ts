import { createPublicKey } from "node:crypto";
import { z } from "zod";
import type { JsonObject } from "../../lib/json.ts";
import { weakness } from "../../lib/weak-key.ts";
import { parseJson } from "../../lib/parse-json.ts";

type Helpers = Pick<typeof import("@simplewebauthn/server/helpers"), "cose" | "decodeCredentialPublicKey">;

/** The library, with hundreds of modules for X.509 below it: loaded with the first passkey, which most gateways never see. */
export async function webauthn() {
  const [server, helpers] = await Promise.all([
    import("@simplewebauthn/server"),
    import("@simplewebauthn/server/helpers"),
  ]);
  return { ...server, helpers };
}

/** base64url without padding, as browsers send binary values in JSON. */
const binary = (most: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(most);

const credential = { id: binary(1400), rawId: binary(1400), type: z.literal("public-key") };

/** https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson, what is read of it */
export const registration = z.strictObject({
  ...credential,
  response: z.strictObject({
    clientDataJSON: binary(4000),
    attestationObject: binary(16_000),
    transports: z.array(z.string().max(20)).max(10),
  }),
});

/** https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson, what is read of it */
export const assertion = z.strictObject({
  ...credential,
  response: z.strictObject({
    clientDataJSON: binary(4000),
    authenticatorData: binary(4000),
    signature: binary(2000),
  }),
});

export type Registration = z.infer<typeof registration>;
export type Assertion = z.infer<typeof assertion>;

/** The challenge that the browser says was answered; "" when that is not readable. Only good to look it up by. */
export function challengeIn(clientDataJson: string): string {
  try {
    const { challenge } = parseJson(Buffer.from(clientDataJson, "base64url").toString()) as { challenge?: unknown };
    return typeof challenge === "string" ? challenge : "";
  } catch {
    return "";
  }
}

/** ES256, EdDSA, RS256 (https://www.iana.org/assignments/cose): what every auditor's library verifies. */
export const algorithms = [-7, -8, -257];

/**
 * A credential's COSE key as a JWK (RFC 7517), which is how receipts carry it.
 * @throws Error when it is of a kind that was not asked for, or weak
 */
export function jwkOf(publicKey: Uint8Array<ArrayBuffer>, { cose, decodeCredentialPublicKey }: Helpers): JsonObject {
  const key = decodeCredentialPublicKey(publicKey);
  const { COSEKEYS } = cose;
  if (cose.isCOSEPublicKeyEC2(key) && key.get(COSEKEYS.crv) === 1)
    return { kty: "EC", crv: "P-256", x: text(key.get(COSEKEYS.x)), y: text(key.get(COSEKEYS.y)) };
  if (cose.isCOSEPublicKeyOKP(key) && key.get(COSEKEYS.crv) === 6)
    return { kty: "OKP", crv: "Ed25519", x: text(key.get(COSEKEYS.x)) };
  if (cose.isCOSEPublicKeyRSA(key))
    return assertStrong({ kty: "RSA", n: text(key.get(COSEKEYS.n)), e: text(key.get(COSEKEYS.e)) });
  throw new Error("the key is neither P-256, Ed25519 nor RSA");
}

/** Some authenticators made RSA keys that can be worked out (CVE-2017-15361). */
function assertStrong(jwk: JsonObject): JsonObject {
  const why = weakness(createPublicKey({ key: jwk, format: "jwk" }));
  if (why !== null) throw new Error(`the key is too weak: ${why}`);
  return jwk;
}

function text(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) throw new Error("the key lacks a part");
  return Buffer.from(bytes).toString("base64url");
}
