import type { CatalogFact } from "../domain/facts.ts";
import type { JsonObject } from "../lib/json.ts";
import type { PolicyInput } from "../domain/policy-input.ts";
import type { ErrorCode } from "../domain/errors.ts";
import type { ActivePolicy, Entrypoint, Evaluation, PolicyStatus, PreparedPolicy, RuleInfo } from "../domain/ports.ts";
import { catalogFact } from "./catalog.ts";
import type { Location } from "./failure.ts";
import type { PolicyFaults } from "./policy-faults.ts";

interface Parts {
  readonly revision: string;
  readonly digest: string;
  readonly activatedAt: number;
  readonly rules: readonly RuleInfo[];
  /** What does nothing in it, and may do nothing. */
  readonly warnings: readonly Location[];
  readonly data: JsonObject;
  readonly prepared: PreparedPolicy;
  readonly faults: PolicyFaults;
}

/** One bundle, able to judge. A request that holds it keeps its revision, whatever becomes active meanwhile. */
export class BundlePolicy implements ActivePolicy {
  readonly revision: string;
  readonly digest: string;
  readonly activatedAt: number;
  readonly rules: readonly RuleInfo[];
  readonly warnings: readonly Location[];
  readonly #data: JsonObject;
  readonly #prepared: PreparedPolicy;
  readonly #faults: PolicyFaults;
  readonly #catalog = new Map<string, Map<string, CatalogFact>>();

  constructor(parts: Parts) {
    this.revision = parts.revision;
    this.digest = parts.digest;
    this.activatedAt = parts.activatedAt;
    this.rules = parts.rules;
    this.warnings = parts.warnings;
    this.#data = parts.data;
    this.#prepared = parts.prepared;
    this.#faults = parts.faults;
  }

  catalog(server: string, tool: string): CatalogFact {
    return this.#catalog.get(server)?.get(tool) ?? this.#look(server, tool);
  }

  /** Only what the catalog has is kept: callers may invent names without end. */
  #look(server: string, tool: string): CatalogFact {
    const fact = catalogFact(this.#data, server, tool);
    if (!fact.known) return fact;
    const tools = this.#catalog.get(server) ?? new Map<string, CatalogFact>();
    this.#catalog.set(server, tools.set(tool, fact));
    return fact;
  }

  /** @throws PolicyFault */
  evaluate(entrypoint: Entrypoint, input: PolicyInput): Evaluation {
    return this.#prepared.evaluate(`sallyport/main/${entrypoint}`, input);
  }

  noteFault(entrypoint: Entrypoint, code: ErrorCode, detail: string): void {
    this.#faults.note(entrypoint, code, detail);
  }

  /** `source`: what it was read from, in words for people. */
  status(source: string): Omit<PolicyStatus, "failure" | "building"> {
    const { revision, digest, activatedAt: activated_at, warnings } = this;
    return { active: { revision, digest, activated_at, source }, warnings, faults: this.#faults.list() };
  }
}
