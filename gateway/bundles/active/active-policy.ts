import type { DefinitionKind } from "../../domain/definition-kinds.ts";
import type { ErrorCode } from "../../domain/errors.ts";
import type { CatalogFact, SiteFact } from "../../domain/facts.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type {
  ActivePolicy,
  Asked,
  AskedAnswer,
  Clock,
  Entrypoint,
  Evaluation,
  Logger,
  LogRule,
  NotedFault,
  PolicyStatus,
  PreparedPolicy,
  Printed,
  RuleExports,
  RuleInfo,
  RulePlace,
} from "../../domain/ports.ts";
import type { ResultRules } from "../../domain/result.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { RiskSettings } from "../../domain/risk.ts";
import { riskSettings } from "../data/risk-settings.ts";
import { catalogFact, siteFact } from "../data/tool-facts.ts";
import { LOG_ENTRYPOINTS } from "../build/entrypoints.ts";
import type { Location } from "../failure.ts";
import type { PolicyPrints } from "./policy-prints.ts";

interface Parts {
  readonly revision: string;
  readonly digest: string;
  readonly activatedAt: number;
  readonly rules: readonly RuleInfo[];
  readonly results: ResultRules;
  readonly exports: RuleExports;
  readonly readsProvenance: boolean;
  readonly readsHistory: boolean;
  readonly readsRisk: boolean;
  /** Rules and names without effect that do not prevent activation. */
  readonly warnings: readonly Location[];
  readonly data: JsonObject;
  readonly prepared: PreparedPolicy;
  readonly faults: PolicyFaults;
  /** Null where nobody reads what is printed, as when decisions are judged anew. */
  readonly prints: PolicyPrints | null;
}

/** One loaded bundle. A request that holds it keeps its revision, whatever becomes active meanwhile. */
export class BundlePolicy implements ActivePolicy {
  readonly revision: string;
  readonly digest: string;
  readonly activatedAt: number;
  readonly rules: readonly RuleInfo[];
  readonly warnings: readonly Location[];
  readonly site: SiteFact;
  readonly readsProvenance: boolean;
  readonly readsHistory: boolean;
  readonly risk: RiskSettings | null;
  readonly logRules: ReadonlySet<LogRule> | null;
  readonly #data: JsonObject;
  readonly #prepared: PreparedPolicy;
  readonly #faults: PolicyFaults;
  readonly #prints: PolicyPrints | null;
  readonly #exports: RuleExports;
  readonly #judgesAll: boolean;
  readonly #judged: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #catalog = new Map<string, Map<string, CatalogFact>>();

  constructor(parts: Parts) {
    this.revision = parts.revision;
    this.digest = parts.digest;
    this.activatedAt = parts.activatedAt;
    this.rules = parts.rules;
    this.warnings = parts.warnings;
    this.site = siteFact(parts.data);
    this.readsProvenance = parts.readsProvenance;
    this.readsHistory = parts.readsHistory;
    this.logRules = logRulesOf(parts.prepared);
    this.risk = parts.readsRisk ? riskSettings(parts.data) : null;
    this.#data = parts.data;
    this.#prepared = parts.prepared;
    this.#faults = parts.faults;
    this.#prints = parts.prints;
    this.#exports = parts.exports;
    this.#judgesAll = parts.results.everywhere;
    this.#judged = new Map(Object.entries(parts.results.tools).map(([server, tools]) => [server, new Set(tools)]));
  }

  judgesResult(server: string, tool: string | null): boolean {
    const tools = this.#judged.get(server);
    if (tool === null) return tools !== undefined;
    return this.#judgesAll || tools?.has(tool) === true;
  }

