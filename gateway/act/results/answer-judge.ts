import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { ResultDecision } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Facts } from "../../domain/facts.ts";
import { FairShare } from "../../domain/fair-share.ts";
import { policyInput, type PolicyInput } from "../../domain/policy-input.ts";
import type { ActivePolicy, Clock, DefinitionLedger, SessionLedger } from "../../domain/ports.ts";
import type { ResultFact, ResultSummary } from "../../domain/result.ts";
import type { ResultPolicy } from "../../domain/route.ts";
import { principalKey } from "../../domain/subject.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import type { ResultCapture } from "../kept/kept-results.ts";
import { detectionsIn, type FindKinds } from "./detections.ts";
import { redact, redactToolResult } from "./redact.ts";

export interface ResultPhaseDeps {
  /** The result phase of the policy; doubt is a block with its cause. */
  readonly evaluate: (policy: ActivePolicy, input: PolicyInput) => ResultDecision;
  readonly sessions: Pick<SessionLedger, "label">;
  readonly find: FindKinds;
  readonly definitions: Pick<DefinitionLedger, "outputSchema">;
  /** Whether a structured value fits a tool's schema. */
  readonly fits: (schema: JsonObject, value: JsonValue) => boolean;
  readonly clock: Pick<Clock, "monotonic">;
}

/** The session has got something that no rule has read. */
const unreadLabel = "result:unread";

/** Asks the policy what of an answer may come back, on the same bundle as the call itself. */
export class ResultPhase {
  readonly #deps: ResultPhaseDeps;
  readonly #tools: TaskTools;

  constructor(deps: ResultPhaseDeps) {
    this.#deps = deps;
    this.#tools = new TaskTools(deps.clock);
  }

  /** Null when no rule may have a say about the answer to this call: it passes as it comes. */
  of(evaluated: EvaluatedCall): AnswerJudge | null {
    const { call, facts } = evaluated;
    const { route, name, resourceType, mcp, action } = call;
    if (route.results.policy === "off") return null;
    // What comes on a stream, or of a task, may be the result of any tool.
    const ofAnyTool = mcp?.kind === "stream" || resourceType === "task" || action.startsWith("tasks/");
    const { policy } = facts;
    const isJudged = policy.judgesResult(route.server, name) || (ofAnyTool && policy.judgesResult(route.server, null));
    return isJudged ? new AnswerJudge(this.#deps, evaluated, this.#tools) : null;
  }
}

/** Who reads an answer on its way to the caller. */
export interface AnswerReaders {
  /** Null when no rule has a say about it. */
  readonly judge: AnswerJudge | null;
  readonly capture: ResultCapture | null;
}

/** What is judged: one HTTP answer, or one message of an MCP server. */
export interface Judged extends Pick<ResultFact, "part" | "status" | "content_types" | "bytes" | "is_error"> {
  /** Null when it is neither JSON nor text. */
  readonly content: JsonValue;
  readonly isReadable: boolean;
  /** Of the result of an MCP tool: the tool. Absent: the content is something else. */
  readonly resultOf?: string;
}

/** Judges what comes back for one call. */
export class AnswerJudge {
  readonly rules: ResultPolicy;
  readonly #deps: ResultPhaseDeps;
  readonly evaluated: EvaluatedCall;
  readonly tools: TaskTools;
  readonly #labels = new Set<string>();
  readonly #reasons = new Set<string>();
  #blocks = 0;
  #judged = 0;
  #redacted = 0;

  constructor(deps: ResultPhaseDeps, evaluated: EvaluatedCall, tools: TaskTools) {
    this.#deps = deps;
    this.evaluated = evaluated;
    this.tools = tools;
    this.rules = evaluated.call.route.results;
  }

