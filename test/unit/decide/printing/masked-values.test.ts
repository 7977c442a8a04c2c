import { MaskedValues } from "../../../../gateway/decide/printing/masked-values.ts";
import { termText } from "../../../../gateway/decide/builtins/go/term-text.ts";
import { fromJson, parseValue, RegoSet } from "../../../../gateway/decide/value.ts";
import type { JsonValue } from "../../../../gateway/lib/json.ts";

const input = {
  context: {
    arguments: {
      card: "4111 1111 1111 1111",
      pin: "12",
      owner: { name: "Ada Lovelace", born: 18_151_210, tags: ["vip1"] },
      "a/b": "slashed",
    },
  },
  subject: { id: "agent-7" },
};
const pointers = ["/card", "/pin", "/owner", "/a~1b", "/gone/0"].map((below) => `/context/arguments${below}`);

function masked(value: JsonValue, at: readonly string[] = pointers): string {
  const spent: number[] = [];
  const found = new MaskedValues(
    at,
    () => JSON.stringify(input),
    (units) => spent.push(units),
  );
  const shown = found.without(fromJson(value));
  return typeof shown === "string" ? shown : termText(shown);
}

test.each<[string, JsonValue, string]>([
  ["the whole text", "4111 1111 1111 1111", "[masked]"],
  ["a part of a longer text", "card=4111 1111 1111 1111, of Ada Lovelace", "card=[masked], of [masked]"],
  ["a short text that is the whole value", ["12", "120"], '["[masked]", "120"]'],
  ["a number", { n: 18_151_210 }, '{"n": "[masked]"}'],
  ["the digits of a number in a text", "born 18151210", "born [masked]"],
  // Members of one name are one member.
  ["an object with the names of its members", input.context.arguments.owner, '{"[masked]": ["[masked]"]}'],
  ["a member whose name has a slash", "it is slashed", "it is [masked]"],
  ["nothing else", ["agent-7", 1, true, null], '["agent-7", 1, true, null]'],
])("hides %s", (_, value, shown) => {
  expect(masked(value)).toBe(shown);
});

test("removes what a member with the name of a secret holds, whatever is masked", () => {
  expect(masked({ Authorization: "Bearer x", deep: [{ password: { p: 1 } }], token_count: 3 }, [])).toBe(
    '{"Authorization": "[removed]", "deep": [{"password": "[removed]"}], "token_count": 3}',
  );
});

test("hides in sets too, and all texts where there are too many values to look for", () => {
  const set = RegoSet.from(["agent-7", "4111 1111 1111 1111"]);
  const text = (): string => JSON.stringify(input);
  expect(termText(new MaskedValues(pointers, text, () => {}).without(set))).toBe('{"[masked]", "agent-7"}');
  const many = JSON.stringify({ all: Array.from({ length: 65 }, (_, at) => `value ${at}`) });
  const found = new MaskedValues(
    ["/all"],
    () => many,
    () => {},
  );
  expect(found.without(parseValue('["harmless"]'))).toEqual(["[masked]"]);
});

test("takes fuel for the search", () => {
  let spent = 0;
  const found = new MaskedValues(
    ["/a"],
    () => '{"a":"secret"}',
    (units) => (spent += units),
  );
  expect(found.without("x".repeat(64_000))).toHaveLength(64_000);
  expect(spent).toBeGreaterThanOrEqual(1_000);
});
