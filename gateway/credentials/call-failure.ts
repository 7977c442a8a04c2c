import { CredentialFailure } from "../domain/credential.ts";
import { Refusal } from "../domain/errors.ts";

interface Thrown {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: { readonly name?: unknown; readonly code?: unknown };
}

/**
 * What went wrong on the way to a server, by its code alone: messages of such errors may contain an address or a header.
 * @param server what the operator calls it
 */
export function unreachable(server: string, thrown: unknown): CredentialFailure {
  if (thrown instanceof CredentialFailure) return thrown;
  if (thrown instanceof Refusal) return new CredentialFailure("misconfigured", `${server}: ${thrown.message}`, thrown);
  const { name, code, cause } = thrown as Thrown;
  if (name === "TimeoutError" || cause?.name === "TimeoutError")
    return new CredentialFailure("unreachable", `${server} did not answer in time`, thrown);
  const known = [code, cause?.code, name].find((one) => typeof one === "string" && /^[\w-]{1,64}$/.test(one));
  return new CredentialFailure(
    "unreachable",
    `${server} cannot be reached (${String(known ?? "unknown error")})`,
    thrown,
  );
}

/** What a server answered, by its status alone: 5xx and 429 pass, anything else does not by itself. */
export function answeredBadly(server: string, status: number, what: string): CredentialFailure {
  const kind = status >= 500 || status === 429 ? "unreachable" : "refused";
  return new CredentialFailure(kind, `${server} answered ${status} to ${what}`);
}
