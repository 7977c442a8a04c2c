import type { Decision } from "../../domain/decision.ts";
import type { RequestContext } from "../../domain/exchange.ts";
import type { Facts } from "../../domain/facts.ts";
import { type InputParts, inputShape, type InputValues } from "../../domain/input-parts.ts";
import type { Subject } from "../../domain/subject.ts";
import { resourceId, type ToolCall } from "../../domain/tool-call.ts";
import { frozenText, type JsonObject, jsonText, parseExact } from "../../lib/json.ts";
import {
  bundlesText,
  decisionLine,
  digestAround,
  type Instant,
  inputDigest,
  judgementText,
  leftOutOf,
  type LineOptions,
  recordText,
  millisecondsText,
  nobody,
  quoteAscii,
  rareText,
  taskOf,
  traceText,
  whoText,
} from "./decision-line.ts";
import type { ArgumentsDigest } from "./kept-arguments.ts";
import { INPUT_BYTES, isLong, keptInput, mask } from "./kept-input.ts";
import { ruledMembers } from "./log-rules.ts";
import { shortDigest } from "./own-values.ts";
import { KEPT_IN_A_ROW } from "./refusal-rows.ts";
import { type Ingredient, type Part, partOf, Parts } from "./record-parts.ts";
import { likeText, type RecordText, SharedRecord } from "./shared-record.ts";

/** A decision of a call that was judged with all facts. */
interface Judged {
  readonly context: RequestContext;
  readonly decision: Decision;
  readonly call: ToolCall;
  readonly facts: Facts;
  readonly subject: Subject;
  readonly parts: InputParts;
  /** Null: they are in its parts. */
  readonly leftOut: ArgumentsDigest | null;
}

interface OwnInput {
  readonly text: string;
  readonly erased: readonly string[];
}

/** What a record does not share. */
interface Own {
  /** Where its values belong. */
  readonly names: Part;
  /** With a comma in front. */
  readonly values: string;
  /** Null: it is among the values. */
  readonly input: OwnInput | null;
}

/** Of each kind of part so much is known, in characters, and up to as much again: some thousand parts. */
const CACHE_CHARS = 2_000_000;

/**
 * Decision records that refer to what records before them have alike. What is shared: what follows from the tool, the policy and its answer;
 * who calls; the request apart from its arguments; and the names of what is left. A record with what few have, or whose tool, policy and answer come for the first time,
 * has all of its members itself.
 */
export class DecisionTexts {
  readonly #options: LineOptions;
  readonly #shapes = new Parts(CACHE_CHARS);
  readonly #callers = new Parts(CACHE_CHARS);
  readonly #requests = new Parts(CACHE_CHARS);
  readonly #names = new Parts(CACHE_CHARS);
  readonly #together = new Parts(CACHE_CHARS);

  constructor(options: LineOptions) {
    this.#options = options;
  }

