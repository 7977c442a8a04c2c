import type { CatalogFact } from "../domain/facts.ts";
import type { JsonObject } from "../domain/json.ts";
import type { PolicyInput } from "../domain/policy-input.ts";
import type { ActivePolicy, Entrypoint, Evaluation, PreparedPolicy, RuleInfo } from "../domain/ports.ts";
import { catalogFact } from "./catalog.ts";

interface Parts {
  readonly revision: string;
  readonly digest: string;
  readonly activatedAt: number;
  readonly rules: readonly RuleInfo[];
  readonly data: JsonObject;
  readonly prepared: PreparedPolicy;
}

/** One bundle, able to judge. A request that holds it keeps its revision, whatever becomes active meanwhile. */
export class BundlePolicy implements ActivePolicy {
  readonly revision: string;
  readonly digest: string;
  readonly activatedAt: number;
  readonly rules: readonly RuleInfo[];
  readonly #data: JsonObject;
  readonly #prepared: PreparedPolicy;
  readonly #catalog = new Map<string, Map<string, CatalogFact>>();

  constructor(parts: Parts) {
    this.revision = parts.revision;
    this.digest = parts.digest;
    this.activatedAt = parts.activatedAt;
    this.rules = parts.rules;
    this.#data = parts.data;
    this.#prepared = parts.prepared;
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
}
