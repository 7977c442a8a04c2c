import { hash } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import type { IntrospectionSource, TrustedIssuer } from "../trusted-issuer.ts";
import { askIssuer, isConnectFailure } from "./ask-issuer.ts";

export interface Introspector {
  /**
   * What the issuer says of a token it calls active.
   * @param address where the token came from: until the issuer has called it active, nothing else tells whose it is
   * @throws Refusal token_invalid, introspection_unavailable
   */
  ask(token: string, address: string): Promise<JsonObject>;
}

export interface IntrospectorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: (reference: string) => string;
}

/** Questions under way; anyone can make up tokens, and each would be one. */
const pendingBounds = { capacity: 200, perAsker: 100 };
/** After it could not be reached the issuer is left alone so long, and so is a token that it gave no answer about. */
const restMs = 1000;
/** A token that was refused is not asked about again so soon, however often it comes. */
const inactiveMs = 5000;
const refusedBounds = { capacity: 10_000, perAsker: 1_000 };
/** A token that was active is its subject's for so long, and no stranger's behind the same address. */
const activeMs = 3_600_000;
const activeBounds = { capacity: 10_000, perAsker: 1_000 };

interface Question {
  readonly answer: Promise<JsonObject>;
  readonly giveUp: AbortController;
}

function createMemory(clock: Clock) {
  const forget = { clock, full: "forget" } as const;
  const dropped = ({ giveUp }: Question): void => giveUp.abort(new Error("too many questions wait"));
  return {
    pending: new FairShare<Question>({ ...pendingBounds, ...forget, dropped }),
    refused: new FairShare<() => Refusal>({ ...refusedBounds, ...forget }),
    /** The subject of each. */
    active: new FairShare<string>({ ...activeBounds, ...forget }),
  };
}

/** Asks an issuer about opaque tokens: one question a token at a time, a bounded number at once, with a share for each asker. */
export function createIntrospector(
  issuer: TrustedIssuer & { readonly introspection: IntrospectionSource },
  { clock, logger, secret }: IntrospectorOptions,
): Introspector {
  const { introspection: source } = issuer;
  const { pending, refused, active } = createMemory(clock);
  let restingUntil = Number.NEGATIVE_INFINITY;

  async function question(id: string, token: string, asker: string, signal: AbortSignal): Promise<JsonObject> {
    const answer = await askIssuer(source, secret, token, signal).catch((failure: unknown) => {
      logger.warn("the issuer could not be asked about a token", { issuer: issuer.issuer, error: String(failure) });
      const refusal = () => unavailable(`${issuer.issuer}: ${String(failure)}`, failure);
      // Only what happens before a question is sent says that no other one would be answered.
      if (isConnectFailure(failure)) restingUntil = clock.monotonic() + restMs;
      else if (!signal.aborted) refused.set(asker, id, refusal, restMs);
      throw refusal();
    });
    if (answer["active"] !== true) {
      active.delete(id);
      refused.set(asker, id, notActive, inactiveMs);
      throw notActive();
    }
    active.set(subjectOf(answer), id, subjectOf(answer), activeMs);
    return answer;
  }

  return {
    async ask(token, address) {
      const id = hash("sha256", token, "base64url");
      const before = refused.get(id);
      if (before !== undefined) throw before();
      const known = pending.get(id);
      if (known !== undefined) return known.answer;
      if (clock.monotonic() < restingUntil) throw unavailable(`${issuer.issuer} could not be reached a moment ago`);
      const asker = active.get(id) ?? `address ${address}`;
      const giveUp = new AbortController();
      const forget = () => pending.get(id)?.giveUp === giveUp && pending.delete(id);
      const answer = question(id, token, asker, giveUp.signal).finally(forget);
      pending.set(asker, id, { answer, giveUp });
      return answer;
    },
  };
}

function subjectOf(answer: JsonObject): string {
  return `subject ${JSON.stringify([answer["sub"] ?? answer["client_id"]])}`;
}

function notActive(): Refusal {
  return new Refusal("token_invalid", { hint: "its issuer says that it is not active" });
}

function unavailable(detail: string, cause?: unknown): Refusal {
  return new Refusal("introspection_unavailable", { detail, cause });
}
