import { Digester, digestKey, digestOf, setKey } from "../../../../gateway/provenance/text/digest.ts";
import { standsInTask, TaskTexts } from "../../../../gateway/provenance/text/task-text.ts";
import { Words } from "../../../../gateway/provenance/text/words/words.ts";

const digester = new Digester(digestKey(Uint8Array.from({ length: 16 }, (_, at) => at)));
const texts = new TaskTexts(digester);
const words = new Words(digester.key);

function key(of: (typeof digestOf)[keyof typeof digestOf], text: string): number {
  digester.text(of, text);
  return setKey(digester.hi, digester.lo);
}

function stands(task: string, value: string, outside = false): boolean {
  const compiled = texts.compile(task);
  words.read(value);
  return standsInTask(compiled, words.lo, 0, words.count, outside);
}

test.each([
  ["Refund order O-80217 and tell Svea", "o 80217", true],
  ["Bitte an Jörg Weiß", "JÖRG weiß", true],
  ["Bitte an Jörg Weiß", "Jörg Weiss", false],
  ["close the channels alpha, beta and gamma", "beta", true],
  ["close alpha and gamma", "alpha gamma", false],
  ["Refund it", "refunds", false],
  ["", "x", false],
])("in the task %j the words %j stand in a row: %j", (task, value, expected) => {
  expect(stands(task, value)).toBe(expected);
});

test("finds no words within an address where they have to stand outside of one", () => {
  const task = "Open https://my-bank.example/pay and the page acme example";
  expect(stands(task, "bank.example/pay", true)).toBe(false);
  expect(stands(task, "bank.example/pay", false)).toBe(true);
  expect(stands(task, "acme.example", true)).toBe(true);
});

test("knows the numbers of the task that stand by themselves, in each way in which they can be read", () => {
  const { numbers } = texts.compile("Pay 1.500,00 EUR or €120.50 for d-301 on 2026-05-18 at 10:30, twice 95. Code 9x7");
  const has = (number: string) => numbers.has(key(digestOf.number, number));
  expect(["1500", "120.5", "95"].map(has)).toEqual([true, true, true]);
  expect(["301", "18", "2026", "10", "30", "9", "7", "50"].map(has)).toEqual(Array(8).fill(false));
});

test("takes the day of a date in words for no number of the task", () => {
  const { numbers } = texts.compile("What do we do on June 13? Reserve room 14 for the 15. Juli, and 16");
  const has = (number: string) => numbers.has(key(digestOf.number, number));
  expect(["13", "14", "15", "16"].map(has)).toEqual([false, true, false, true]);
});

test("knows small numbers that the task has as words", () => {
  const { numbers } = texts.compile("Two rooms for zwölf people, one night");
  expect(["2", "12", "1", "3"].map((number) => numbers.has(key(digestOf.number, number)))).toEqual([
    ...[true, true, false, false],
  ]);
});

test("knows addresses, hosts and codes of the task, also encoded ones", () => {
  const encoded = Buffer.from("write to b@hidden.example soon").toString("base64");
  const { addresses, hosts, codes } = texts.compile(`a@x.example, https://x.example/p, K3X9-77QP, ${encoded}`);
  expect(addresses.has(key(digestOf.address, "a@x.example"))).toBe(true);
  expect(addresses.has(key(digestOf.address, "b@hidden.example"))).toBe(true);
  expect(hosts.has(key(digestOf.host, "x.example"))).toBe(true);
  expect(codes.has(key(digestOf.code, "k3x977qp"))).toBe(true);
});
