import { Refusal } from "../domain/errors.ts";
import { type JsonObject, claimAt } from "../lib/json.ts";
import { isDeceptive } from "../lib/look-alike.ts";

const longest = 200;
const most = 500;

/** The one name in a claim of a provider. @throws Refusal login_claims */
export function nameIn(claims: JsonObject, claim: string): string {
  const [name, ...others] = textsIn(claims, claim);
  if (name === undefined || others.length > 0) throw new Refusal("login_claims", { hint: `no name in ${claim}` });
  if (isDeceptive(name)) throw new Refusal("login_claims", { hint: `${claim} has a character that nobody sees` });
  return name;
}

/**
 * A list of texts, or one text; nothing when the claim is not there. Anything else is a refusal, not an empty list.
 * @throws Refusal login_claims
 */
export function textsIn(claims: JsonObject, claim: string): string[] {
  const value = claimAt(claims, claim);
  // OpenID Connect Core 1.0 §5.6.2: the claim is elsewhere, as some providers say of long lists of groups.
  if (value === null && claimAt(claimsElsewhere(claims), claim) !== null)
    throw new Refusal("login_claims", { hint: `${claim} is too long for the provider to send` });
  if (value === null) return [];
  const texts = typeof value === "string" ? [value] : value;
  if (Array.isArray(texts) && texts.length <= most && texts.every(isPlain)) return texts;
  throw new Refusal("login_claims", { hint: `${claim} is not a list of plain texts` });
}

function claimsElsewhere(claims: JsonObject): JsonObject {
  const names = claimAt(claims, "_claim_names");
  return typeof names === "object" && names !== null && !Array.isArray(names) ? (names as JsonObject) : {};
}

function isPlain(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= longest && !/\p{C}/u.test(value);
}
