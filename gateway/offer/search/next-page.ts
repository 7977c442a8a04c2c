import { ClientConnection } from "../../domain/connections.ts";
import { Refusal } from "../../domain/errors.ts";
import type { ListOnItsWay } from "../../domain/ports.ts";
import { type JsonObject, parseExact } from "../../lib/json.ts";
import { readAnswer } from "../../tasks/answer.ts";
import type { TaskDeps } from "../../tasks/deps.ts";
import { isEncrypted, standIn, storedRequest } from "../../tasks/stored-request.ts";
import { CapturedResponse, taskSink } from "../../tasks/task-sink.ts";

/** The result with the page of a list that a cursor leads to. @throws Refusal when the gateway or the tool server refuses it */
export type NextPage = (list: ListOnItsWay, cursor: string) => Promise<JsonObject>;

/**
 * Asks for the pages of a list as its caller would: each is a request of its own, read, identified by the same credentials, judged,
 * recorded and sent.
 */
export function nextPages({ begin }: { readonly begin: TaskDeps["begin"] }): NextPage {
  return async function nextPage({ exchange, evaluated, enter }, cursor) {
    const asked = storedRequest(exchange, evaluated.call);
    const { params, ...message } = parseExact(evaluated.call.request.body.toString()) as JsonObject;
    const body = Buffer.from(JSON.stringify({ ...message, params: { ...(params as JsonObject), cursor } }));
    const req = standIn({ ...asked, body }, isEncrypted(exchange.req));
    const res = new CapturedResponse(req);
    const { req: own, credentials = own } = exchange;
    const connection = ClientConnection.with(exchange.connection.signal);
    await enter(begin({ req, res, answerSink: taskSink(res, null), connection, credentials, body, resumed: null }));
    const answer = readAnswer(res.text, asked.rpc_id);
    if (answer !== null && "result" in answer) return answer.result;
    throw new Refusal("upstream_list_malformed", { detail: "a page of the list of tools was refused" });
  };
}