  of(context: RequestContext, decision: Decision, at: Instant, refusedInARow: number): RecordText {
    const whole = (): string => decisionLine(context, decision, at, this.#options, refusedInARow);
    const { policy = null } = context.facts ?? {};
    // What such a rule leaves is of this call alone.
    if (policy !== null && policy.logRules !== null) {
      const ruling = { policy, rules: policy.logRules, decisionId: context.decisionId };
      return { members: ruledMembers(whole(), ruling), shared: [] };
    }
    return this.#referring(context, decision, at, refusedInARow) ?? { members: whole(), shared: [] };
  }

  #referring(context: RequestContext, decision: Decision, at: Instant, refusedInARow: number): RecordText | null {
    const { call, facts, subject, input } = context;
    if (call === null || facts === null || subject === null || input === null || refusedInARow > KEPT_IN_A_ROW)
      return null;
    const leftOut = leftOutOf(context, this.#options);
    const parts = input.partsForRecord(leftOut === null);
    if (parts === null) return null;
    const judged: Judged = { context, decision, call, facts, subject, parts, leftOut };
    const isRefused = decision.effect === "deny";
    if (isRefused && hasLong(judged)) return null;
    const shape = this.#shapes.getAgain(shapeOf(judged), () => this.#part(shapeText(judged, this.#options)));
    // Before anything of a call is kept for the next one: a refused caller could fill the memory with what it sends.
    if (shape === null || (isRefused && isTooMuch(judged, shape))) return null;
    const caller = this.#callers.get([subject, parts.caller], () => this.#part(callerText(judged)));
    if (caller === null) return null;
    const path = jsonText(call.request.path);
    const request = this.#requests.getAgain([path, parts.request], () =>
      this.#part(`{"request_path":${path},"input":{${requestText(judged)}}}`),
    );
    const own = this.#own(judged, at, request === null);
    if (own === null) return null;
    const shared = request === null ? [shape, caller, own.names] : [shape, caller, request, own.names];
    const { like, records } = this.#like(shared);
    const erased = this.#erased(judged, own.input === null ? shared : [...shared, own.input]);
    const ownPath = request === null ? `,"request_path":${path}` : "";
    return {
      shared: records,
      members:
        `,"kind":"decision","decision_id":${quoteAscii(context.decisionId)}${like}${own.values}${ofFew(judged)}${ownPath}${erased}` +
        `${this.#digest(judged)}${rareText(context, refusedInARow, leftOut)}${own.input === null ? "" : `,"input":${own.input.text}`}`,
    };
  }

  /** The values of this call alone. Of what is masked they may be anywhere in the input, and a request that is not shared is part of it. */
  #own(judged: Judged, at: Instant, withRequest: boolean): Own | null {
    const { call, decision, parts } = judged;
    const isNamed = withRequest || this.#options.maskPointers.length > 0;
    const inputNames = isNamed ? "" : parts.call.names;
    const digest = shortDigest(call.request.digest);
    const names = this.#names.get([digest === null, inputNames], () => namesPart(digest === null, inputNames));
    if (names === null) return null;
    const values =
      `,"own":[${at.now},${millisecondsText(at.monotonic)},${digest ?? quoteAscii(call.request.digest)}` +
      `,${decision.fuel},${decision.evaluationUs}${isNamed ? "" : `,${parts.call.values.join(",")}`}]`;
    return { names, values, input: isNamed ? this.#ownInput(judged, withRequest) : null };
  }

  /** That of a whole input follows from it. */
  #digest({ context, leftOut }: Judged): string {
    const { maskPointers } = this.#options;
    if (leftOut === null || context.input === null) return "";
    const around = maskPointers.length === 0 ? context.input.aroundArguments() : null;
    const digest = around === null ? inputDigest(keptInput(context, maskPointers).text) : digestAround(around);
    return `,"input_digest":${digest}`;
  }

  #part(members: string): Part {
    return partOf(members, this.#options.maskPointers);
  }

  /** Parts that come together again are one reference. */
  #like(parts: readonly Part[]): { readonly like: string; readonly records: readonly SharedRecord[] } {
    const records = parts.map(({ record }) => record);
    const together = this.#together.getAgain(records, () => ({
      record: new SharedRecord(`{${likeText(records).slice(1)}}`),
      erased: [],
    }));
    return together === null
      ? { like: likeText(records), records }
      : { like: likeText([together.record]), records: [...records, together.record] };
  }

  #ownInput(judged: Judged, withRequest: boolean): OwnInput {
    const { maskPointers } = this.#options;
    const text = `{${withRequest ? `${requestText(judged)},` : ""}"context":{${namedText(judged.parts.call)}}}`;
    if (maskPointers.length === 0) return { text, erased: [] };
    const masked = mask(parseExact(text) as JsonObject, maskPointers);
    return { text: JSON.stringify(masked.value), erased: masked.erased };
  }

  /** Its shape says what is left out of every input; what is masked depends on the call. */
  #erased({ parts }: Judged, of: readonly { readonly erased: readonly string[] }[]): string {
    if (this.#options.maskPointers.length === 0) return "";
    const found = new Set(of.flatMap(({ erased }) => erased));
    if (found.size === 0) return "";
    const masked = this.#options.maskPointers.map((pointer) => `/input${pointer}`).filter((one) => found.has(one));
    return `,"erased":${JSON.stringify([...parts.erased, ...masked])}`;
  }
}