  get summary(): ResultSummary {
    return {
      effect: this.#blocks > 0 ? "block" : this.#redacted > 0 ? "redact" : "pass",
      judged: this.#judged,
      redacted: this.#redacted,
      reasons: [...this.#reasons],
      labels: [...this.#labels].sort(),
    };
  }

  /**
   * The content as it may come back. The session has its labels, durably, when this resolves or rejects.
   * @throws Refusal result_blocked, result_undecided, result_unreadable
   */
  async judge(judged: Judged): Promise<JsonValue> {
    const { subject, facts } = this.evaluated;
    if (!judged.isReadable && this.rules.policy === "read")
      throw new Refusal("result_unreadable", { detail: `content type ${judged.content_types.join(", ") || "none"}` });
    const { call, catalog } = this.#about(judged);
    const input = policyInput(call, subject, { ...facts, catalog }, "result", null, this.#factOf(judged));
    const decision = this.#deps.evaluate(facts.policy, input);
    this.#judged += 1;
    await this.#label(decision.labels);
    if (decision.effect === "block") throw this.#blocked(decision);
    return decision.effect === "redact" ? this.#redact(judged, decision) : judged.content;
  }

  /** Before something passes that policy does not read. */
  async passUnread(): Promise<void> {
    await this.#label([unreadLabel]);
  }

  /** The result of a tool that another message asked for is judged as that tool's; its arguments are not known any more. */
  #about({ resultOf }: Judged): { readonly call: ToolCall; readonly catalog: Facts["catalog"] } {
    const { call, facts } = this.evaluated;
    if (resultOf === undefined || resultOf === call.name) return { call, catalog: facts.catalog };
    const tool = { action: "tools/call", resourceType: "tool", name: resultOf } as const;
    return {
      call: { ...call, ...tool, arguments: {}, argumentsRead: null, argumentsOmitted: true },
      catalog: facts.policy.catalog(call.route.server, resultOf),
    };
  }

  #factOf({ content, isReadable, resultOf: _, ...known }: Judged): ResultFact {
    const isShown = isReadable && this.rules.policy === "read";
    const { find } = this.#deps;
    let detected: ResultFact["detected"] | undefined;
    return {
      ...known,
      content: isShown ? content : null,
      content_omitted: !isShown,
      get detected() {
        return (detected ??= detectionsIn(content, find));
      },
    };
  }

  async #label(labels: readonly string[]): Promise<void> {
    if (labels.length === 0) return;
    await this.#deps.sessions.label(this.evaluated, labels);
    for (const label of labels) this.#labels.add(label);
  }

  #blocked({ indeterminate, detail, reasons }: ResultDecision): Refusal {
    this.#blocks += 1;
    if (indeterminate !== null) {
      this.#reasons.add(indeterminate);
      return new Refusal("result_undecided", { detail: `${indeterminate}: ${detail ?? ""}` });
    }
    for (const { code } of reasons) this.#reasons.add(code);
    const [first] = reasons;
    return new Refusal("result_blocked", { reasons, ...(first === undefined ? {} : { hint: first.message }) });
  }

  async #redact({ content, isReadable, resultOf }: Judged, { redactions }: ResultDecision): Promise<JsonValue> {
    // What cannot be read cannot be rewritten, and must not pass as if it had been.
    if (!isReadable) throw new Refusal("result_unreadable", { detail: "policy removes parts of it" });
    const { find, fits, definitions } = this.#deps;
    const schema =
      resultOf === undefined ? null : await definitions.outputSchema(this.evaluated.call.route.server, resultOf);
    const redacted =
      resultOf === undefined
        ? redact(content, redactions, find)
        : redactToolResult(content as JsonObject, redactions, find, (left) => schema === null || fits(schema, left));
    if (redacted === null)
      throw new Refusal("result_unreadable", { detail: "what policy leaves does not fit the tool's outputSchema" });
    this.#redacted += redacted.count;
    return redacted.count === 0 ? content : redacted.value;
  }
}

/** Tasks in all and of one caller. */
const capacity = 100_000;
const perCaller = 1_000;

/** Which tool the task of a tool server belongs to, whose result another message asks for. In memory only. */
export class TaskTools {
  readonly #tools: FairShare<string>;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#tools = new FairShare({ capacity, perAsker: perCaller, clock, full: "forget" });
  }

  note(evaluated: EvaluatedCall, task: string): void {
    this.#tools.set(principalKey(evaluated.subject), keyOf(evaluated, task), evaluated.call.name);
  }

  of(evaluated: EvaluatedCall, task: string): string | null {
    return this.#tools.get(keyOf(evaluated, task)) ?? null;
  }
}

function keyOf({ call, subject }: EvaluatedCall, task: string): string {
  return JSON.stringify([principalKey(subject), call.route.server, task]);
}
