import { asRefusal, Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange, PendingServerRequest } from "../../domain/exchange.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import { type JsonObject, type JsonValue, parseExact } from "../../lib/json.ts";
import type { RequestStates } from "../../parse/mcp/request-states.ts";
import { asksSomething } from "../../parse/mcp/server-request.ts";
import { ownRpcCode } from "../respond/mcp.ts";
import { errorOfRefusal } from "../respond/refusal-wording.ts";
import { isDeclared } from "./declared.ts";
import { PassedRequests } from "./passed-requests.ts";
import { type AskedRequest, readInputRequests, readRequest } from "./read-request.ts";
import { RunningTools } from "./running-tools.ts";

export interface ServerRequestDeps {
  readonly exchanges: {
    /** An exchange for a request that came on the answer to `exchange`. */
    forServerRequest(exchange: Exchange, request: PendingServerRequest): Exchange;
  };
  readonly states: Pick<RequestStates, "sealed">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly logger: Logger;
}

/** The answer that requests of a tool server come on. */
export interface AskedWithin {
  readonly exchange: Exchange;
  readonly evaluated: EvaluatedCall;
  /** Sends a request through the whole request path. Never rejects. */
  readonly enter: (exchange: Exchange) => Promise<void>;
  /** Posts a message to the tool server; whether it was taken. Never rejects. */
  readonly tell: (message: string) => Promise<boolean>;
}

/** What tool servers ask their callers: every request goes through the request path, with a record of its own. */
export class ServerRequests {
  readonly passed: PassedRequests;
  readonly running = new RunningTools();
  readonly #deps: ServerRequestDeps;

  constructor(deps: ServerRequestDeps) {
    this.#deps = deps;
    this.passed = new PassedRequests(deps.clock);
  }

  within(answer: AskedWithin): AskedOnAnswer {
    return new AskedOnAnswer(this.#deps, this, answer);
  }
}

/** The requests of a tool server on one answer. */
export class AskedOnAnswer {
  /** The session that the answer begins: its caller answers in that. */
  begun: string | null = null;
  readonly #deps: ServerRequestDeps;
  readonly #all: Pick<ServerRequests, "passed" | "running">;
  readonly #answer: AskedWithin;

  constructor(deps: ServerRequestDeps, all: Pick<ServerRequests, "passed" | "running">, answer: AskedWithin) {
    this.#deps = deps;
    this.#all = all;
    this.#answer = answer;
  }

  /**
   * A request before MCP 2026-07-28. `read`: its text as the caller would get it, null where the result phase keeps it back. Null when
   * it does not reach the caller: its server has an error as the answer then. @throws Refusal what `read` throws, and
   * upstream_answer_refused for one that readers take for different ones
   */
  async message(request: JsonObject, read: () => Promise<string | null>): Promise<string | null> {
    const { id, method, params } = readRequest(request);
    const { evaluated } = this.#answer;
    const refuse = (refusal: Refusal, decisionId: string): void => this.#tell(id, refusal, decisionId);
    let passed: string | null = null;
    let failure: Refusal | null = null;
    const pass = async (): Promise<Refusal | null> => {
      try {
        passed = await read();
      } catch (thrown) {
        failure = asRefusal(thrown);
      }
      return passed === null ? (failure ?? new Refusal("result_blocked")) : null;
    };
    const { refusal, decisionId } = asksSomething(method)
      ? await this.#enter({ id, method, params, pass })
      : { refusal: await pass(), decisionId: evaluated.decisionId };
    if (refusal === null) {
      this.#all.passed.note(evaluated, id, { method, refuse }, this.begun);
      return passed;
    }
    refuse(refusal, decisionId);
    if (failure !== null) throw failure as Refusal;
    return null;
  }

  /**
   * What a result, or a task, asks for in MCP 2026-07-28 (`inputRequests`): all of it reaches the caller, or nothing.
   * @throws Refusal server_request_undeclared, server_request_denied, server_request_held, mcp_method_unknown, upstream_answer_refused
   */
  async inputRequests(requests: JsonObject): Promise<void> {
    const { capabilities = {} } = this.#answer.evaluated.call.mcp ?? {};
    const read = readInputRequests(requests);
    const undeclared = read.find(({ method, params }) => !isDeclared(capabilities, method, params));
    if (undeclared !== undefined) throw new Refusal("server_request_undeclared", { hint: undeclared.method });
    await this.#pass(read);
  }

