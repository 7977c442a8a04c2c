import type { Decision } from "../../domain/decision.ts";
import type { RequestContext } from "../../domain/exchange.ts";
import type {
  Bundles,
  Clock,
  Finding,
  FindingSource,
  Logger,
  PolicyShadow,
  PolicyStatus,
  ShadowReport,
  ShadowResult,
} from "../../domain/ports.ts";
import type { RecordedInput } from "../../domain/policy-input.ts";
import { resourceId } from "../../domain/tool-call.ts";
import { KeptThread } from "../../lib/kept-thread.ts";
import { isOfPolicy, leftOutOf, nobody } from "../recorded-call.ts";
import { verdictOf } from "../verdict.ts";
import { shadowFindings } from "./shadow-findings.ts";
import type { FromShadow, Judged, ShadowCall, ToShadow } from "./shadow-messages.ts";
import { ShadowTally } from "./shadow-tally.ts";

export interface LiveShadowOptions {
  /** What runs on the thread, and what it is started with. */
  readonly thread: URL;
  readonly threadData: unknown;
  readonly active: Bundles;
  /** Calls that may wait to be judged. */
  readonly queue: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Each decision once. `kind` and `widens`: of one that the candidate answers differently. */
  readonly counted: (result: ShadowResult, change: { readonly kind: string; readonly widens: boolean } | null) => void;
  /** From the end of a thread to the next start. Default: 10 s. */
  readonly restartMs?: number;
}

const RESTART_MS = 10_000;
/** Until running builds have ended. */
const GRACE_MS = 2_000;
/** Characters of inputs that may wait. */
const MOST_CHARS = 16 * 1024 * 1024;

/** A decision, until its input is written. */
interface Offered {
  readonly input: RecordedInput;
  readonly about: Omit<ShadowCall, "text" | "leftOut">;
}

const noStatus: PolicyStatus = { active: null, failure: null, building: null, warnings: [], faults: [] };

/**
 * Has a candidate judge the decisions of live calls after the active policy did, on a thread of its own. It gets copies, after a decision is
 * recorded, and gives back what differs: nothing of a call depends on it. What does not fit into its queue is left out, and counted.
 */
export class LiveShadow implements PolicyShadow, FindingSource {
  readonly #options: LiveShadowOptions;
  readonly #thread: KeptThread<ToShadow, FromShadow>;
  readonly #tally: ShadowTally;
  readonly #unwatch: () => void;
  #offered: Offered[] = [];
  /** Sizes of the inputs that the thread has, in their order. */
  #sent: number[] = [];
  #chars = 0;
  #status: PolicyStatus = noStatus;
  /** Why there is no thread; null when there is one that has told how the candidate is. */
  #ended: string | null = null;

  constructor(options: LiveShadowOptions) {
    this.#options = options;
    const { thread: file, threadData: data, restartMs = RESTART_MS, active, clock } = options;
    this.#tally = new ShadowTally(clock, (result, change) => this.#counted(result, change));
    this.#thread = new KeptThread({
      file,
      data,
      restartMs,
      heard: (message: FromShadow) => this.#heard(message),
      lost: (why) => this.#lost(why),
    });
    this.#unwatch = active.watch((status) => this.#tally.against(status.active?.revision ?? null));
  }

  start(): void {
    this.#thread.start();
  }

  /** What waits is not judged any more. */
  async stop(): Promise<void> {
    this.#unwatch();
    this.#offered = [];
    await this.#thread.stop({ kind: "stop" }, GRACE_MS);
  }

  /** A decision that is recorded. What it says of the call is written later, and judged elsewhere. Throws nothing. */
  offer(context: RequestContext, decision: Decision): void {
    this.#guarded(() => this.#offer(context, decision));
  }

  report(): ShadowReport {
    return { status: this.#status, ...this.#tally.report(), waiting: this.#waiting };
  }

  findings(): Finding[] {
    return shadowFindings(this.#status, this.#ended);
  }

  #counted(...[result, change]: Parameters<LiveShadowOptions["counted"]>): void {
    const { counted, logger } = this.#options;
    try {
      counted(result, change);
    } catch (thrown) {
      logger.error("policy.shadow: a decision is in no metric", { error: String(thrown) });
    }
  }

  /** A fault of this comparison costs it one decision, and the call that it is about nothing. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#options.logger.error("policy.shadow: a decision is left out", { error: String(thrown) });
      this.#tally.leave("thread");
    }
  }

  #offer(context: RequestContext, decision: Decision): void {
    const { input, facts, call, subject, decisionId } = context;
    if (input === null || facts === null || !isOfPolicy(decision.indeterminate)) return this.#tally.leave("gateway");
    if (this.#ended !== null) return this.#tally.leave("thread");
    if (this.#status.active === null) return this.#tally.leave("policy");
    if (this.#waiting >= this.#options.queue || this.#chars >= MOST_CHARS) return this.#tally.leave("queue");
    const about = {
      id: decisionId,
      at: new Date(this.#options.clock.now()).toISOString(),
      tool: call === null ? nobody : resourceId(call),
      subject: subject?.id ?? nobody,
      said: verdictOf(decision),
      revision: facts.policy.revision,
    };
    this.#offered.push({ input, about });
    if (this.#offered.length === 1) setImmediate(() => this.#send());
  }

  get #waiting(): number {
    return this.#offered.length + this.#sent.length;
  }

  #send(): void {
    const offered = this.#offered;
    this.#offered = [];
    const calls: ShadowCall[] = [];
    for (const { input, about } of offered)
      this.#guarded(() => {
        const { text, erased } = input.forRecord();
        calls.push({ ...about, text, leftOut: leftOutOf(erased) });
      });
    for (const { text } of calls) {
      this.#sent.push(text.length);
      this.#chars += text.length;
    }
    if (!this.#thread.post({ kind: "calls", calls })) this.#leaveSent();
  }

  #heard(message: FromShadow): void {
    if (message.kind === "log") this.#options.logger[message.level](message.message, message.fields);
    else if (message.kind === "judged") this.#judged(message.judged);
    else {
      this.#status = message.status;
      this.#ended = null;
      this.#tally.candidate(message.status.active?.revision ?? null);
    }
  }

  #judged(judged: readonly Judged[]): void {
    for (const one of judged) {
      this.#chars -= this.#sent.shift() ?? 0;
      this.#guarded(() => this.#tally.add(one));
    }
  }

  #lost(why: string): void {
    this.#options.logger.error("policy.shadow: no call is judged by the candidate", { error: why });
    this.#ended = why;
    this.#leaveSent();
  }

  /** What the thread had when it ended. */
  #leaveSent(): void {
    for (const _ of this.#sent) this.#tally.leave("thread");
    this.#sent = [];
    this.#chars = 0;
  }
}
