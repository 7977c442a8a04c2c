import type { DiscoveryStatus, ServedBundleStatus } from "../bundle-service.ts";
import type { DefinitionKind } from "../definition-kinds.ts";
import type { Reason } from "../decision.ts";
import type { ErrorCode } from "../errors.ts";
import type { CatalogFact, SiteFact } from "../facts.ts";
import type { RiskSettings } from "../risk.ts";
import type { WaitingChange } from "./policy-changes.ts";
import type { PolicyPin } from "./policy-history.ts";
import type { PolicyInput } from "../policy-input.ts";

export type Entrypoint = "decision" | "visible" | "result";

/** What a policy may say of the log, in OPA's package `system.log`. */
export type LogRule = "mask" | "drop";

/** What one evaluation gave: the raw result set, for `decide` to distrust. */
export interface Evaluation {
  readonly results: unknown;
  readonly fuel: number;
  /** Absent when the policy printed nothing. */
  readonly printed?: Printed;
}

/** What Rego's `print` wrote in one evaluation, in the order of the calls. */
export interface Printed {
  readonly lines: readonly PrintedLine[];
  /** Lines beyond those that are kept of one evaluation. */
  readonly left: number;
}

export interface PrintedLine {
  /** `file:line`, the file as messages name it; null where the module was compiled without places. */
  readonly at: string | null;
  /** Values that are masked are replaced; cut to a length. */
  readonly text: string;
}

/** A bundle that is loaded, self-tested and able to judge. Immutable: a request keeps the one it began with. */
export interface ActivePolicy {
  readonly revision: string;
  /** sha256:… of the bundle archive. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly activatedAt: number;
  /** Every rule of the library with its METADATA, for people who ask "which rule, where". */
  readonly rules: readonly RuleInfo[];
  /**
   * `data.sallyport.catalog[server][name]`, when its line is of this kind, which is a tool where it is absent; what is unknown gives
   * `known: false`, nulls and empty lists.
   */
  catalog(server: string, name: string, kind?: DefinitionKind): CatalogFact;
  /** Whether a rule may have a say about the results of this tool. `null`: whether any tool of the server has rules of its own. */
  judgesResult(server: string, tool: string | null): boolean;
  /** `data.sallyport.site`; what is absent or malformed is empty. */
  readonly site: SiteFact;
  /** Whether a rule about calls may read where values come from. When none does, nothing is learnt of answers. */
  readonly readsProvenance: boolean;
  /** Whether a rule may read what the session has done. When none does, gateways do not tell each other of it. */
  readonly readsHistory: boolean;
  /** How risk is looked for; null when no rule about calls may read it, or the data names no signal: then nothing is remembered for it. */
  readonly risk: RiskSettings | null;
  /** The rules with one of these exports that may have a say about this tool; none where the bundle does not say. */
  exporting(names: readonly string[], server: string, tool: string): readonly RulePlace[];
  /** Which rules about the log it has; null: none, as most policies. */
  readonly logRules: ReadonlySet<LogRule> | null;
  /** @throws PolicyFault */
  evaluate(entrypoint: Entrypoint | LogRule, input: PolicyInput): Evaluation;
  /** As of `PreparedPolicy`. @throws PolicyFault */
  ask(request: Asked): AskedAnswer;
  /** Notes that an evaluation gave no usable answer, for operators: callers cannot mend a policy. */
  noteFault(entrypoint: Entrypoint | LogRule, code: ErrorCode, detail: string): void;
  /** Logs what an evaluation printed. `decisionId`: null where the evaluation is no decision with a record. */
  notePrinted(entrypoint: string, printed: Printed, decisionId: string | null): void;
}

/** A question that is no call. */
export interface Asked {
  /** As compiled. */
  readonly entrypoint: string;
  /** JSON text of the input; null evaluates with `input` undefined. */
  readonly text: string | null;
  readonly format: "value";
  /** The time of the evaluation, in nanoseconds since the epoch. */
  readonly nowNs: bigint;
}

export interface AskedAnswer {
  /** The result set as Rego text. */
  readonly text: string;
  readonly printed?: Printed;
}

/** Where a rule stands. */
export interface RulePlace {
  /** `topic/rule`, or `tools/server/tool`. */
  readonly rule: string;
  /** Path below the policy, behind the name of its source where there are several; and the 1-based line of the export. */
  readonly file: string;
  readonly line: number;
}

/** By export, such as `redact`, the rules that have it. */
export type RuleExports = Readonly<Record<string, readonly RulePlace[]>>;

/** One rule as its METADATA describes it (`opa inspect --annotations`). */
export interface RuleInfo {
  /** `topic/rule`, as in Reason.rule. */
  readonly rule: string;
  readonly title: string;
  readonly description: string;
  readonly code: string;
  readonly severity: Reason["severity"];
  readonly controls: readonly string[];
  readonly owner: string | null;
  /** Path below the policy, behind the name of its source where there are several; and the 1-based line of the rule. */
  readonly file: string;
  readonly line: number;
}

/** Delivery: what is active now, and what went wrong since. */
export interface Bundles {
  /** Builds or loads, self-tests and activates; resolves when a policy is active. @throws when none can be. */
  start(): Promise<void>;
  active(): ActivePolicy | null;
  /** Whether calls are refused because a bundle service has not confirmed the policy for longer than it may. */
  isStale(): boolean;
  status(): PolicyStatus;
  /** Called after each activation and each failure; returns how to stop. */
  watch(listener: (status: PolicyStatus) => void): () => void;
  /** Called after each request to a bundle service, once what follows from its answer is done. Absent: there are no such services. */
  watchRequests?(listener: () => void): () => void;
  close(): Promise<void>;
}

