import { claimSteps } from "../lib/claim-at.ts";
import { Refusal } from "../domain/errors.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import { isDeceptive } from "../lib/look-alike.ts";

/**
 * The claim of that name, or at that JSON pointer when the name begins with "/"; null when it is absent or null.
 * @throws Refusal token_invalid when the pointer leads through a text or a number: who is named there cannot be known, and
 * must not be taken for nobody
 */
export function claimAt(claims: JsonObject, name: string): JsonValue {
  let value: JsonValue = claims;
  for (const step of claimSteps(name)) {
    if (typeof value !== "object")
      throw new Refusal("token_invalid", { hint: `its claim ${name} is inside no object` });
    if (value === null || !Object.hasOwn(value, step)) return null;
    value = (value as JsonObject)[step] ?? null;
  }
  return value;
}

/** A list of texts, or one text with spaces between its words (RFC 6749 §3.3). Anything else is a refusal, not an empty list. */
export function wordsAt(claims: JsonObject, name: string): readonly string[] {
  const value = claimAt(claims, name);
  if (value === null) return [];
  const words = typeof value === "string" ? value.split(" ").filter((word) => word !== "") : value;
  if (Array.isArray(words) && words.length <= 256 && words.every((word) => typeof word === "string")) return words;
  throw new Refusal("token_invalid", { hint: `its claim ${name} is not a list of texts` });
}

export function textAt(claims: JsonObject, name: string, maxLength = 256): string | null {
  const value = claimAt(claims, name);
  return value === null ? null : identifier(value, name, maxLength);
}

/**
 * Who somebody is: an identifier in which nothing is unseen. A name with an invisible character or a blank at its end would
 * be another caller than the one that people read, to policy, to approvers and in records.
 */
export function subjectName(value: JsonValue | undefined, name: string): string {
  const id = identifier(value, name);
  if (!isDeceptive(id)) return id;
  throw new Refusal("token_invalid", { hint: `its claim ${name} has a character that nobody sees` });
}

/** A text that is safe as an identifier in records and keys: not empty, bounded, without control characters. */
export function identifier(value: JsonValue | undefined, name: string, maxLength = 256): string {
  if (typeof value !== "string" || value === "" || value.length > maxLength || /\p{C}/u.test(value)) {
    throw new Refusal("token_invalid", {
      hint: `its claim ${name} is not a plain text of at most ${maxLength} characters`,
    });
  }
  return value;
}
