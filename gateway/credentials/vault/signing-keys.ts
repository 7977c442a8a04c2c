import { createPublicKey, type JsonWebKey } from "node:crypto";
import { CredentialFailure } from "../../domain/credential.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { keyId } from "../key-id.ts";

/** One version of a key of the transit engine. */
export interface KeyVersion {
  readonly version: number;
  /** Public; with `kid`, `alg` and `use`. */
  readonly jwk: JsonWebKey & { readonly kid: string };
  /** When Vault made it, in milliseconds since the epoch. */
  readonly madeAt: number;
  /** Whether Vault still signs with it. */
  readonly signs: boolean;
}

/** All versions of a key that Vault still checks signatures with, the oldest first. */
export interface SigningKeys {
  readonly alg: "ES256" | "RS256";
  readonly versions: readonly KeyVersion[];
}

const algorithms: Readonly<Record<string, SigningKeys["alg"]>> = {
  "ecdsa-p256": "ES256",
  "rsa-2048": "RS256",
  "rsa-3072": "RS256",
  "rsa-4096": "RS256",
};

/**
 * What `GET transit/keys/:name` says of a key.
 * @param label what the operator calls the key
 * @throws CredentialFailure misconfigured when JWTs cannot be signed with it
 */
export function signingKeysIn(data: JsonValue | undefined, label: string): SigningKeys {
  const read = isJsonObject(data) ? data : {};
  const { type, min_encryption_version: least } = read;
  const alg = algorithms[String(type)];
  if (alg === undefined)
    throw new CredentialFailure(
      "misconfigured",
      `${label} is of type ${kindText(type)}; JWTs are signed with ${Object.keys(algorithms).join(", ")}`,
    );
  const keys = isJsonObject(read["keys"]) ? read["keys"] : {};
  const versions = Object.entries(keys)
    .flatMap(([version, one]) => (isJsonObject(one) ? [versionIn(Number(version), one, alg, label)] : []))
    .map((one) => ({ ...one, signs: one.version >= Number(least ?? 0) }))
    .toSorted((one, other) => one.version - other.version);
  if (versions.length === 0) throw new CredentialFailure("misconfigured", `${label} has no version with a public key`);
  return { alg, versions };
}

function kindText(type: JsonValue | undefined): string {
  return typeof type === "string" && /^[\w-]{1,40}$/.test(type) ? type : "another kind";
}

function versionIn(
  version: number,
  one: JsonObject,
  alg: SigningKeys["alg"],
  label: string,
): Omit<KeyVersion, "signs"> {
  const { public_key: pem, creation_time: made } = one;
  try {
    const jwk = createPublicKey(String(pem)).export({ format: "jwk" });
    return { version, jwk: { ...jwk, kid: keyId(jwk), alg, use: "sig" }, madeAt: Date.parse(String(made)) };
  } catch (failure) {
    throw new CredentialFailure("misconfigured", `${label} has no public key in version ${version}`, failure);
  }
}

/**
 * Which version signs: the newest that has been published for `leadMs`, so that whoever checks signatures knows it. While there is
 * none, the oldest that Vault still signs with.
 * @throws CredentialFailure when Vault signs with none of them
 */
export function versionFor({ versions }: SigningKeys, now: number, leadMs: number, label: string): KeyVersion {
  const able = versions.filter(({ signs }) => signs);
  const found = able.findLast(({ madeAt }) => !(madeAt > now - leadMs)) ?? able[0];
  if (found === undefined) throw new CredentialFailure("misconfigured", `${label} signs with none of its versions`);
  return found;
}
