import { hash } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import type { IntrospectionSource, TrustedIssuer } from "../trusted-issuer.ts";
import { askIssuer } from "./ask-issuer.ts";

export interface Introspector {
  /** What the issuer says of a token it calls active. @throws Refusal token_invalid, introspection_unavailable */
  ask(token: string): Promise<JsonObject>;
}

export interface IntrospectorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: (reference: string) => string;
}

/** Questions under way; anyone can make up tokens, and each would be one. */
const maxPending = 100;
/** After a failure the issuer is left alone so long, and calls are refused at once instead of waiting for it. */
const restMs = 1000;
/** A token that was refused is not asked about again so soon, however often it comes. */
const inactiveMs = 5000;
const maxInactive = 10_000;

/** Asks an issuer about opaque tokens: one question a token at a time, a bounded number at once. */
export function createIntrospector(
  issuer: TrustedIssuer & { readonly introspection: IntrospectionSource },
  { clock, logger, secret }: IntrospectorOptions,
): Introspector {
  const pending = new Map<string, Promise<JsonObject>>();
  const inactive = new Map<string, number>();
  let restingUntil = Number.NEGATIVE_INFINITY;

  async function question(id: string, token: string): Promise<JsonObject> {
    try {
      const answer = await askIssuer(issuer.introspection, secret(issuer.introspection.secretReference), token);
      if (answer["active"] === true) return answer;
    } catch (failure) {
      restingUntil = clock.monotonic() + restMs;
      logger.warn("the issuer could not be asked about a token", { issuer: issuer.issuer, error: String(failure) });
      throw unavailable(`${issuer.issuer}: ${String(failure)}`, failure);
    }
    remember(id);
    throw notActive();
  }

  function remember(id: string): void {
    if (inactive.size >= maxInactive) inactive.clear();
    inactive.set(id, clock.monotonic() + inactiveMs);
  }

  return {
    async ask(token) {
      const id = hash("sha256", token, "base64url");
      const until = inactive.get(id);
      if (until !== undefined && clock.monotonic() < until) throw notActive();
      inactive.delete(id);
      const known = pending.get(id);
      if (known !== undefined) return known;
      if (clock.monotonic() < restingUntil) throw unavailable(`${issuer.issuer} did not answer a moment ago`);
      if (pending.size >= maxPending) throw unavailable(`${maxPending} questions to ${issuer.issuer} wait`);
      const asked = question(id, token).finally(() => pending.delete(id));
      pending.set(id, asked);
      return asked;
    },
  };
}

function notActive(): Refusal {
  return new Refusal("token_invalid", { hint: "its issuer says that it is not active" });
}

function unavailable(detail: string, cause?: unknown): Refusal {
  return new Refusal("introspection_unavailable", { detail, cause });
}
