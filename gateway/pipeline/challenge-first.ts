import { asRefusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Route } from "../domain/route.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Awaitable } from "../lib/awaitable.ts";

type Parse = (exchange: Exchange) => Awaitable<ToolCall>;
type Identify = (exchange: Exchange, call: { readonly route: Route }) => unknown;

/** What a request is refused with that cannot be read. */
const unreadable: ReadonlySet<number> = new Set([400, 415]);

/**
 * MCP clients look for the challenge of a 401 with requests that say nothing yet, such as a POST without a body, and begin to sign
 * in there (RFC 9728 §5). So a message that cannot be read is refused for its credential first.
 */
export function challengeFirst(parse: Parse, identify: Identify): (exchange: Exchange) => Promise<ToolCall> {
  return async function parseOrChallenge(exchange) {
    try {
      return await parse(exchange);
    } catch (thrown) {
      const { route } = exchange.context;
      if (route?.protocol === "mcp" && unreadable.has(asRefusal(thrown).status))
        await assertIdentified(exchange, route, identify);
      throw thrown;
    }
  };
}

/** Any other failure to find out who calls says less than what is wrong with the message. @throws Refusal with status 401 */
async function assertIdentified(exchange: Exchange, route: Route, identify: Identify): Promise<void> {
  try {
    await identify(exchange, { route });
  } catch (thrown) {
    if (asRefusal(thrown).status === 401) throw thrown;
  }
}
