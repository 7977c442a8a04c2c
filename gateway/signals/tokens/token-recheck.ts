import { asRefusal } from "../../domain/errors.ts";
import type { CallUnderWay, Clock, NoteSignal, Revocations } from "../../domain/ports.ts";
import type { Subject, SubjectToken } from "../../domain/subject.ts";
import type { IntrospectionSource, TrustedIssuer } from "../../domain/trusted-issuer.ts";
import type { Introspector } from "../../identify/token/introspection.ts";
import type { SentTokens } from "../../identify/token/sent-tokens.ts";

export interface TokenRecheckDeps {
  readonly underWay: Iterable<Pick<CallUnderWay, "subject">>;
  readonly sent: Pick<SentTokens, "of">;
  readonly introspector: Pick<Introspector, "ask">;
  readonly revocations: Pick<Revocations, "revoke">;
  readonly note: NoteSignal;
  readonly clock: Clock;
}

type AskedIssuer = TrustedIssuer & { readonly introspection: IntrospectionSource };

interface Running {
  readonly subject: Subject;
  readonly token: SubjectToken;
  readonly text: string;
}

/** So many questions are under way at once. */
const atOnce = 20;
/** Whose share of the introspector's questions these take. */
const asker = "recheck";

/**
 * Asks an issuer again about the tokens of what is under way (RFC 7662). A token that is no longer active is revoked, which ends
 * what stands on it; so is one about which the issuer has not answered for too long.
 */
export class TokenRecheck {
  readonly #issuer: AskedIssuer;
  readonly #deps: TokenRecheckDeps;
  /** By digest: since when there is no answer, on the monotonic clock. */
  readonly #unanswered = new Map<string, number>();

  constructor(issuer: AskedIssuer, deps: TokenRecheckDeps) {
    this.#issuer = issuer;
    this.#deps = deps;
  }

  /** Asks about each token once. @throws Error when the issuer could not be asked about some */
  async look(): Promise<void> {
    const running = this.#running();
    for (const digest of this.#unanswered.keys()) if (!running.has(digest)) this.#unanswered.delete(digest);
    const all = [...running.values()];
    const failures: string[] = [];
    for (let at = 0; at < all.length; at += atOnce) {
      const answers = await Promise.all(all.slice(at, at + atOnce).map((one) => this.#ask(one)));
      failures.push(...answers.filter((answer) => answer !== null));
    }
    if (failures[0] !== undefined) throw new Error(failures[0]);
  }

  #running(): Map<string, Running> {
    const found = new Map<string, Running>();
    for (const { subject } of this.#deps.underWay) {
      const { token } = subject;
      if (token === null || found.has(token.digest)) continue;
      const sent = this.#deps.sent.of(token);
      if (sent?.trust === this.#issuer.trust) found.set(token.digest, { subject, token, text: sent.text });
    }
    return found;
  }

  /** @returns why there is no answer; null when there is one */
  async #ask(running: Running): Promise<string | null> {
    const { introspector, clock } = this.#deps;
    const { digest } = running.token;
    try {
      await introspector.ask(running.text, asker);
      this.#unanswered.delete(digest);
      return null;
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.code === "token_invalid") {
        await this.#end(running, "its issuer says that it is no longer active");
        return null;
      }
      const since = this.#unanswered.get(digest) ?? clock.monotonic();
      this.#unanswered.set(digest, since);
      if (clock.monotonic() - since >= this.#issuer.introspection.unansweredMs)
        await this.#end(running, "its issuer could not be asked about it for too long");
      return refusal.detail ?? refusal.sentence;
    }
  }

  /** The token is refused until it would have expired by itself. */
  async #end({ subject, token }: Running, reason: string): Promise<void> {
    const { revocations, note } = this.#deps;
    const { issuer, clockSkewMs } = this.#issuer;
    this.#unanswered.delete(token.digest);
    const until = subject.expiresAt * 1_000 + clockSkewMs;
    const wanted = { kind: "token", issuer, target: token.digest, until, before: null, reason } as const;
    const { id } = await revocations.revoke({ ...wanted, by: `introspection of ${issuer}` });
    const targets = [{ kind: "token", issuer, id: token.digest }] as const;
    const told = { effect: "ended", code: null, detail: reason, targets, unused: [], revocations: [id] } as const;
    note({ transmitter: issuer, way: "introspection", jti: token.jti, events: [], ...told });
  }
}
