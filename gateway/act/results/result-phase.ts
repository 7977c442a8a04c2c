import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { Awaitable } from "../../lib/awaitable.ts";
import { AnswerJudge, type ResultPhaseDeps } from "./answer-judge.ts";
import { OpenAnswers } from "./open-answers.ts";
import { isLearnt, isSaid } from "./remembered.ts";
import { TaskTools } from "./task-tools.ts";

/** Asks the policy what of an answer may come back, on the same bundle as the call itself, and remembers what came. */
export class ResultPhase {
  readonly #deps: ResultPhaseDeps;
  readonly #tools: TaskTools;
  readonly #open = new OpenAnswers();

  constructor(deps: ResultPhaseDeps) {
    this.#deps = deps;
    this.#tools = new TaskTools(deps.clock);
  }

  /** Null when nobody reads the answer to this call: no rule has a say about it, and the policy does not ask where values come from. */
  of(evaluated: EvaluatedCall): AnswerJudge | null {
    if (evaluated.call.route.results.policy === "off") return null;
    const [judges, learns] = [this.#judges(evaluated), isLearnt(evaluated)];
    const hears = learns || (evaluated.call.mcp !== null && evaluated.facts.policy.readsProvenance);
    if (!judges && !hears) return null;
    return new AnswerJudge(this.#deps, evaluated, { tools: this.#tools, open: this.#open, judges, learns, hears });
  }

  /**
   * Before a call is sent, or is given a result that was kept: what it says is remembered, so that what comes back, and the next
   * call, find it. Where nobody will read the answer, the session has what it may bring. Null: nothing has to be waited for.
   */
  beforeSent(evaluated: EvaluatedCall): Awaitable<void> | null {
    return isLearnt(evaluated) ? this.#before(evaluated) : null;
  }

  #before(evaluated: EvaluatedCall): Awaitable<void> {
    const { provenance, clock } = this.#deps;
    const saying = isSaid(evaluated) ? provenance.sent(evaluated, clock.now()) : undefined;
    return evaluated.call.route.results.policy === "off" ? this.#afterUnread(saying, evaluated) : saying;
  }

  async #afterUnread(saying: Awaitable<void>, evaluated: EvaluatedCall): Promise<void> {
    await saying;
    const { provenance, sessions, clock } = this.#deps;
    const { call, facts } = evaluated;
    const came = { tool: call.name, catalog: facts.catalog, content: null };
    const labels = await provenance.learn(evaluated, came, clock.now());
    if (labels.length > 0) await sessions.label(evaluated, labels);
  }

  #judges({ call, facts: { policy } }: EvaluatedCall): boolean {
    const { route, name, resourceType, mcp, action } = call;
    // What comes on a stream, or of a task, may be the result of any tool.
    const ofAnyTool = mcp?.kind === "stream" || resourceType === "task" || action.startsWith("tasks/");
    return policy.judgesResult(route.server, name) || (ofAnyTool && policy.judgesResult(route.server, null));
  }
}
