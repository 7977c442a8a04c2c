import type { Outcome } from "../domain/decision-record.ts";
import type { RequestContext } from "../domain/exchange.ts";
import type { Arrival, Door, Gathered, Read, Steps } from "../pipeline/enforce.ts";
import type { CallTrace, Tracing } from "./tracing.ts";

type Record = Steps<Arrival>["record"];

/** A call under way. `trace`: null while it is not read. */
interface Traced {
  readonly began: number;
  trace: CallTrace | null;
}

/** Tells a trace of the steps of the request path. A call that is read once more, because it was changed, stays in its trace. */
export class TracedPath {
  readonly #tracing: Tracing;
  /** By decision, until the record was tried. */
  readonly #calls = new Map<string, Traced>();
  /** Calls whose record could not be written: whoever records that next begins no other span. */
  readonly #over = new WeakSet<RequestContext>();

  constructor(tracing: Tracing) {
    this.#tracing = tracing;
  }

  door<A extends Arrival, R extends Read, G extends Gathered>(door: Door<A, R, G>): Door<A, R, G> {
    const known = new Map<Steps<A, R, G>, Steps<A, R, G>>();
    return {
      ...door,
      parse: async (arrival) => {
        const { context } = arrival;
        const { began } = this.#begin(context);
        const read = await door.parse(arrival);
        // What the caller says of its trace is in the call.
        context.call ??= read.call;
        this.#trace(context).step("parse", began);
        return read;
      },
      steps: (arrival, read) => {
        const steps = door.steps(arrival, read);
        const traced = known.get(steps) ?? this.#steps(steps);
        known.set(steps, traced);
        return traced;
      },
    };
  }

  record(record: Record): Record {
    return async (context, decision, act) => {
      if (this.#over.has(context)) return record(context, decision, act);
      const trace = this.#trace(context);
      const began = this.#tracing.now();
      let outcome: Outcome | null = null;
      try {
        outcome = await record(context, decision, async () => {
          trace.step("record", began);
          const acting = trace.act(decision.effect);
          try {
            const done = await act();
            acting.ended(done);
            return done;
          } finally {
            acting.end();
          }
        });
        return outcome;
      } finally {
        this.#over.add(context);
        this.#calls.delete(context.decisionId);
        trace.end(decision, outcome);
      }
    };
  }

  #steps<A extends Arrival, R extends Read, G extends Gathered>(steps: Steps<A, R, G>): Steps<A, R, G> {
    return {
      ...steps,
      identify: async (arrival, read) => {
        const began = this.#tracing.now();
        try {
          return await steps.identify(arrival, read);
        } finally {
          this.#trace(arrival.context).step("identify", began);
        }
      },
      gather: async (arrival, ...by) => {
        const began = this.#tracing.now();
        try {
          return await steps.gather(arrival, ...by);
        } finally {
          this.#trace(arrival.context).step("gather", began);
        }
      },
      decide: (input, facts, decisionId) => {
        const began = this.#tracing.now();
        const decision = steps.decide(input, facts, decisionId);
        this.#calls.get(decisionId)?.trace?.step("decide", began);
        return decision;
      },
    };
  }

  #begin({ decisionId }: RequestContext): Traced {
    const known = this.#calls.get(decisionId) ?? { began: this.#tracing.now(), trace: null };
    this.#calls.set(decisionId, known);
    return known;
  }

  #trace(context: RequestContext): CallTrace {
    const call = this.#begin(context);
    return (call.trace ??= this.#tracing.begin(context, call.began));
  }
}
