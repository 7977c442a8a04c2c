import type { ErrorCode } from "../domain/errors.ts";
import type { Clock, Entrypoint, Logger, NotedFault } from "../domain/ports.ts";

/** Kinds and places that are told apart; a policy with more is broken enough to be known by these. */
const MOST = 20;
/** A detail may quote what a rule answered, and that may quote a caller. */
const LONGEST_DETAIL = 500;
/** The input was at fault, which its caller is told. */
const NOT_THE_POLICY: ReadonlySet<ErrorCode> = new Set(["policy_input_too_large"]);
const PLACE = /([^\s:]+\.rego):(\d+)(?::\d+)?/;

/** Faults of one policy while it judges. Each kind and place is logged once and counted after that. */
export class PolicyFaults {
  readonly #clock: Pick<Clock, "now">;
  readonly #logger: Logger;
  readonly #revision: string;
  readonly #noted = new Map<string, NotedFault>();

  constructor(revision: string, { clock, logger }: { readonly clock: Pick<Clock, "now">; readonly logger: Logger }) {
    this.#revision = revision;
    this.#clock = clock;
    this.#logger = logger;
  }

  note(entrypoint: Entrypoint, code: ErrorCode, detail: string): void {
    if (NOT_THE_POLICY.has(code)) return;
    const place = placeIn(detail);
    const key = `${entrypoint} ${code} ${place === null ? "" : `${place.file}:${place.line}`}`;
    const known = this.#noted.get(key);
    const latest = this.#clock.now();
    if (known !== undefined) {
      this.#noted.set(key, { ...known, count: known.count + 1, latest });
      return;
    }
    if (this.#noted.size >= MOST) return;
    const short = detail.slice(0, LONGEST_DETAIL);
    this.#noted.set(key, { entrypoint, code, detail: short, place, count: 1, first: latest, latest });
    this.#logger.error("the policy is at fault: a call was refused because its rules gave no usable answer", {
      ...{ code, entrypoint, detail: short, revision: this.#revision },
      ...(place === null ? {} : { at: `${place.file}:${place.line}` }),
    });
  }

  /** The latest first. */
  list(): readonly NotedFault[] {
    return [...this.#noted.values()].toSorted((a, b) => b.latest - a.latest);
  }
}

function placeIn(detail: string): NotedFault["place"] {
  const found = PLACE.exec(detail);
  return found === null ? null : { file: (found[1] ?? "").replace(/^\//, ""), line: Number(found[2]) };
}
