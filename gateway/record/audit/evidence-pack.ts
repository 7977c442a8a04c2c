import type { AccessRecord } from "../../domain/access-record.ts";
import type { DecisionRecord } from "../../domain/decision-record.ts";
import type { Effect } from "../../domain/decision.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { BrokenReference } from "../decision/whole-records.ts";
import { firstSince } from "../read-decisions.ts";
import { unreadText } from "../segment-files.ts";
import { recordIn } from "../segment-header.ts";
import { segmentLines } from "../segment-lines.ts";
import { logKeysIn } from "../tree/log-keys.ts";
import { TreeFolder } from "../tree/tree-folder.ts";
import { type CoveredSegment, coveredSegments } from "./covered-segments.ts";

/** What the covered lines of a log tell of the time since a moment. Its names are those of the JSON. */
export interface EvidencePack {
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Bundles that judged, in the order in which they first did. */
  readonly policies: readonly JudgedBy[];
  readonly decisions: {
    readonly total: number;
    readonly by_effect: Readonly<Record<Effect, number>>;
    /** Once for each rule that gave a reason; `(none)`: no rule had a say. The most frequent first. */
    readonly by_rule: readonly RuleCounts[];
  };
  /** Records of kind `receipt`, oldest first. */
  readonly receipts: readonly JsonObject[];
  /** What is not in this pack, and why: the rest of a segment, or decisions that cannot be counted. A sentence for each. */
  readonly unread: readonly string[];
  /** Access that was ended or given back, oldest first. */
  readonly revocations: readonly Omit<AccessRecord, "kind" | "monotonic_ms" | "labels">[];
  /** The newest checkpoint (C2SP tlog-checkpoint), and the verifier keys that the log names. */
  readonly checkpoint: string;
  readonly keys: readonly string[];
}

interface JudgedBy {
  readonly revision: string;
  readonly digest: string;
  readonly first: string;
  readonly last: string;
  readonly decisions: number;
}

interface RuleCounts extends Readonly<Record<Effect, number>> {
  readonly rule: string;
}

type Counted = { -readonly [Name in keyof RuleCounts]: RuleCounts[Name] };
type Judging = { -readonly [Name in keyof JudgedBy]: JudgedBy[Name] };

/**
 * Reads the log from the segment on in which the moment is, up to the last line that a checkpoint covers.
 * @param size lines of the checkpoint, as it was verified
 */
export async function collectEvidence(dir: string, since: string, size: number): Promise<EvidencePack> {
  const found = new Found();
  const unread: string[] = [];
  const segments = await coveredSegments(dir, size);
  for (const segment of segments.slice(await firstSince(dir, segments, since)))
    unread.push(...(await addSegment(found, dir, segment, since)));
  const folder = new TreeFolder(dir);
  const readable = <Value>(name: string, read: (text: string) => Value, none: Value): Value => {
    try {
      return read(folder.read(name) ?? "");
    } catch (failure) {
      unread.push(`tlog/${name} cannot be read: ${(failure as Error).message}`);
      return none;
    }
  };
  const keys = readable("keys", (text) => logKeysIn(text).map(({ key }) => key.vkey), []);
  const checkpoint = readable("checkpoint", (text) => text, "");
  return { since, ...found.pack(), unread, checkpoint, keys };
}

/** Returns what of the segment is left out: a damaged one keeps the others from no report. */
async function addSegment(found: Found, dir: string, segment: CoveredSegment, since: string): Promise<string[]> {
  const odd: number[] = [];
  const oddText = (): string[] => {
    const more = odd.length === 1 ? "" : `, and ${odd.length - 1} more`;
    const what = `has decisions that cannot be counted: record ${odd[0]} lacks its effect, rules or bundles${more}`;
    return odd.length === 0 ? [] : [`${segment.file} ${what}; see sallyport audit verify`];
  };
  try {
    for await (const record of recordsSince(dir, segment, since))
      if (!found.add(record)) odd.push(Number(record["seq"]));
    return oddText();
  } catch (failure) {
    const why = failure instanceof BrokenReference ? failure.message : unreadText(segment, failure);
    return [...oddText(), why];
  }
}

async function* recordsSince(dir: string, segment: CoveredSegment, since: string): AsyncGenerator<JsonObject> {
  for await (const line of segmentLines(dir, segment, undefined, segment.covered)) {
    const record = recordIn(line);
    if (record !== null && isSince(record, since)) yield record;
  }
}

function isSince({ timestamp }: JsonObject, since: string): boolean {
  return typeof timestamp === "string" && timestamp >= since;
}

/** Whether it has what is counted of a decision. */
function isCountable({ result, rules, bundles }: JsonObject): boolean {
  const effect = isJsonObject(result) ? result["effect"] : null;
  const isEffect = effect === "allow" || effect === "deny" || effect === "hold";
  return isEffect && Array.isArray(rules) && isJsonObject(bundles) && Object.values(bundles).every(isJsonObject);
}

class Found {
  readonly #policies = new Map<string, Judging>();
  readonly #effects: Record<Effect, number> = { allow: 0, deny: 0, hold: 0 };
  readonly #rules = new Map<string, Counted>();
  readonly #receipts: JsonObject[] = [];
  readonly #revocations: EvidencePack["revocations"][number][] = [];

  /** False for a decision that was changed so that it cannot be counted. */
  add(record: JsonObject): boolean {
    const { kind } = record;
    if (kind === "decision" && !isCountable(record)) return false;
    if (kind === "decision") this.#decision(record as unknown as DecisionRecord);
    else if (kind === "receipt") this.#receipts.push(record);
    else if (kind === "access") this.#access(record as unknown as AccessRecord);
    return true;
  }

  pack(): Omit<EvidencePack, "since" | "unread" | "checkpoint" | "keys"> {
    const total = Object.values(this.#effects).reduce((sum, count) => sum + count, 0);
    const sumOf = ({ allow, deny, hold }: RuleCounts): number => allow + deny + hold;
    const by_rule = [...this.#rules.values()].toSorted((one, other) => sumOf(other) - sumOf(one));
    return {
      policies: [...this.#policies.values()],
      decisions: { total, by_effect: this.#effects, by_rule },
      receipts: this.#receipts,
      revocations: this.#revocations,
    };
  }

  #decision({ result, rules, bundles, timestamp }: DecisionRecord): void {
    const { effect } = result;
    this.#effects[effect] += 1;
    for (const rule of rules.length === 0 ? ["(none)"] : new Set(rules)) {
      const counts = this.#rules.get(rule) ?? { rule, allow: 0, deny: 0, hold: 0 };
      counts[effect] += 1;
      this.#rules.set(rule, counts);
    }
    for (const { revision, digest } of Object.values(bundles)) {
      const known = this.#policies.get(digest) ?? { revision, digest, first: timestamp, last: timestamp, decisions: 0 };
      known.last = timestamp;
      known.decisions += 1;
      this.#policies.set(digest, known);
    }
  }

  #access({ seq, timestamp, action, id, target, by, reason, until, matched }: AccessRecord): void {
    this.#revocations.push({ seq, timestamp, action, id, target, by, reason, until, matched });
  }
}