/** Of a refused call as little is kept as `decisionLine` keeps. */
function hasLong({ call, facts }: Judged): boolean {
  return [call.request.path, facts.session.id, call.action, resourceId(call)].some(isLong);
}

/** The parts have more than the input, also than a masked one, so that no large one is taken for a small one. */
function isTooMuch({ parts }: Judged, shape: Part): boolean {
  const texts = [
    shape.record.members,
    parts.subject,
    parts.caller,
    parts.request,
    parts.call.names,
    ...parts.call.values,
  ];
  return texts.reduce((sum, one) => sum + Buffer.byteLength(one), 0) > INPUT_BYTES;
}

/** Where the values of this call alone belong. `inputNames`: those of its input, or nothing. */
function namesPart(hasLongDigest: boolean, inputNames: string): Part {
  const names =
    `"timestamp":"time","monotonic_ms":"json","judged_digest":"${hasLongDigest ? "json" : "sha256"}"` +
    `,"metrics":{"fuel":"json","evaluation_us":"json"}${inputNames === "" ? "" : `,"input":{"context":{${inputNames}}}`}`;
  return { record: new SharedRecord(`{"own":{${names}}}`, "names"), erased: [] };
}

function namedText({ names, values }: InputValues): string {
  let next = 0;
  return names.replaceAll('"json"', () => values[next++] ?? "null");
}

/** Members that are null in most records, and then left out; each with a comma in front. */
function ofFew({ context, facts }: Judged): string {
  const trace = traceText(context);
  const task = taskOf(context);
  return (
    (trace === "null" ? "" : `,"trace_id":${trace}`) +
    (facts.approval.id === null ? "" : `,"approval_id":${jsonText(facts.approval.id)}`) +
    (task === null ? "" : `,"task":${jsonText(task)}`)
  );
}

/** Of all that `shapeText` writes. */
function shapeOf({ decision, call, facts, parts }: Judged): Ingredient[] {
  const { effect, reasons, obligations, indeterminate, detail } = decision;
  return [
    ...parts.shapedOf,
    parts.erased,
    facts.policy,
    call.route,
    call.request.method,
    call.action,
    effect,
    indeterminate,
    detail,
    frozenText(reasons),
    frozenText(obligations),
  ];
}

function shapeText({ decision, call, facts, parts }: Judged, { labels }: LineOptions): string {
  const { route } = call;
  const members = recordText({
    frame: ',"timestamp":null,"monotonic_ms":null',
    trace: "null",
    approval: "null",
    digest: "null",
    path: "null",
    who: nobody,
    session: "null",
    task: "null",
    judged: "null",
    rare: "",
    labels,
    metrics: "null",
    bundles: bundlesText(facts.policy),
    method: jsonText(call.request.method),
    protocol: quoteAscii(route.protocol),
    route: jsonText(route.id),
    action: jsonText(call.action),
    tool: jsonText(resourceId(call)),
    erased: frozenText(parts.erased),
    judgement: judgementText(decision),
    input: inputShape(parts.shapedBy),
  });
  return `{${members.slice(1)}}`;
}

function callerText({ subject, facts, parts }: Judged): string {
  const input = `{"subject":${parts.subject},"context":{${parts.caller}}}`;
  return `{${whoText(subject).slice(1)},"session":${jsonText(facts.session.id)},"input":${input}}`;
}

function requestText({ parts }: Judged): string {
  return `"resource":{"properties":{"request":${parts.request}}}`;
}