/** The policy could not be evaluated; `code` says how. The instance it happened in is already discarded. */
export class PolicyFault extends Error {
  readonly code: ErrorCode;
  /** What the evaluation printed before the fault; null for nothing. */
  printed: Printed | null = null;

  constructor(code: ErrorCode, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.name = "PolicyFault";
    this.code = code;
  }
}

export interface PreparedPolicy {
  /** Names as compiled, e.g. "sallyport/main/decision". */
  readonly entrypoints: readonly string[];
  /** @throws PolicyFault */
  evaluate(entrypoint: string, input: PolicyInput): Evaluation;
  /** @throws PolicyFault, policy_undefined where the entrypoint was not compiled */
  ask(request: Asked): AskedAnswer;
}

export interface PolicyStatus {
  readonly active: {
    readonly revision: string;
    readonly digest: string;
    readonly activated_at: number;
    readonly source: string;
  } | null;
  /** The last build or load that failed since the active one; null when the newest is active. */
  readonly failure: PolicyFailure | null;
  /** A build that has taken long and has not ended; null otherwise. */
  readonly building: {
    /** Milliseconds since the epoch. */
    readonly since: number;
    /** The files that differ from those of the active policy. */
    readonly edited: string;
  } | null;
  /** What has no effect in the active policy: packages that are not the library's own, names in its data. */
  readonly warnings: PolicyFailure["locations"];
  /** Evaluations of the active policy that gave no usable answer: one of each kind and place, the latest first. */
  readonly faults: readonly NotedFault[];
  /** A revision that judges in the place of what the sources hold; absent: none is. */
  readonly pinned?: PolicyPin;
  /** Why the history of the policy is not kept; absent: it is. */
  readonly historyProblem?: string;
  /** A change that people have to accept or approve before it is active; absent: none waits. */
  readonly waiting?: WaitingChange;
  /** The bundle that says which bundles there are; absent: none does. */
  readonly discovery?: DiscoveryStatus;
  /** Bundles of bundle services; absent: there are none. */
  readonly served?: readonly ServedBundleStatus[];
}

/** Calls that were refused because the policy itself is at fault. */
export interface NotedFault {
  readonly entrypoint: Entrypoint | LogRule;
  readonly code: ErrorCode;
  readonly detail: string;
  /** Path below the policy's root and 1-based line; null when the engine did not say. */
  readonly place: { readonly file: string; readonly line: number } | null;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly first: number;
  readonly latest: number;
}

export interface PolicyFailure {
  /** When it was met first, milliseconds since the epoch. */
  readonly at: number;
  /** Since when what is active is not what the source holds: the first failure after the last activation. */
  readonly since: number;
  /** The files that differ from those of the active policy; null when the source cannot be read, or holds what is active. */
  readonly edited: string | null;
  /** Whether the same content is tried again without another edit. */
  readonly retried: boolean;
  /** require: it does not fulfil `policy.require`. */
  readonly stage: "compile" | "load" | "verify" | "self-test" | "activate" | "require";
  /** file:line: message, one a line. */
  readonly message: string;
  readonly locations: readonly {
    readonly file: string;
    readonly line: number;
    /** Where it is known. */
    readonly column?: number;
    readonly message: string;
  }[];
}

/** Signed bundles that have been active, so that none comes back in place of a newer one; `store/` keeps them. */
export interface BundleMarks {
  /** Newest time of signing, seconds since the epoch; null when no signature had one. */
  newest(): Promise<number | null>;
  /** sha256:… of what a revision was the name of; null for one that has never been active. */
  contentOf(revision: string): Promise<string | null>;
  /** Durable when it resolves. `at` is in milliseconds since the epoch. */
  add(mark: BundleMark): Promise<void>;
}

export interface BundleMark {
  readonly revision: string;
  readonly content: string;
  readonly issuedAt: number | null;
  readonly at: number;
}

/**
 * What of the input can be read. `true` is a whole subtree. An object names the members that are looked at; of the
 * value itself only its presence and its type are, so an empty object stands for those alone.
 */
export type ReadTree = true | { readonly [member: string]: ReadTree };

/** What one entrypoint of a policy reads. Conservative: it may name more than is read, never less. */
export interface Projection {
  readonly always: ReadTree;
  readonly dispatched: readonly Dispatch[];
  /** What is read only of inputs for which every condition holds. */
  readonly guarded: readonly Guarded[];
}

export interface Guarded {
  readonly when: readonly Condition[];
  readonly reads: ReadTree;
}

/**
 * A condition that a rule tests before it reads further: the presence of something in the policy's data, or a value of
 * the input.
 */
export type Condition =
  | { readonly data: readonly DataStep[] }
  | { readonly at: readonly string[]; readonly is: string | boolean; readonly not: boolean };

/** A member by its name, by the value at a path of the input, or (null) any member there may be. */
export type DataStep = string | readonly string[] | null;

/** Packages of which at most one is evaluated: the one whose name consists of the values at `by`. */
export interface Dispatch {
  /** Paths into the input, one for each level of `targets`. */
  readonly by: readonly (readonly string[])[];
  readonly targets: DispatchTargets;
}

/** Down to as many levels as there are paths; the lowest holds what that package reads. */
export interface DispatchTargets {
  readonly [name: string]: DispatchTargets | ReadTree;
}

/** By entrypoint as compiled, e.g. "sallyport/main/decision". An entrypoint that is absent gets the whole input. */
export type Projections = Readonly<Record<string, Projection>>;