  exporting(names: readonly string[], server: string, tool: string): readonly RulePlace[] {
    const places = names.flatMap((name) => (Object.hasOwn(this.#exports, name) ? (this.#exports[name] ?? []) : []));
    return places.filter(({ rule }) => !rule.startsWith("tools/") || rule === `tools/${server}/${tool}`);
  }

  catalog(server: string, name: string, kind: DefinitionKind = "tool"): CatalogFact {
    if (kind !== "tool") return catalogFact(this.#data, server, name, kind);
    return this.#catalog.get(server)?.get(name) ?? this.#readCatalog(server, name);
  }

  /** Only known tools are cached, because callers may send any number of invented names. */
  #readCatalog(server: string, tool: string): CatalogFact {
    const fact = catalogFact(this.#data, server, tool);
    if (!fact.known) return fact;
    const tools = this.#catalog.get(server) ?? new Map<string, CatalogFact>();
    this.#catalog.set(server, tools.set(tool, fact));
    return fact;
  }

  /** @throws PolicyFault */
  evaluate(entrypoint: Entrypoint | LogRule, input: PolicyInput): Evaluation {
    return this.#prepared.evaluate(moduleEntrypoint(entrypoint), input);
  }

  noteFault(entrypoint: Entrypoint | LogRule, code: ErrorCode, detail: string): void {
    this.#faults.note(entrypoint, code, detail);
  }

  /** @throws PolicyFault */
  ask(request: Asked): AskedAnswer {
    return this.#prepared.ask(request);
  }

  notePrinted(entrypoint: string, printed: Printed, decisionId: string | null): void {
    this.#prints?.note(entrypoint, printed, decisionId);
  }

  /** `source`: what the policy was read from, for display. */
  status(source: string): Omit<PolicyStatus, "failure" | "building"> {
    const { revision, digest, activatedAt: activated_at, warnings } = this;
    return { active: { revision, digest, activated_at, source }, warnings, faults: this.#faults.list() };
  }
}

function logRulesOf({ entrypoints }: PreparedPolicy): ReadonlySet<LogRule> | null {
  const names = (Object.keys(LOG_ENTRYPOINTS) as LogRule[]).filter((name) =>
    entrypoints.includes(LOG_ENTRYPOINTS[name]),
  );
  return names.length === 0 ? null : new Set(names);
}

function moduleEntrypoint(name: Entrypoint | LogRule): string {
  return isLogRule(name) ? LOG_ENTRYPOINTS[name] : `sallyport/main/${name}`;
}

function isLogRule(name: Entrypoint | LogRule): name is LogRule {
  return Object.hasOwn(LOG_ENTRYPOINTS, name);
}

/** Distinct faults that are kept for one policy. */
const MAX_FAULTS = 20;
/** Characters of a detail, which may quote a rule's answer and so the caller's input. */
const MAX_DETAIL_LENGTH = 500;
/** Codes that are the fault of the input, which the caller gets as an error. */
const CAUSED_BY_INPUT: ReadonlySet<ErrorCode> = new Set(["policy_input_too_large"]);
/** The place may stand in brackets; a bracket inside of a name is part of it. */
const PLACE = /(?<![^\s(])(?!\()([^\s:]+\.rego):(\d+)(?::\d+)?/;

/** Faults of one policy during evaluation. Each code and place is logged once and counted afterwards. */
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

  note(entrypoint: Entrypoint | LogRule, code: ErrorCode, detail: string): void {
    const isOfLog = isLogRule(entrypoint);
    if (CAUSED_BY_INPUT.has(code) && !isOfLog) return;
    const place = placeIn(detail);
    const key = `${entrypoint} ${code} ${place === null ? "" : `${place.file}:${place.line}`}`;
    const known = this.#noted.get(key);
    const latest = this.#clock.now();
    if (known !== undefined) {
      this.#noted.set(key, { ...known, count: known.count + 1, latest });
      return;
    }
    if (this.#noted.size >= MAX_FAULTS) return;
    const short = detail.slice(0, MAX_DETAIL_LENGTH);
    this.#noted.set(key, { entrypoint, code, detail: short, place, count: 1, first: latest, latest });
    const instead = isOfLog ? "so a record of the log is masked whole" : "which is a deny";
    this.#logger.error(`the policy is at fault: its rules gave no usable answer, ${instead}`, {
      code,
      entrypoint,
      detail: short,
      revision: this.#revision,
      ...(place === null ? {} : { at: `${place.file}:${place.line}` }),
    });
  }

  /** Latest first. */
  list(): readonly NotedFault[] {
    return [...this.#noted.values()].toSorted((a, b) => b.latest - a.latest);
  }
}

function placeIn(detail: string): NotedFault["place"] {
  const found = PLACE.exec(detail);
  return found === null ? null : { file: (found[1] ?? "").replace(/^\//, ""), line: Number(found[2]) };
}
