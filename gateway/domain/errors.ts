import type { JsonObject } from "../lib/json.ts";
import { approvalErrors, consoleErrors, authzenErrors } from "./errors/people.ts";
import { signalErrors } from "./errors/signals.ts";
import {
  wireErrors,
  identityErrors,
  policyErrors,
  gatewayErrors,
  credentialErrors,
  tokenErrors,
  upstreamErrors,
} from "./errors/calls.ts";
import { limitErrors } from "./errors/limits.ts";
import { offerErrors } from "./errors/offer.ts";
import { serverRequestErrors } from "./errors/server-requests.ts";
import { leaseErrors, taskTextErrors } from "./errors/tasks.ts";

export { policyFaults } from "./errors/calls.ts";

/** The closed catalogue: every code a caller can meet, its HTTP status, and the sentence the caller reads. */
export const errorCatalogue = {
  ...wireErrors,
  ...identityErrors,
  ...taskTextErrors,
  ...leaseErrors,
  ...policyErrors,
  ...limitErrors,
  ...approvalErrors,
  ...tokenErrors,
  ...credentialErrors,
  ...upstreamErrors,
  ...serverRequestErrors,
  ...offerErrors,
  ...gatewayErrors,
  ...consoleErrors,
  ...authzenErrors,
  ...signalErrors,
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** What a caller is told of a rule's reason. */
interface RuleReason {
  readonly code: string;
  readonly message: string;
  readonly rule: string;
}

/**
 * Why a call was not forwarded. The code is for machines, the catalogue's sentence for callers, and `detail` for operators: it
 * goes to the record and the log. `hint` is safe to show and to keep (a byte offset, a header name). `place` says where in what the
 * caller sent, in the caller's own words (a JSON pointer made of its keys): it is told to the caller alone.
 */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly place: string | null;
  readonly detail: string | null;
  /** Where a person can repair it; null when nowhere. */
  readonly link: string | null;
  /** Response headers that go with it, such as the challenge of a 401. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds after which the same call may succeed; null when nobody can tell. */
  readonly retryAfterS: number | null;
  /** Of rules that withhold an answer; a refused call has its reasons in the decision. */
  readonly reasons: readonly RuleReason[];
  /** Members that the caller's protocol defines for the `data` of such an error. */
  readonly data: JsonObject;

  constructor(
    code: ErrorCode,
    options: {
      hint?: string;
      place?: string;
      detail?: string;
      link?: string;
      cause?: unknown;
      headers?: Readonly<Record<string, string>>;
      retryAfterS?: number;
      reasons?: readonly RuleReason[];
      data?: JsonObject;
    } = {},
  ) {
    super(options.detail ?? errorCatalogue[code].sentence, { cause: options.cause });
    this.name = "Refusal";
    this.code = code;
    this.hint = options.hint ?? null;
    this.place = options.place ?? null;
    this.detail = options.detail ?? null;
    this.link = options.link ?? null;
    this.headers = options.headers ?? {};
    this.retryAfterS = options.retryAfterS ?? null;
    this.reasons = options.reasons ?? [];
    this.data = options.data ?? {};
  }

  /** People read it in logs and on /readyz: without the name of a class. */
  override toString(): string {
    return this.message;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  /** For records, logs and people who decide. */
  get sentence(): string {
    return sentenceOf(this.code, this.hint);
  }

  /** For the caller: with the place in what it sent. */
  get sentenceForCaller(): string {
    return sentenceOf(this.code, this.place === null ? this.hint : [this.hint, this.place].join(", in "));
  }
}

function sentenceOf(code: ErrorCode, hint: string | null): string {
  const { sentence } = errorCatalogue[code];
  return hint === null ? sentence : `${sentence} (${hint})`;
}

/** Converts anything thrown into a Refusal; a value that is not one becomes `internal`. */
export function asRefusal(thrown: unknown): Refusal {
  try {
    if (thrown instanceof Refusal) return thrown;
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return new Refusal("internal", { detail, cause: thrown });
  } catch {
    // The description must not throw: nothing would catch that, and the process would end.
    return new Refusal("internal", { detail: "something was thrown that cannot be described" });
  }
}

/** The start found no policy that compiles, loads and passes its self-test. `cause`: why. */
export class NoPolicy extends Error {
  override readonly name = "NoPolicy";
}

/** The gateway cannot start, or its store cannot be copied, for a reason that an operator can repair. The message is one sentence that says what to do. */
export class CannotStart extends Error {
  override readonly name = "CannotStart";
  /** Stable, for `--json`. */
  readonly code:
    | "data_folder_in_use"
    | "data_folder_unusable"
    | "index_unusable"
    | "policy_cache_unusable"
    | "policy_history_unusable"
    | "store_damaged"
    | "store_behind"
    | "store_copy"
    | "store_address"
    | "store_unreachable"
    | "store_unusable"
    | "store_refused"
    | "store_rights"
    | "store_schema"
    | "store_version";

  constructor(code: CannotStart["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
