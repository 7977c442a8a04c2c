import { hash } from "node:crypto";
import * as client from "openid-client";
import { CredentialFailure } from "../../domain/credential.ts";
import { Refusal } from "../../domain/errors.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { PersonCredential } from "../../domain/person-credential.ts";
import type { Clock, Ids } from "../../domain/ports.ts";
import { oauthFailure } from "../oauth/failure.ts";
import type { ExpectedAnswer, PersonServer, PersonTokens } from "./authorization-server.ts";

/** How long somebody may take to come back. */
const pendingMs = 10 * 60_000;
const capacity = 10_000;
/** Begun and not finished, of one person; beyond them their oldest is forgotten. */
const perPerson = 20;

export interface ConsentDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  /** scheme://host[:port] of the console; null while it is not known. */
  readonly consoleUrl: () => string | null;
}

/**
 * Where people come back to. Each credential has an address of its own, so that the answer of one server cannot be passed off as
 * another's, also where that server does not say who it is (RFC 9700 §4.4.2.2).
 */
export function callbackPath(name: string): string {
  return `/connected-accounts/callback/${encodeURIComponent(name)}`;
}

/**
 * Consents of people: authorization code flow with PKCE (S256) and state, both fresh for each and good for one return of the same
 * person. They are in memory: a gateway that restarts has them begin again.
 */
export class Consents {
  readonly #deps: ConsentDeps;
  readonly #pending: FairShare<ExpectedAnswer>;

  constructor(deps: ConsentDeps) {
    this.#deps = deps;
    this.#pending = new FairShare({ capacity, perAsker: perPerson, clock: deps.clock, full: "forget" });
  }

  /** The address at which the person consents. @throws Refusal connection_unavailable */
  async begin(account: string, credential: PersonCredential, server: PersonServer): Promise<string> {
    const { ids } = this.#deps;
    const fresh = () => ids.make("n") + ids.make("n");
    const begun: ExpectedAnswer = { state: fresh(), verifier: fresh() };
    const { scopes, resource, parameters } = credential;
    const location = await server
      .authorizationUrl({
        ...Object.fromEntries(parameters),
        ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
        ...(resource === null ? {} : { resource }),
        response_type: "code",
        redirect_uri: this.#redirectUri(credential),
        state: begun.state,
        code_challenge: hash("sha256", begun.verifier, "base64url"),
        code_challenge_method: "S256",
      })
      .catch((failure: unknown) => {
        throw consentRefusal(credential.label, failure);
      });
    this.#pending.set(account, keyOf(account, credential, begun.state), begun, pendingMs);
    return location;
  }

  /**
   * What the server gives for the code that came back. Whatever comes of it, the consent is used up.
   * @param parameters the query that the person came back with
   * @throws Refusal connection_expired, connection_declined, connection_invalid, connection_unavailable
   */
  async finish(
    account: string,
    credential: PersonCredential,
    server: PersonServer,
    parameters: string,
  ): Promise<PersonTokens> {
    const cameBackTo = new URL(this.#redirectUri(credential));
    cameBackTo.search = parameters;
    const [state = "", ...others] = cameBackTo.searchParams.getAll("state");
    const begun = others.length > 0 ? undefined : this.#pending.take(keyOf(account, credential, state));
    if (begun === undefined) throw new Refusal("connection_expired");
    try {
      return await server.redeem(cameBackTo, begun);
    } catch (failure) {
      throw consentRefusal(credential.label, failure);
    }
  }

  /** @throws Refusal connection_unavailable */
  #redirectUri({ name }: PersonCredential): string {
    const console = this.#deps.consoleUrl();
    if (console === null) throw new Refusal("connection_unavailable", { detail: "the console's address is not known" });
    return new URL(callbackPath(name), console).href;
  }
}

/** Keyed by who began it, so that nobody finishes a consent of somebody else. */
function keyOf(account: string, { name }: PersonCredential, state: string): string {
  return hash("sha256", JSON.stringify([account, name, state]));
}

/** What the library calls an answer that is not the one this consent waits for. */
const invalidAnswer = new Set([
  ...["OAUTH_INVALID_RESPONSE", "OAUTH_JWT_CLAIM_COMPARISON_FAILED", "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED"],
  ...[
    "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
    "OAUTH_KEY_SELECTION_FAILED",
    "OAUTH_PARSE_ERROR",
    "OAUTH_UNSUPPORTED_OPERATION",
  ],
]);

/** What went wrong, for the person; codes, tokens and the other side's words are in no text. */
function consentRefusal(label: string, thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof client.AuthorizationResponseError) {
    const hint = /^[a-z_]{1,60}$/.test(thrown.error) ? thrown.error : "no readable reason";
    return new Refusal("connection_declined", { hint, cause: thrown });
  }
  if (thrown instanceof client.ClientError && invalidAnswer.has(thrown.code ?? ""))
    return new Refusal("connection_invalid", { hint: thrown.code ?? "", cause: thrown });
  const failure = thrown instanceof CredentialFailure ? thrown : oauthFailure(label, thrown);
  if (failure.kind === "refused") return new Refusal("connection_invalid", { detail: failure.message, cause: thrown });
  return new Refusal("connection_unavailable", { detail: failure.message, cause: thrown });
}
