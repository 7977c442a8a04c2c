import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { SignatureRefusal } from "./refusal.ts";

export const SIGNATURES_FILE = ".signatures.json";
const REMEDY = "sign it with sallyport policy sign or opa sign";

/**
 * The one JWT of a bundle's `.signatures.json`. An empty block is no signature: OPA before 1.21.3 took it for one
 * (GHSA-g2pf-6v5v-qcc8).
 * @throws SignatureRefusal
 */
export function signatureOf(entries: ReadonlyMap<string, Buffer>): string {
  const elsewhere = [...entries.keys()].find((path) => path.endsWith(`/${SIGNATURES_FILE}`));
  if (elsewhere !== undefined)
    throw new SignatureRefusal(
      "signature_block_many",
      `${elsewhere} is not where signatures belong, the bundle's root`,
    );
  const bytes = entries.get(SIGNATURES_FILE);
  if (bytes === undefined)
    throw new SignatureRefusal("bundle_unsigned", `the bundle is not signed: it has no ${SIGNATURES_FILE}; ${REMEDY}`);
  const { signatures, plugin } = block(bytes);
  // Written by opa build for its own way of signing; anything else is a verifier of somebody's own OPA.
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
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw unreadable("it is not JSON", error);
  }
  if (!isJsonObject(value)) throw unreadable("it is not a JSON object");
  return value;
}

function empty(): SignatureRefusal {
  return new SignatureRefusal(
    "signature_block_empty",
    `the bundle is not signed: its ${SIGNATURES_FILE} holds no signature; ${REMEDY}`,
  );
}

function unreadable(why: string, cause?: unknown): SignatureRefusal {
  return new SignatureRefusal("signature_block_unreadable", `${SIGNATURES_FILE} cannot be used: ${why}`, cause);
}
