import type { IncomingHttpHeaders } from "node:http";

/** A tool server's report of its executions, served on its control port. */
export interface ExecutionReport {
  /** By operation. */
  readonly executions: Readonly<Record<string, number>>;
  /**
   * By operation and arguments: `create_refund {"amount":40,…}`; two for one approved call would be an error of the gateway.
   */
  readonly by_arguments: Readonly<Record<string, number>>;
  /** Requests that did not carry the credential the gateway holds. */
  readonly without_credential: number;
  /** Requests that carried an agent's own token in any header. */
  readonly with_agent_token: number;
}

/** Counts executions in the tool server, where it is known what was executed. */
export class Executions {
  readonly #byOperation = new Map<string, number>();
  readonly #byArguments = new Map<string, number>();
  #withoutCredential = 0;
  #withAgentToken = 0;

  ran(operation: string, args: Readonly<Record<string, unknown>>): void {
    increment(this.#byOperation, operation);
    increment(this.#byArguments, `${operation} ${JSON.stringify(args, Object.keys(args).sort())}`);
  }

  /** @returns whether the request carries the credential */
  checkCredential(headers: IncomingHttpHeaders, expected: string): boolean {
    if (Object.values(headers).flat().some(looksLikeToken)) this.#withAgentToken += 1;
    if (headers.authorization === `Bearer ${expected}`) return true;
    this.#withoutCredential += 1;
    return false;
  }

  report(): ExecutionReport {
    return {
      executions: Object.fromEntries(this.#byOperation),
      by_arguments: Object.fromEntries(this.#byArguments),
      without_credential: this.#withoutCredential,
      with_agent_token: this.#withAgentToken,
    };
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** A JWS in compact form anywhere in a header value (RFC 7515 §7.1). */
function looksLikeToken(value: string | undefined): boolean {
  return value !== undefined && /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/.test(value);
}
