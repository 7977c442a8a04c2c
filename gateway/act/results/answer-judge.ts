import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { ResultDecision } from "../../domain/decision.ts";
import type { Outcome } from "../../domain/decision-record.ts";
import type { FindKinds } from "../../domain/detections.ts";
import { Refusal } from "../../domain/errors.ts";
import { type Facts, returnsUntrusted } from "../../domain/facts.ts";
import { resultInput, type PolicyInput } from "../../domain/policy-input.ts";
import type { ActivePolicy, Clock, DefinitionLedger, ProvenanceLedger, SessionLedger } from "../../domain/ports.ts";
import type { ResultFact, ResultSummary } from "../../domain/result.ts";
import type { ResultPolicy } from "../../domain/route.ts";
import { after, type Awaitable } from "../../lib/awaitable.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import type { ResultCapture } from "../kept/kept-results.ts";
import { AnswerFact } from "./answer-fact.ts";
import { type Content, readAnswerJson, readContent, readJsonToRemember } from "./read-content.ts";
import { untrustedLabel } from "../../domain/provenance.ts";
import { redact, redactToolResult } from "./redact.ts";
import type { OpenAnswers } from "./open-answers.ts";
import type { TaskTools } from "./task-tools.ts";

export interface ResultPhaseDeps {
  /** The result phase of the policy; indeterminate is a block with its cause. */
  readonly evaluate: (policy: ActivePolicy, input: PolicyInput, decisionId: string) => ResultDecision;
  readonly sessions: Pick<SessionLedger, "label">;
  readonly find: FindKinds;
  readonly definitions: Pick<DefinitionLedger, "outputSchema">;
  /** Whether a structured value fits a tool's schema. */
  readonly fits: (schema: JsonObject, value: JsonValue) => boolean;
  readonly provenance: Pick<ProvenanceLedger, "sent" | "learn">;
  readonly clock: Clock;
}

/** The session has got something that no rule has read. */
const unreadLabel = "result:unread";

export interface Reading {
  readonly tools: TaskTools;
  readonly open: OpenAnswers;
  /** A rule may have a say. */
  readonly judges: boolean;
  /** Where values of the answer come from is remembered. */
  readonly learns: boolean;
  /** The same of messages beside it. */
  readonly hears: boolean;
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
  /** The arguments of that tool's call, where they are known. */
  readonly args?: JsonObject | null;
  /** It holds no words of anybody, so that there is nothing to remember. */
  readonly saysNothing?: boolean;
}

type AboutAnswer = Pick<EvaluatedCall, "call"> & Pick<Facts, "catalog">;

/** Judges what comes back for one call, and remembers it. */
export class AnswerJudge {
  readonly rules: ResultPolicy;
  readonly evaluated: EvaluatedCall;
  readonly tools: TaskTools;
  readonly open: OpenAnswers;
  /** Whether a rule has a say; without one, what nobody could read passes. */
  readonly judges: boolean;
  readonly #deps: ResultPhaseDeps;
  #learns: boolean;
  #hears: boolean;
  readonly #labels = new Set<string>();
  readonly #reasons = new Set<string>();
  #blocks = 0;
  /** Why the first of several answers that could not be read was withheld; null: none was. */
  #unread: string | null = null;
  #judged = 0;
  #redacted = 0;
  /** Bytes of messages beside the answer that are still remembered. */
  #besideLeft: number;
  /** When the session was told last that words have come which nobody remembers: seconds since the epoch. */
  #unreadIn = Number.NaN;

  constructor(deps: ResultPhaseDeps, evaluated: EvaluatedCall, { tools, open, judges, learns, hears }: Reading) {
    this.#deps = deps;
    this.evaluated = evaluated;
    this.tools = tools;
    this.open = open;
    this.judges = judges;
    this.#learns = learns;
    this.#hears = hears;
    const { results } = evaluated.call.route;
    this.#besideLeft = results.maxBytes;
    this.rules = judges ? results : { ...results, oversize: "pass-labelled", streams: "pass-labelled" };
  }

  /** Whatever comes back counts as a third party's words, so that the session can have its label before the first byte. */
  get isUntrusted(): boolean {
    return returnsUntrusted(this.evaluated.facts.catalog.returns);
  }

