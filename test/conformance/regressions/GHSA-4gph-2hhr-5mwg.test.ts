/**
 * A gateway for MCP judged `params.name`, and a server whose JSON parser ignores case used `params.Name`, sent beside it: an
 * allowed name was judged, another tool ran. The same with `Arguments`. Here: a key that differs from a protocol key only in
 * case is refused, at the top, in params and in _meta.
 */
import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([route({ id: "crm", prefix: "/crm", protocol: "mcp", server: "crm" })]);
});
afterAll(() => parser.close());

const call = (members: string, params: string): string =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call"${members},"params":{"name":"find_ticket","arguments":{}${params}}}`;
const headers = ["Content-Type: application/json"];

test.each([
  ["Name", call("", ',"Name":"delete_customer"')],
  ["NAME", call("", ',"NAME":"delete_customer"')],
  ["Arguments", call("", ',"Arguments":{"customer_id":"7"}')],
  ["Method", call(',"Method":"tools/list"', "")],
  ["Params", call(',"Params":{"name":"delete_customer"}', "")],
  ["ID", call(',"ID":2', "")],
  ["_Meta", call("", ',"_Meta":{}')],
])("refuses a second reading under the key %s", async (_key, body) => {
  expect((await parser.ask({ target: "/crm", headers, body })).refusal?.code).toBe("json_key_refused");
});

test("refuses the odd key on its own too, whichever comes first", async () => {
  const body = '{"jsonrpc":"2.0","id":1,"Method":"tools/call","params":{"name":"find_ticket"}}';
  expect((await parser.ask({ target: "/crm", headers, body })).refusal?.code).toBe("json_key_refused");
});

test("leaves the case of a tool's own arguments alone, as long as no two differ in case alone", async () => {
  const body = (args: string): string => call("", "").replace("{}", args);
  const alone = await parser.ask({ target: "/crm", headers, body: body('{"Name":"x"}') });
  expect(alone.call?.arguments).toEqual({ Name: "x" });
  const both = await parser.ask({ target: "/crm", headers, body: body('{"Name":"x","name":"y"}') });
  expect(both.refusal?.code).toBe("json_key_refused");
});
