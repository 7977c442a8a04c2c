import { compactVerify, decodeProtectedHeader, errors } from "jose";
import type { BundleTrust } from "../../domain/settings.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { SignatureRefusal } from "../failure.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** The verified claims of a signature's JWT. */
interface SignedClaims {
  /** Name of the signing key in the configuration. */
  readonly keyId: string;
  readonly claims: JsonObject;
}

/**
 * Verifies the JWT with one configured key and the one algorithm configured for it, whatever its header names. The caller
 * checks scope, times and files.
 * @throws SignatureRefusal
 */
export async function verifyToken(token: string, trust: BundleTrust): Promise<SignedClaims> {
  const { kid, alg, keyid } = unverified(token);
  const keyId = trust.keyId ?? named(kid) ?? named(keyid);
  if (keyId === null)
    throw new SignatureRefusal(
      "signature_key_unnamed",
      "the signature does not say which key it was made with; say it in policy.signing.keyid, or sign with a keyid",
    );
  const key = trust.keys.get(keyId);
  if (key === undefined)
    throw new SignatureRefusal(
      "signature_key_unknown",
      `the signature names the key ${JSON.stringify(keyId)}, which is none of policy.signing.keys`,
    );
  if (alg !== key.algorithm)
    throw new SignatureRefusal(
      "signature_algorithm_refused",
      `the signature was made with ${JSON.stringify(alg)}, and the key ${keyId} is for ${key.algorithm} alone`,
    );
  try {
    const { payload } = await compactVerify(token, key.key, { algorithms: [key.algorithm] });
    return { keyId, claims: object(payload, "payload") };
  } catch (error) {
    throw refusalOf(error, keyId, key.algorithm);
  }
}

function refusalOf(error: unknown, keyId: string, algorithm: string): SignatureRefusal {
  if (error instanceof SignatureRefusal) return error;
  if (!(error instanceof errors.JWSSignatureVerificationFailed)) return malformed((error as Error).message, error);
  // An editor does not show this difference.
  const hint = algorithm.startsWith("HS")
    ? "; opa counts a line end at the end of its secret file, the gateway does not"
    : "";
  return new SignatureRefusal("signature_invalid", `the signature was not made with the key ${keyId}${hint}`, error);
}

/** The unverified header and claims that choose the key to try. */
function unverified(token: string): { readonly kid: unknown; readonly alg: unknown; readonly keyid: unknown } {
  const parts = token.split(".");
  if (parts.length !== 3) throw malformed(`a compact JWS has three parts, this has ${parts.length}`);
  try {
    const { kid, alg } = decodeProtectedHeader(token);
    return { kid, alg, keyid: object(Buffer.from(parts[1] ?? "", "base64url"), "payload")["keyid"] };
  } catch (error) {
    throw error instanceof SignatureRefusal ? error : malformed((error as Error).message, error);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function object(bytes: Uint8Array, name: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(utf8.decode(bytes));
  } catch (error) {
    throw malformed(`its ${name} is not JSON`, error);
  }
  if (!isJsonObject(value)) throw malformed(`its ${name} is not a JSON object`);
  return value;
}

/** OPA writes an empty text when there is no key id. */
function named(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function malformed(why: string, cause?: unknown): SignatureRefusal {
  return new SignatureRefusal("signature_malformed", `the signature is not a JWT that can be read: ${why}`, cause);
}

export const SIGNATURES_FILE = ".signatures.json";
const HOW_TO_SIGN = "sign it with sallyport policy sign or opa sign";

/**
 * The one JWT of a bundle's `.signatures.json`. An empty block is no signature: OPA before 1.21.3 took it for one
 * (GHSA-g2pf-6v5v-qcc8).
 * @throws SignatureRefusal
 */
export function signatureOf(entries: ReadonlyMap<string, Buffer>): string {
  const misplaced = [...entries.keys()].find((path) => path.endsWith(`/${SIGNATURES_FILE}`));
  if (misplaced !== undefined)
    throw new SignatureRefusal(
      "signature_block_many",
      `${misplaced} is not where signatures belong, the bundle's root`,
    );
  const bytes = entries.get(SIGNATURES_FILE);
  if (bytes === undefined)
    throw new SignatureRefusal(
      "bundle_unsigned",
      `the bundle is not signed: it has no ${SIGNATURES_FILE}; ${HOW_TO_SIGN}`,
    );
  const { signatures, plugin } = block(bytes);
  // opa build names its default plugin; any other name means a verifier that only a custom OPA has.
  if (plugin !== undefined && plugin !== "" && plugin !== "_default")
    throw unreadable(`it asks for the verifier ${JSON.stringify(plugin)}, which is not here`);
  if (signatures === undefined || signatures === null) throw empty();
  if (!Array.isArray(signatures)) throw unreadable("its signatures are no list");
  const [token, ...more] = signatures as readonly JsonValue[];
  if (token === undefined) throw empty();
  if (more.length > 0)
    throw new SignatureRefusal(
      "signature_block_many",
      `${SIGNATURES_FILE} holds ${more.length + 1} signatures, and exactly one says what the bundle is`,
    );
  if (typeof token !== "string") throw unreadable("its signature is no text");
  return token;
}

function block(bytes: Buffer): Readonly<Record<string, JsonValue>> {
  let value: unknown;
  try {
    value = parseJson(bytes.toString("utf8"));
  } catch (error) {
    throw unreadable("it is not JSON", error);
  }
  if (!isJsonObject(value)) throw unreadable("it is not a JSON object");
  return value;
}

function empty(): SignatureRefusal {
  return new SignatureRefusal(
    "signature_block_empty",
    `the bundle is not signed: its ${SIGNATURES_FILE} holds no signature; ${HOW_TO_SIGN}`,
  );
}

function unreadable(why: string, cause?: unknown): SignatureRefusal {
  return new SignatureRefusal("signature_block_unreadable", `${SIGNATURES_FILE} cannot be used: ${why}`, cause);
}
