import { Counter, type Registry } from "prom-client";
import type { Decision, Reason } from "../../domain/decision.ts";
import type { Facts } from "../../domain/facts.ts";
import { resourceId, type ToolCall } from "../../domain/tool-call.ts";

/** The label value of what has none of its own. No tool has this name: theirs have a slash. */
const OTHER = "(other)";
/** The rule of a decision that no rule had a say about. */
const NONE = "(none)";

/** Tools that have a label of their own. */
const MOST_TOOLS = 200;
/** Pairs of a tool and a rule; each has up to three series, one for each effect. */
const MOST_PAIRS = 1_000;
/** Pairs of a rule and all other tools. */
const MOST_RULES = 200;
/** In characters. */
const LONGEST_NAME = 128;

/** Decisions of one tool by one rule, since the registry was told. */
interface Pair {
  readonly tool: string;
  readonly rule: string;
  allow: number;
  deny: number;
  hold: number;
}

interface CountedTool {
  readonly label: string;
  readonly byRule: Map<string, Pair>;
}

/** So many names at most; the first that come get a place. */
interface ToolBounds {
  readonly tools: number;
  readonly pairs: number;
  readonly rules: number;
}

/**
 * Decisions by tool and rule: plain numbers, which the registry is told when it is read. A name that its caller made up gets no label,
 * so that neither memory nor a monitor is filled by callers, and nothing that they send becomes a label.
 */
export class ToolDecisions {
  readonly #bounds: ToolBounds;
  readonly #tools = new Map<string, Map<string, CountedTool>>();
  readonly #rest: CountedTool = { label: OTHER, byRule: new Map() };
  readonly #pairs: Pair[] = [];
  readonly #last: Pair;
  #toolCount = 0;

  constructor(registers: Registry[], bounds: ToolBounds = { tools: MOST_TOOLS, pairs: MOST_PAIRS, rules: MOST_RULES }) {
    this.#bounds = bounds;
    this.#last = this.#newPair(OTHER, OTHER);
    const pairs = this.#pairs;
    new Counter({
      name: "sallyport_tool_decisions_total",
      help: "Decisions by tool and by each rule that gave a reason. Tools that are not known and what is beyond the bound are (other).",
      labelNames: ["tool", "rule", "effect"],
      registers,
      collect() {
        for (const pair of pairs) tell(this, pair);
      },
    });
  }

  /** Each rule once, however many reasons it gave. */
  count({ reasons, effect }: Decision, call: ToolCall | null, facts: Facts | null): void {
    const tool = this.#toolOf(call, facts);
    if (reasons.length === 0) this.#pair(tool, NONE)[effect] += 1;
    for (let index = 0; index < reasons.length; index += 1) {
      const { rule } = reasons[index] as Reason;
      if (!isBefore(reasons, index, rule)) this.#pair(tool, rule)[effect] += 1;
    }
  }

  #toolOf(call: ToolCall | null, facts: Facts | null): CountedTool {
    if (call === null || call.resourceType !== "tool") return this.#rest;
    const counted = this.#tools.get(call.route.server)?.get(call.name);
    if (counted !== undefined) return counted;
    const isKnown = call.definition !== null || facts?.catalog.known === true || isListed(facts);
    const fits = this.#toolCount < this.#bounds.tools && call.name.length <= LONGEST_NAME;
    return isKnown && fits ? this.#newTool(call) : this.#rest;
  }

  #newTool(call: ToolCall): CountedTool {
    const { server } = call.route;
    const tool: CountedTool = { label: resourceId(call), byRule: new Map() };
    const ofServer = this.#tools.get(server) ?? new Map<string, CountedTool>();
    this.#tools.set(server, ofServer.set(call.name, tool));
    this.#toolCount += 1;
    return tool;
  }

  #pair(tool: CountedTool, rule: string): Pair {
    return tool.byRule.get(rule) ?? this.#firstPair(tool, rule);
  }

  /** Of this tool while there is room, else of all others; and the last one when there is no room for the rule either. */
  #firstPair(tool: CountedTool, rule: string): Pair {
    if (rule.length > LONGEST_NAME) return this.#last;
    const { pairs, rules } = this.#bounds;
    const isFull = this.#pairs.length - this.#rest.byRule.size > pairs;
    const place = isFull ? this.#rest : tool;
    const known = place.byRule.get(rule);
    if (known !== undefined) return known;
    if (place === this.#rest && place.byRule.size >= rules) return this.#last;
    const pair = this.#newPair(place.label, rule);
    place.byRule.set(rule, pair);
    return pair;
  }

  #newPair(tool: string, rule: string): Pair {
    const pair: Pair = { tool, rule, allow: 0, deny: 0, hold: 0 };
    this.#pairs.push(pair);
    return pair;
  }
}

/** Its server has listed it, and the list is pinned. */
function isListed(facts: Facts | null): boolean {
  return facts !== null && facts.definition.kind === "tool" && facts.definition.digest !== null;
}

function isBefore(reasons: readonly Reason[], index: number, rule: string): boolean {
  for (let before = 0; before < index; before += 1) if (reasons[before]?.rule === rule) return true;
  return false;
}

const effects = ["allow", "deny", "hold"] as const;

function tell(counter: Counter<"tool" | "rule" | "effect">, pair: Pair): void {
  for (const effect of effects) {
    if (pair[effect] === 0) continue;
    counter.inc({ tool: pair.tool, rule: pair.rule, effect }, pair[effect]);
    pair[effect] = 0;
  }
}
