import { Refusal } from "../../../gateway/domain/errors.ts";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { challengeFirst } from "../../../gateway/pipeline/challenge-first.ts";

const missing = new Refusal("credential_missing");
const empty = new Refusal("type_refused");

/** What becomes of a request on a route of this protocol, when reading it and finding out who calls end like this. */
async function refusedWith(read: Error | null, identified: Error | null, protocol: "mcp" | "http" = "mcp") {
  const call = {} as ToolCall;
  const parse = () => (read === null ? Promise.resolve(call) : Promise.reject(read));
  const identify = () => (identified === null ? {} : Promise.reject(identified));
  const exchange = { context: { route: { protocol } } } as unknown as Exchange;
  return challengeFirst(
    parse,
    identify,
  )(exchange).then(
    (got) => got === call,
    (thrown: unknown) => thrown,
  );
}

test("a message that cannot be read is refused for its credential first", async () => {
  expect(await refusedWith(empty, missing)).toBe(missing);
  expect(await refusedWith(new Refusal("json_invalid"), missing)).toBe(missing);
});

test("and for what is wrong with it where the caller is known, or cannot be known now", async () => {
  expect(await refusedWith(empty, null)).toBe(empty);
  expect(await refusedWith(empty, new Refusal("keys_unavailable"))).toBe(empty);
});

test("nothing else changes: what can be read, other refusals, and plain HTTP", async () => {
  expect(await refusedWith(null, missing)).toBe(true);
  const elsewhere = new Refusal("route_unknown");
  expect(await refusedWith(elsewhere, missing)).toBe(elsewhere);
  expect(await refusedWith(empty, missing, "http")).toBe(empty);
});
