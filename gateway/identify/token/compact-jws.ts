import { Refusal } from "../../domain/errors.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";

/** A parsed compact JWS of which nothing is verified yet. */
export interface UnverifiedJws {
  readonly token: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

/** RFC 7515 §7.1, three parts, read strictly: every token has one spelling only. */
export function readCompactJws(token: string): UnverifiedJws {
  const parts = token.split(".");
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw new Refusal("token_invalid", {
      hint: "it is not a signed JWT",
      detail: `compact JWS needs three parts, got ${parts.length}`,
    });
  }
  strictBytes(signature, "signature");
  return { token, header: jsonPart(header, "header"), payload: jsonPart(payload, "payload") };
}

/** RFC 7515 §2 base64url without padding. Re-encoding refuses stray bits at the end, which decoders ignore. */
function strictBytes(part: string, name: string): Buffer {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.length === 0 || bytes.toString("base64url") !== part) {
    throw new Refusal("token_invalid", { hint: `its ${name} is not base64url` });
  }
  return bytes;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function jsonPart(part: string, name: string): JsonObject {
  const bytes = strictBytes(part, name);
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (failure) {
    throw new Refusal("token_invalid", { hint: `its ${name} is not JSON`, cause: failure });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("token_invalid", { hint: `its ${name} is not a JSON object` });
  }
  if (!namesAreUnique(bytes.toString(), value as JsonObject)) {
    throw new Refusal("token_invalid", { hint: `its ${name} has a name twice` });
  }
  return value as JsonObject;
}

/**
 * Whether no object of a JSON text names a member twice (RFC 7515 §4, RFC 7519 §4): another verifier might use the other value.
 * `value` is the parsed text, which keeps one of two equal names; outside strings each colon follows a name.
 */
function namesAreUnique(text: string, value: JsonValue): boolean {
  let colons = 0;
  for (const piece of text.replace(/"(?:[^"\\]|\\.)*"/g, "")) if (piece === ":") colons++;
  return colons === namesIn(value);
}

function namesIn(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, one: JsonValue) => sum + namesIn(one), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}