  /**
   * The pages that an error sends the caller's person to in MCP 2025-11-25 ("URL Elicitation Required Error"), each as the params of a
   * request for it: all of them reach the caller, or nothing.
   * @throws Refusal server_request_denied, server_request_held, upstream_answer_refused
   */
  async pages(pages: readonly JsonValue[]): Promise<void> {
    const asked = pages.map((params, at) => [String(at), { method: "elicitation/create", params }] as const);
    await this.#pass(readInputRequests(Object.fromEntries(asked)));
  }

  /** @throws Refusal that of the first that does not pass */
  async #pass(requests: readonly (AskedRequest & { readonly id: string })[]): Promise<void> {
    const [first] = await together(
      requests.map((request) => async (pass) => (await this.#enter({ ...request, pass })).refusal),
    );
    if (first !== undefined) throw first;
  }

  /**
   * A message whose result asks for input, with its `requestState` bound to this caller and this call.
   * @throws Refusal upstream_answer_refused
   */
  sealed(text: string): string {
    const message = parseExact(text) as JsonObject;
    const result = message["result"] as JsonObject;
    const { requestState: state } = result;
    if (state === undefined) return text;
    if (typeof state !== "string")
      throw new Refusal("upstream_answer_refused", { detail: "requestState is not a string" });
    const { exchange, evaluated } = this.#answer;
    const requestState = this.#deps.states.sealed(exchange, evaluated, state);
    return JSON.stringify({ ...message, result: { ...result, requestState } });
  }

  async #enter(
    request: Pick<PendingServerRequest, "id" | "method" | "params" | "pass">,
  ): Promise<{ readonly refusal: Refusal | null; readonly decisionId: string }> {
    const { exchange, evaluated, enter } = this.#answer;
    let kept: Refusal | null = new Refusal("server_request_denied", { detail: "it was not judged" });
    // The path may fail after it has passed, such as at its record: it has not reached the caller yet, and does not then.
    let against: Refusal | null = null;
    const pending: PendingServerRequest = {
      ...request,
      within: evaluated,
      tool: this.#all.running.asking(evaluated.call),
      pass: async () => against ?? (kept = await request.pass()),
      refused: (refusal) => void (against ??= refusal),
    };
    const asked = this.#deps.exchanges.forServerRequest(exchange, pending);
    await enter(asked);
    return { refusal: against ?? kept, decisionId: asked.context.decisionId };
  }

  /** Its server would wait for an answer that never comes. */
  #tell(id: string | number, refusal: Refusal, decisionId: string): void {
    const { evaluated, tell } = this.#answer;
    void tell(errorFor(id, refusal, decisionId)).then((taken) => {
      const { route } = evaluated.call;
      const fields = { decision_id: evaluated.decisionId, route: route.id, code: refusal.code };
      if (!taken) this.#deps.logger.warn("a tool server could not be told that its request was refused", fields);
    });
  }
}

const methodNotFound = -32601;

/** What a tool server reads. The words of rules are for callers and records. */
function errorFor(id: string | number, { code, status }: Refusal, decisionId: string): string {
  const { sentence, outcome } = errorOfRefusal(new Refusal(code), decisionId);
  const error = {
    code: code === "mcp_method_unknown" ? methodNotFound : ownRpcCode(status),
    message: `${sentence} Reference ${decisionId}.`,
    data: { id: decisionId, outcome, code },
  };
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

type Judging = (pass: () => Promise<Refusal | null>) => Promise<Refusal | null>;

/**
 * Judges requests that pass together or not at all: none of them passes before all are judged. Resolves to what keeps them, first the
 * refusal that keeps the others.
 */
async function together(requests: readonly Judging[]): Promise<Refusal[]> {
  const decided = requests.map(() => Promise.withResolvers<Refusal | null>());
  const all = Promise.all(decided.map(({ promise }) => promise)).then((each) => each.filter((one) => one !== null));
  const judged = requests.map(async (judge, at) => {
    const settle = decided[at]?.resolve;
    const refusal = await judge(async () => {
      settle?.(null);
      return (await all)[0] ?? null;
    });
    // Has no effect where it had passed: what kept it then is the refusal of another, or came after that.
    settle?.(refusal);
    return refusal;
  });
  const ended = await Promise.all(judged);
  return [...(await all), ...ended.filter((one) => one !== null)];
}
