/** A session whose calls and results are remembered by the real ledger, on a store of its own. */
import { noApproval } from "../../gateway/domain/approval.ts";
import type { EvaluatedCall } from "../../gateway/domain/exchange.ts";
import type { CatalogFact, ReturnsFact, SiteFact } from "../../gateway/domain/facts.ts";
import {
  type MadeBefore,
  type ProvenanceFact,
  type ProvenanceFacts,
  ProvenanceOnDemand,
  type TracedValues,
} from "../../gateway/domain/provenance.ts";
import type { ProvenanceStore } from "../../gateway/domain/ports.ts";
import type { Subject } from "../../gateway/domain/subject.ts";
import type { CutText } from "../../gateway/lib/cut-text.ts";
import type { JsonObject, JsonValue } from "../../gateway/lib/json.ts";
import { type Provenance, provenanceLedger } from "../../gateway/provenance/ledger.ts";
import { Connection } from "../../gateway/store/connection.ts";
import { openDatabase } from "../../gateway/store/database.ts";
import { provenanceStore } from "../../gateway/store/provenance.ts";
import { catalogFact, evaluated, facts, route, subject, TestClock, toolCall } from "./builders.ts";

export const untrusted: ReturnsFact = {
  labels: ["untrusted"],
  trusted_fields: [],
  own_fields: [],
  author: [],
  own_text: false,
};
export const trusted: ReturnsFact = { labels: [], trusted_fields: [], own_fields: [], author: [], own_text: false };
export const ofPrivate: ReturnsFact = {
  labels: ["private"],
  trusted_fields: [],
  own_fields: [],
  author: [],
  own_text: false,
};

export function memoryStore(): ProvenanceStore {
  return provenanceStore(new Connection(openDatabase(":memory:")));
}

export function openLedger(
  changes: {
    readonly store?: ProvenanceStore;
    readonly writer?: string;
    readonly clock?: TestClock;
    readonly capacity?: number;
    readonly secret?: Uint8Array;
  } = {},
): Provenance {
  const { store = memoryStore(), writer = "p_1", clock = new TestClock(), capacity = 100 } = changes;
  const { secret = new Uint8Array(32).fill(1) } = changes;
  return provenanceLedger({ store, secret, writer, capacity, keepMs: 86_400_000, forgottenMs: 86_400_000, clock });
}

export interface CallOf {
  /** `server/tool`. */
  readonly tool: string;
  readonly arguments?: JsonObject;
  readonly catalog?: Partial<CatalogFact>;
  readonly approved?: boolean;
}

export class TestSession {
  readonly ledger: Provenance;
  readonly who: Subject;
  readonly site: SiteFact;
  now = 1_000_000;
  /** What was added to the text of the task in the run. */
  readonly added: CutText[] = [];

  constructor(
    task: string | null,
    changes: Partial<Subject> = {},
    site: Partial<SiteFact> = {},
    ledger = openLedger(),
  ) {
    this.ledger = ledger;
    this.site = { inside: [], hostsOptIn: false, people: {}, ...site };
    this.who = subject({
      purpose: null,
      taskText: task === null ? null : { text: task, truncated: false },
      ...changes,
    });
  }

  evaluated({ tool, arguments: said = {}, catalog = {}, approved = false }: CallOf): EvaluatedCall {
    const [server = "", name = ""] = tool.split("/");
    const call = toolCall({ route: route({ server }), name, arguments: said });
    const approval = approved ? { ...noApproval, status: "approved" as const } : noApproval;
    return evaluated({ call, subject: this.who, facts: facts({ approval, catalog: catalogFact(catalog) }) });
  }

  /** What is known of the arguments of a call before it is sent. */
  trace(of: CallOf): Promise<ProvenanceFacts> {
    return this.traceOf(this.evaluated(of));
  }

  async traceOf({ call, facts: known }: EvaluatedCall): Promise<ProvenanceFacts> {
    const { session, catalog } = known;
    const taskTexts = this.who.taskText === null ? this.added : [this.who.taskText, ...this.added];
    return this.ledger.trace({ call, subject: this.who, session, catalog, site: this.site, taskTexts, now: this.now });
  }

  /** The values of a call, each as `role kind seen`. */
  async seen(said: JsonObject, catalog: Partial<CatalogFact> = {}): Promise<string[]> {
    const { provenance } = await this.trace({ tool: "any/tool", arguments: said, catalog });
    return provenance.map(({ role, kind, seen }) => `${role} ${kind} ${seen}`);
  }

  /** The one value of a call whose argument `to` is its destination. */
  async destination(to: JsonValue): Promise<ProvenanceFact> {
    const { provenance } = await this.trace({ tool: "any/tool", arguments: { to }, catalog: { destination: ["/to"] } });
    const [fact] = provenance;
    if (fact === undefined || provenance.length > 1) throw new Error(`${provenance.length} values`);
    return fact;
  }

  /** A call is sent and answered. @returns the labels that the session gets */
  async does(of: CallOf, result: JsonValue): Promise<readonly string[]> {
    const untraced = this.evaluated(of);
    const call = { ...untraced, facts: { ...untraced.facts, provenance: await this.traceOf(untraced) } };
    await this.ledger.sent(call, this.now);
    const { catalog } = call.facts;
    return this.ledger.learn(call, { tool: call.call.name, catalog, content: result }, this.now);
  }

  /** Something untrusted is read. */
  reads(result: JsonValue, returns: ReturnsFact = untrusted): Promise<readonly string[]> {
    return this.does({ tool: "mail/read", catalog: { returns, mutates: false } }, result);
  }
}

/** Values that `trace` finds when somebody asks for them. */
export function provenanceOnDemand(
  trace: () => TracedValues,
  before: MadeBefore = { same: true, there: 1 },
): ProvenanceOnDemand {
  return new (class extends ProvenanceOnDemand {
    protected override trace(): TracedValues {
      return trace();
    }

    protected override madeBefore(): MadeBefore {
      return before;
    }
  })();
}