  /** Null when no rule had a say. */
  get summary(): ResultSummary | null {
    if (!this.judges) return null;
    return {
      effect: this.#blocks > 0 ? "block" : this.#redacted > 0 ? "redact" : "pass",
      judged: this.#judged,
      redacted: this.#redacted,
      reasons: [...this.#reasons],
      labels: [...this.#labels].sort(),
    };
  }

  /**
   * One of several answers is withheld, and its caller is told in its place: of those that no rule was asked about, the outcome record of
   * all of them says it by this alone.
   */
  noteWithheld({ code, detail }: Refusal): void {
    if (code !== "result_unreadable" && code !== "result_too_large") return;
    this.#blocks += 1;
    this.#reasons.add(code);
    if (code === "result_unreadable") this.#unread ??= detail;
  }

  /** What the outcome record says of it. */
  get unread(): Pick<Outcome, "detail"> {
    return this.#unread === null ? {} : { detail: this.#unread };
  }

  /** The body of an HTTP answer. @throws Refusal result_unreadable where a rule has a say about it */
  read(body: Buffer, contentType: string): Content {
    if (body.length === 0) return { kind: "text", value: "" };
    try {
      return readContent(body, contentType, this.judges ? readAnswerJson : readJsonToRemember);
    } catch (thrown) {
      if (this.judges) throw thrown;
      return { kind: "other", value: null };
    }
  }

  /**
   * The content as it may come back. The session has its labels, durably, when this resolves or rejects.
   * @throws Refusal result_blocked, result_undecided, result_unreadable
   */
  judge(judged: Judged): Awaitable<JsonValue> {
    const about = this.#about(judged);
    const saysNothing = judged.saysNothing ?? (judged.isReadable && judged.content === null);
    return this.judges
      ? this.#byRules(about, judged, saysNothing)
      : this.#learn(about, judged, judged.isReadable ? judged.content : null, saysNothing);
  }

  async #byRules(about: AboutAnswer, judged: Judged, saysNothing: boolean): Promise<JsonValue> {
    const { subject, facts } = this.evaluated;
    if (!judged.isReadable && this.rules.policy === "read")
      throw new Refusal("result_unreadable", { detail: unreadableType(judged.content_types) });
    const { call, catalog } = about;
    const input = resultInput(call, subject, { ...facts, catalog }, this.#factOf(judged));
    const decision = this.#deps.evaluate(facts.policy, input, this.evaluated.decisionId);
    this.#judged += 1;
    await this.#label(decision.labels);
    if (decision.effect === "block") throw this.#blocked(decision);
    const passed = decision.effect === "redact" ? await this.#redact(judged, decision) : judged.content;
    return this.#learn(about, judged, passed, saysNothing);
  }

  /** Whether what is remembered is the answer, and not only what comes beside it. */
  get remembersAnswer(): boolean {
    return this.#learns;
  }

  /** Whether no more messages beside the answer are remembered. */
  get hasHeardEnough(): boolean {
    return this.#besideLeft < 0;
  }

  /**
   * A message beside the answer about which no rule has a say. Of all that come on one answer no more than `results.max` is remembered: no
   * session's memory has room for more. @param content null: nobody has read it. @returns a promise where something has to be waited for
   */
  rememberBeside(content: JsonValue, bytes: number): void | Promise<void> {
    if (!this.#hears) return;
    const { call, facts } = this.evaluated;
    return this.#rememberBeside({ call, catalog: facts.catalog }, content, bytes);
  }

  #rememberBeside(about: AboutAnswer, content: JsonValue, bytes: number): void | Promise<void> {
    this.#besideLeft -= bytes;
    if (!this.hasHeardEnough) return this.#remember(about, content);
    // Labels end with their window, and memory with its session: both are told again while words come.
    const second = Math.floor(this.#deps.clock.now() / 1_000);
    if (second === this.#unreadIn) return;
    this.#unreadIn = second;
    return this.#remember(about, null);
  }

  /** Before something untrusted passes that is remembered at its end. */
  async passFirst(): Promise<void> {
    await this.#label([untrustedLabel]);
  }

  /** Before something passes that policy does not read. */
  async passUnread(): Promise<void> {
    if (this.judges) await this.#label([unreadLabel]);
    const { call, facts } = this.evaluated;
    if (this.#learns) await this.#remember({ call, catalog: facts.catalog }, null);
  }

  /** What follows is nothing that could be acted on. */
  stopLearning(): void {
    [this.#learns, this.#hears] = [false, false];
  }

  /** Remembers what reaches the caller, and returns it. */
  #learn(about: AboutAnswer, { part, bytes }: Judged, content: JsonValue, saysNothing: boolean): Awaitable<JsonValue> {
    const isBeside = part === "message";
    if (saysNothing || !(isBeside ? this.#hears : this.#learns)) return content;
    const remembering = isBeside ? this.#rememberBeside(about, content, bytes) : this.#remember(about, content);
    return after(remembering, () => content);
  }

  #remember({ call, catalog }: AboutAnswer, content: JsonValue): void | Promise<void> {
    const { provenance, clock } = this.#deps;
    const labels = provenance.learn(this.evaluated, { tool: call.name, catalog, content }, clock.now());
    return after(labels, (learnt) => this.#label(learnt));
  }

  /** The result of a tool that another message asked for is judged as that tool's; its arguments may not be known any more. */
  #about({ resultOf, args = null }: Judged): AboutAnswer {
    const { call, facts } = this.evaluated;
    if (resultOf === undefined || resultOf === call.name) return { call, catalog: facts.catalog };
    const tool = { action: "tools/call", resourceType: "tool", name: resultOf } as const;
    return {
      call: { ...call, ...tool, arguments: args ?? {}, argumentsRead: null, argumentsOmitted: args === null },
      catalog: facts.policy.catalog(call.route.server, resultOf),
    };
  }

  #factOf(judged: Judged): ResultFact {
    return new AnswerFact(judged, judged.isReadable && this.rules.policy === "read", this.#deps.find);
  }

  #label(labels: readonly string[]): void | Promise<void> {
    if (labels.length === 0) return;
    const has = (): void => labels.forEach((label) => this.#labels.add(label));
    return after(this.#deps.sessions.label(this.evaluated, labels), has);
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
    const { route, mcp } = this.evaluated.call;
    const schema = resultOf === undefined ? null : await definitions.outputSchema(route.server, resultOf, mcp?.version);
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

function unreadableType(types: readonly string[]): string {
  return types.length === 0
    ? "no content type"
    : `content type ${types.join(", ").slice(0, 80)}, which is neither JSON nor text`;
}
