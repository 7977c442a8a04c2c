import { readFile } from "node:fs/promises";
import { type Check, Failures } from "../check.ts";
import type { Answer } from "../approvals/world/caller.ts";
import { withHouse } from "../approvals/world/house.ts";
import { inParallel } from "../approvals/world/in-parallel.ts";
import { historyRule } from "./history-rule.ts";

const title = "The proof asks what the session has done: ";
const reading = "/payments/v1/customers/read";
const sending = "/payments/v1/transfers";
/** Between the answer to a call and the next call, in milliseconds. */
const mostBetween = 5;
const width = 8;

/** As the rule of the proof tells it: the number of calls, then each with what came of it. */
const told = [
  "1: read_customer=forwarded[read:private]",
  "2: read_customer=forwarded[read:private] put_transfer=refused[]",
];

/**
 * What a session has done at one gateway is in its history at another, whose call begins as soon as the one before is answered: a call that was
 * let through, by plain HTTP or by MCP, there as JSON or as an event, and one that was denied.
 */
export const histories: Check = {
  name: "histories",
  full: 2_000,
  quick: 200,
  run: async ({ count, progress }) => {
    const rules = { [historyRule.path]: await readFile(historyRule.file, "utf8") };
    return withHouse({ gateways: 3, rules }, async ({ gateways, issuer, upstream }) => {
      const failures = new Failures();
      let [within, late, done] = [0, 0, 0];
      const callerOf = (at: number) => gateways[at % gateways.length]!.caller;
      await inParallel(Array.from({ length: count }), width, async (_, at) => {
        const token = await issuer.token({ sub: `agent-${at}` });
        const send = (by: number) =>
          callerOf(by).call({ method: "PUT", path: sending, token, json: { item: `sent-${at}` } });
        const read =
          at % 4 === 3
            ? await asEvent(callerOf(at).origin, asMessage(token, at))
            : await callerOf(at).call(
                at % 2 === 0 ? { path: reading, token, json: { item: `read-${at}` } } : asMessage(token, at),
              );
        if (read.status !== 200) failures.add(`read-${at}: ${read.status} ${JSON.stringify(read.body)}`);
        for (const [next, expected] of told.entries()) {
          const answered = performance.now();
          const sent = send(at + 1 + next);
          if (performance.now() - answered <= mostBetween) within++;
          else late++;
          const found = toldBy(await sent);
          if (found !== expected) failures.add(`sent-${at}, ${next}: ${found}`);
        }
        progress((done += 1));
      });
      if (upstream.executed.some(({ item }) => item.startsWith("sent-"))) failures.add("a denied call was executed");
      return { count, failures: failures.list(), figures: { within_5_ms: within, later: late } };
    });
  },
};

/** Is there with the event that is the answer, as a client acts on it; the end of the stream comes when it comes. */
async function asEvent(origin: string, { path, token, headers, json }: ReturnType<typeof asMessage>): Promise<Answer> {
  const own = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = { method: "POST", headers: { ...own, ...headers }, body: JSON.stringify(json) };
  const { status, body } = await fetch(`${origin}${path}`, init);
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  let isDone = false;
  while (!isDone && !text.includes('"result"')) {
    const { value, done } = await reader.read();
    text += Buffer.from(value ?? []).toString();
    isDone = done;
  }
  if (!isDone) void reader.read().catch(() => undefined);
  return { status: text.includes("data: ") ? status : 0, headers: {}, body: { text } };
}

function asMessage(token: string, at: number) {
  const params = { name: "read_customer", arguments: { item: `read-${at}`, ...(at % 4 === 3 && { stream: true }) } };
  const headers = { accept: "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18" };
  return { path: "/rpc", token, headers, json: { jsonrpc: "2.0", id: 1, method: "tools/call", params } };
}

function toldBy({ status, body }: Answer): string {
  const reasons = (body["reasons"] ?? []) as readonly { readonly code?: string; readonly message?: string }[];
  const reason = reasons.find(({ code }) => code === "HISTORY_TOLD");
  return reason?.message?.replace(title, "") ?? `${status} ${JSON.stringify(body)}`;
}
