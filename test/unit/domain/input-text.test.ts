import { callInput } from "../../../gateway/domain/policy-input.ts";
import { facts, subject, toolCall } from "../../support/builders.ts";

const said = {
  subject: { type: "user", properties: { team: "blue" } },
  action: { method: "POST", properties: {} },
  resource: {
    type: "doc",
    id: "d1",
    request: { host: "h", path: "/", segments: [], query: [], headers: {} },
    properties: { x: [1] },
  },
  context: { "a b": 'ä"\n' },
  pep: { id: "pep" },
};
const history = [{ tool: "crm/read", effect: "allow", labels: [], destinations: [], outcome: null, ago: 4 }];
const session = { id: 's"1', trust: "token", calls: 1, labels: ["read:private"], history } as const;

/** What JSON itself writes of the document, with the digits in place of the mark. */
function plainly(input: ReturnType<typeof callInput>): string {
  return JSON.stringify(input.document).replace('"time":{"ns":0,', `"time":{"ns":${input.timeNs},`);
}

test.each([
  ["a call", {}, null],
  ["a call of a session with a history", { session }, null],
  ["a call with URLs", { urls: [{ pointer: "/u", scheme: "https", host: "h", ip_class: null, port: 1 }] }, null],
  ["a question of another enforcement point", {}, said],
] as const)("writes %s as JSON would, member by member and in the same order", (_what, known, asserted) => {
  const call = toolCall({ arguments: { text: 'quote " backslash \\ line \n', deep: [{ a: null }] } });
  const input = callInput(call, subject({ id: "agent \u2028 ü" }), facts(known), asserted);
  expect(input.text).toBe(plainly(input));
  expect(plainly(input)).toContain('"ns":1790000000000000000,');
});
