import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import type { BundleAlgorithm, BundleTrust } from "../domain/settings.ts";
import { weakness } from "../lib/weak-key.ts";
import type { Config } from "./config.ts";
import type { SigningConfig } from "./policy-config.ts";
import type { SigningValues } from "./draft.ts";
import { parseJson } from "../lib/parse-json.ts";
import { systemReason } from "../lib/open-files.ts";

/** Reads all keys that may sign policy bundles. @throws Error */
export function readBundleTrust(
  { keys, keyId, scope }: SigningConfig,
  { secret }: Pick<Config, "secret">,
): BundleTrust {
  const read = [...keys].map(([id, { algorithm, from }]) => {
    const key = "file" in from ? publicKey(from.file, algorithm) : secretKey(secret(from.secret), algorithm);
    return [id, { algorithm, key }] as const;
  });
  return { keys: new Map(read), keyId, scope };
}

/** A public key in PEM or as a JWK, fit for the algorithm. @throws Error that does not repeat what the file holds */
export function publicKey(file: string, algorithm: BundleAlgorithm): KeyObject {
  const text = textOf(file);
  // Node would take the public half out of it. But a key that signs policies has no business here.
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw new Error("holds a private key; the gateway needs the public one, and nobody else should have this");
  const key = parsed(text);
  const wanted = misfit(key, algorithm);
  if (wanted !== null) throw new Error(`holds ${kindOf(key)}, and ${algorithm} needs ${wanted}`);
  return key;
}

/** RFC 7518 §3.2: as long as the hash, at least. @throws Error */
export function secretKey(secret: string, algorithm: BundleAlgorithm): KeyObject {
  const bytes = Buffer.from(secret);
  const least = Number(algorithm.slice(2)) / 8;
  if (bytes.length < least)
    throw new Error(`the secret has ${bytes.length} bytes, and ${algorithm} needs ${least} or more`);
  return createSecretKey(bytes);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (failure) {
    throw new Error(`cannot be read (${systemReason(failure) ?? "unknown error"})`, { cause: failure });
  }
}

function parsed(text: string): KeyObject {
  if (!text.trimStart().startsWith("{")) return created(text);
  let jwk: JsonWebKey;
  try {
    jwk = parseJson(text) as JsonWebKey;
  } catch (failure) {
    throw new Error("is neither PEM nor JSON", { cause: failure });
  }
  if (jwk.kty === "oct") throw new Error("holds a secret; name it as secret: env:NAME or file:PATH");
  if (jwk.d !== undefined)
    throw new Error("holds a private key; the gateway needs the public one, and nobody else should have this");
  return created({ key: jwk, format: "jwk" });
}

function created(from: Parameters<typeof createPublicKey>[0]): KeyObject {
  try {
    return createPublicKey(from);
  } catch (failure) {
    throw new Error("is no public key in PEM and no JWK", { cause: failure });
  }
}

const curves: Readonly<Record<string, string>> = { ES256: "prime256v1", ES384: "secp384r1", ES512: "secp521r1" };

/** What the algorithm needs and the key is not, RFC 7518 §3.3 to §3.5; null when it fits. */
export function misfit(key: KeyObject, algorithm: BundleAlgorithm): string | null {
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  const curve = curves[algorithm];
  if (curve !== undefined) return namedCurve === curve ? null : `a key on ${curve}`;
  if (algorithm.startsWith("HS")) return "a secret";
  if (key.asymmetricKeyType !== "rsa") return "an RSA key of 2048 bits or more";
  const why = weakness(key);
  return why === null ? null : `an RSA key of 2048 bits or more that is not weak (${why})`;
}

function kindOf(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return `a key of the kind ${[key.asymmetricKeyType, modulusLength, namedCurve].filter((part) => part !== undefined).join(" ")}`;
}

/** The algorithm that a key is for; without one, the default of `opa sign`. */
export function signingAlgorithm({ algorithm, secret }: SigningValues["keys"][string]): BundleAlgorithm {
  return algorithm ?? (secret === undefined ? "RS256" : "HS256");
}
