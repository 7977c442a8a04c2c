import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import { namesAreUnique } from "./unique-names.ts";

/** A compact JWS taken apart, nothing of it verified yet. */
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
