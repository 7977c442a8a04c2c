import { BaseMembers, membersIn, textOf } from "../../../../gateway/record/decision/member-texts.ts";

test.each([
  ["{}", {}],
  [' { "a" : 1 ,\t"b":\r[ ] , "c" : { } } ', { '"a"': "1", '"b"': "[ ]", '"c"': "{ }" }],
  [
    '{"a":-0,"b":1e21,"c":12345678901234567890,"d":true,"e":null}',
    { '"a"': "-0", '"b"': "1e21", '"c"': "12345678901234567890", '"d"': "true", '"e"': "null" },
  ],
  [
    String.raw`{"a\"}":"\\","\u0061":"\\\"]}","b":["]","{\"",[{"x":"}"}]],"é":"\u2028"}`,
    { '"a\\"}"': '"\\\\"', '"a"': '"\\\\\\"]}"', '"b"': '["]","{\\"",[{"x":"}"}]]', '"é"': '"\\u2028"' },
  ],
  ['{"a":1,"b":2,"a":3}', { '"a"': "3", '"b"': "2" }],
  ['{"__proto__":{"a":1},"2":1,"1":2}', { '"__proto__"': '{"a":1}', '"2"': "1", '"1"': "2" }],
])("members of %s", (text, members) => {
  const found = membersIn(text);
  expect([...found]).toEqual([...new Map(Object.entries(members))].toSorted(byPlace(found)));
  expect(JSON.parse(textOf(found))).toEqual(JSON.parse(text));
});

/** Objects have names that are numbers first, texts do not. */
const byPlace = (found: ReadonlyMap<string, string>) => {
  const names = [...found.keys()];
  return ([one]: [string, unknown], [other]: [string, unknown]) => names.indexOf(one) - names.indexOf(other);
};

test.each([
  ['{"a":0,"b":{"c":null,"d":[1]}}', '{"b":{"d":[2],"e":3},"a":1}', '{"a":1,"b":{"c":null,"d":[2],"e":3}}'],
  ['{"a":{"b":1}}', '{"a":{}}', '{"a":{"b":1}}'],
  ['{"a":{"b":1}}', '{"a":[]}', '{"a":[]}'],
  ['{"a":[1]}', '{"a":{"b":"}"}}', '{"a":{"b":"}"}}'],
  ['{"a":{"n":1}}', '{ "a" : { "n" : 1.50 } }', '{"a":{"n":1.50}}'],
])("%s under %s", (one, other, both) => {
  const base = new BaseMembers(membersIn(one));
  for (const _again of [1, 2]) expect(textOf(base.under(membersIn(other)))).toBe(both);
  expect(textOf(base.members)).toBe(one);
});

/** Random JSON of few names, so that they meet. */
function randomValue(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth === 0 ? 4 : 6));
  if (kind === 0) return Math.floor(random() * 100) - 50;
  if (kind === 1) return ['"', "\\", '\\"}', "{[", "é\u2028", "", "\u0000,:"][Math.floor(random() * 7)];
  if (kind === 2) return null;
  if (kind === 3) return random() < 0.5;
  if (kind === 4) return Array.from({ length: Math.floor(random() * 3) }, () => randomValue(random, depth - 1));
  return randomObject(random, depth - 1);
}

function randomObject(random: () => number, depth: number): Record<string, unknown> {
  const names = ["a", "b", 'c"', "\\", "é", "like"].filter(() => random() < 0.5);
  return Object.fromEntries(names.map((name) => [name, randomValue(random, depth)]));
}

function merged(one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const whole = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = one[name];
    whole[name] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return whole;
}

test("texts laid over one another are what parsed objects would be", () => {
  let state = 20_261_129;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let n = 0; n < 2_000; n += 1) {
    const [one, other] = [randomObject(random, 4), randomObject(random, 4)];
    const laid = new BaseMembers(membersIn(JSON.stringify(one))).under(membersIn(JSON.stringify(other, null, n % 3)));
    expect(JSON.stringify(JSON.parse(textOf(laid)))).toBe(JSON.stringify(merged(one, other)));
  }
});
