import { ranked, wordsOf } from "../../../../gateway/offer/search/rank.ts";
import { thousandNames } from "../../../support/thousand-tools.ts";

const tools = [
  { name: "createRefund", description: "Pays money back to a card." },
  { name: "list_refunds", description: "All refunds of an order." },
  { name: "get_order", description: "One order with its lines and refunds." },
  { name: "send-mail", title: "E-mail", description: "Sends a mail.", inputSchema: { properties: { recipient: {} } } },
];
const found = (text: string) => ranked(tools, text).map(({ name }) => name);

it.each<[string, string[]]>([
  ["create a refund", ["createRefund", "list_refunds", "get_order"]],
  ["a", ["createRefund", "send-mail"]],
  ["refunds", ["list_refunds", "createRefund", "get_order"]],
  ["order", ["get_order", "list_refunds"]],
  ["ORDERS", ["get_order", "list_refunds"]],
  ["recip", ["send-mail"]],
  ["get_order", ["get_order", "list_refunds"]],
  ["zebra", []],
  ["", ["createRefund", "list_refunds", "get_order", "send-mail"]],
  ["  ?! ", ["createRefund", "list_refunds", "get_order", "send-mail"]],
])("finds for %j", (text, names) => {
  expect(found(text)).toEqual(names);
});

it("gives the same answer to the same question, equal tools in the order in which they are listed", () => {
  const twins = ["b", "a", "c"].map((name) => ({ name, description: "the same words" }));
  expect(ranked(twins, "same words").map(({ name }) => name)).toEqual(["b", "a", "c"]);
});

it("finds each of 1,000 tools by its name and by the words of it", () => {
  const many = thousandNames.map((name) => ({ name, description: "Use this in the system of record." }));
  const first = (text: string) => ranked(many, text)[0]?.name;
  const sample = thousandNames.filter((_, at) => at % 37 === 0);
  expect(sample.map((name) => first(name))).toEqual(sample);
  expect(sample.map((name) => first(name.replace("_", " ")))).toEqual(sample);
});

it.each<[string, string[]]>([
  ["createHTTPRequest2Now", ["create", "http", "request2", "now"]],
  ["find_ｔicket-by.id", ["find", "ticket", "by", "id"]],
  ["companies boxes classes Straße", ["company", "box", "class", "straße"]],
  ["поиск заказов 注文", ["поиск", "заказов", "注文"]],
])("reads the words of %s", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

it("takes no longer than the text that it looks at", () => {
  const long = { name: "a", description: "word ".repeat(1_000_000) };
  expect(ranked([long], "word")).toEqual([long]);
});
