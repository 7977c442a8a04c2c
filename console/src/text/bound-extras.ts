import type { ApprovalCard, JsonObject } from "../api/types.ts";

type Binding = ApprovalCard["approval"]["binding"];
type Pairs = readonly (readonly [string, string])[];

/** Parts of the call beside the arguments that may change what is executed. */
export interface BoundExtras {
  readonly headers: Pairs;
  /** Pairs of the query that the arguments do not show. */
  readonly query: Pairs;
  readonly beside: JsonObject | null;
}

/** Null when there are none. */
export function boundExtras({ headers, query, beside, arguments: tree }: Binding): BoundExtras | null {
  const extras: BoundExtras = {
    headers: headers.filter(([name, value]) => !isOrdinary(name, value)),
    query: query.filter(([name, value]) => tree === null || !Object.hasOwn(tree, name) || tree[name] !== value),
    beside: Object.keys(beside).length === 0 ? null : beside,
  };
  return extras.headers.length + extras.query.length === 0 && extras.beside === null ? null : extras;
}

/** Headers that every client sends and that tell an approver nothing. */
const ordinary: ReadonlySet<string> = new Set(["content-type", "user-agent"]);

/** A list of media types that says nothing else; a version, a vendor's type or a parameter may choose what is executed. */
const plainTypes = /^(?:[a-z*-]+\/[a-z*+-]+(?:; ?q=[0-9.]+)?(?:, ?|$))+$/;

function isOrdinary(name: string, value: string): boolean {
  return name === "accept" ? plainTypes.test(value) : ordinary.has(name);
}
