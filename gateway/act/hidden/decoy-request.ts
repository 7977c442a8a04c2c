import type { ServerResponse } from "node:http";
import type { Decision } from "../../domain/decision.ts";
import { outcome, type Outcome } from "../../domain/decision-record.ts";
import { listedKindOf } from "../../domain/definition-kinds.ts";
import type { EvaluatedCall, Exchange, Renaming } from "../../domain/exchange.ts";
import { type PolicyInput, callInput } from "../../domain/policy-input.ts";
import type { ActivePolicy, DefinitionLedger, Logger } from "../../domain/ports.ts";
import { mirroredPrefix, withMirroredName } from "../../domain/tool-definitions.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../lib/json.ts";
import type { Visibility } from "../results/list-filter.ts";
import type { DecoyName, DecoyNames } from "./decoy-name.ts";
import { renamedResponse } from "./renamed-response.ts";

/** Another request in the place of one, on the same connection. */
export interface DecoyRequest {
  readonly body: Buffer;
  /** Flat, as Node has them. */
  readonly headers: readonly string[];
  readonly res: ServerResponse;
  readonly renaming: Renaming;
}

export interface DecoyRequestDeps {
  readonly decoyNames: DecoyNames;
  readonly visibility: Pick<Visibility, "ofCall">;
  readonly definitions: Pick<DefinitionLedger, "fact">;
  readonly decide: (policy: ActivePolicy, input: PolicyInput) => Decision;
  readonly exchanges: {
    /** An exchange of the same caller with another request. */
    decoy(exchange: Exchange, request: DecoyRequest): Exchange;
  };
  readonly logger: Pick<Logger, "debug">;
}

/** Answers the call of an item that is hidden; null where the gateway's own words for what does not exist are right. */
export type AnswerHidden<By> = (exchange: Exchange, evaluated: EvaluatedCall, by: By) => Promise<Outcome | null>;

type Entering = { readonly enter: (exchange: Exchange) => Promise<void> };

/**
 * What becomes of a request for a name that nobody has is for policy to say: it may reach the tool server, which refuses it in words of its
 * own, wait for people, or be refused with reasons. So a caller that asks for a hidden item gets the answer to the same request for a
 * made-up name, with its own name in it: that request is read, judged, recorded and sent as its own would be, if there were no such item.
 * Null where policy hides made-up names as well.
 */
export function answerByDecoy(deps: DecoyRequestDeps): AnswerHidden<Entering> {
  const { exchanges, decoyNames, logger } = deps;
  return async function answerHidden(exchange, evaluated, { enter }) {
    if (!isAskedDirectly(exchange, evaluated.call)) return null;
    for (const decoyName of decoyNames.of(evaluated.call, evaluated.subject)) {
      if (await isHiddenToo(deps, evaluated, decoyName.name)) continue;
      const decoy = exchanges.decoy(exchange, requestFor(exchange, evaluated.call, decoyName));
      const fields = { decision_id: evaluated.decisionId, asked_as: decoy.context.decisionId, name: decoyName.name };
      logger.debug("what is hidden is asked for under a name that nobody has", fields);
      await enter(decoy);
      return outcome({ kind: "refused", status: exchange.res.statusCode, code: "policy_denied" });
    }
    return null;
  };
}

/** Not one that is asked for with a made-up name already, nor the run of a task or a call that was held: their callers knew the item. */
function isAskedDirectly(
  { renaming, answerSink, resumed, eventStreamOpen }: Exchange,
  { mcp, route }: ToolCall,
): boolean {
  // Of its own tools the gateway says itself that there is none.
  const isServed = route.protocol === "mcp" && route.operationsOf === undefined;
  const isFirst = renaming === undefined && answerSink === undefined && resumed === null && !eventStreamOpen;
  return isServed && isFirst && mcp?.kind === "request" && mcp.id !== null;
}

/** Methods of which policy sees the arguments alone, and not the params around them. */
const haveNoName: ReadonlySet<string> = new Set(["tools/call", "prompts/get"]);

/** Looked at before the request is made, so that one which would be refused in the same words leaves no record. */
async function isHiddenToo(
  { definitions, decide, visibility }: DecoyRequestDeps,
  { call, subject, facts }: EvaluatedCall,
  name: string,
): Promise<boolean> {
  const kind = listedKindOf(call.resourceType);
  if (kind === null) return true;
  const { server } = call.route;
  const definition = await definitions.fact({ server, kind, name }, call.mcp?.version);
  const readBy = definition.kind ?? kind;
  const catalog = facts.policy.catalog(server, definition.name ?? name, readBy);
  const args = haveNoName.has(call.action) ? call.arguments : withName(call.arguments, call.name, name);
  const asked = { ...call, name, arguments: args };
  const known = { ...facts, catalog, definition };
  const input = callInput(asked, subject, known);
  const decision = decide(facts.policy, input);
  if (decision.effect !== "deny" || decision.indeterminate !== null) return false;
  const evaluated = { decisionId: "", call: asked, subject, facts: known, input, decision };
  return !visibility.ofCall(evaluated);
}

function requestFor(exchange: Exchange, { request, name: asked }: ToolCall, decoyName: DecoyName): DecoyRequest {
  const { name, renaming } = decoyName;
  // As it came: what is sent is without a task that the gateway itself makes.
  const { req, headers = req.rawHeaders, body: came } = exchange;
  const { params, ...message } = parseExact((came ?? request.body).toString()) as JsonObject;
  const body = { ...message, params: withName(params as JsonObject, asked, name) };
  return {
    body: Buffer.from(JSON.stringify(body)),
    headers: withMirroredName(withoutAdded(headers, req.rawHeaders), name),
    res: renamedResponse(exchange.res, renaming),
    renaming,
  };
}

/** Without the `Mcp-Param-*` that the gateway has added for the hidden tool itself: of a name that nobody has it knows none. */
function withoutAdded(headers: readonly string[], came: readonly string[]): string[] {
  const sent = new Set(came.map((text) => text.toLowerCase()));
  return headers.filter((_text, at) => {
    const name = headers[at - (at % 2)]?.toLowerCase() ?? "";
    return !name.startsWith(mirroredPrefix) || sent.has(name);
  });
}

/** The params of a request, in the order in which they came, with another name in the members that name what it is about. */
function withName(params: JsonObject, asked: string, name: string): JsonObject {
  const entries = Object.entries(params).map(([key, value]) => {
    if ((key === "name" || key === "uri") && value === asked) return [key, name];
    return [key, key === "ref" && isJsonObject(value) ? withName(value, asked, name) : value];
  });
  return Object.fromEntries(entries) as JsonObject;
}
