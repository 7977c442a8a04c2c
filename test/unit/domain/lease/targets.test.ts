import { targetOutside, targetsOutside } from "../../../../gateway/domain/lease.ts";
import type { JsonObject, JsonValue } from "../../../../gateway/lib/json.ts";
import { catalogFact, toolCall } from "../../../support/builders.ts";

const catalog = catalogFact({ destination: ["/to"], target: ["/order"] });
const outside = (targets: readonly string[], args: JsonObject, of = catalog) =>
  targetsOutside(targets, toolCall({ arguments: args }), of);

test.each<[string, JsonValue]>([
  ["881", "881"],
  ["881", 881],
  ["881", " 881 "],
  ["Ann@Shop.example", "ann@shop.EXAMPLE"],
  ["shop.example", "https://shop.example/orders/1?x=2"],
  ["shop.example", "https://SHOP.example:8443/"],
  ["shop.example", "https://shop.example./"],
  ["shop.example", "ann@shop.example"],
  ["*.shop.example", "https://api.shop.example/"],
  ["*.shop.example", "a.b@mail.eu.shop.example"],
  ["müller.example", "https://xn--mller-kva.example/"],
  ["https://shop.example/hook", "https://shop.example/hook"],
  ["/srv/reports", "/srv/reports"],
])("a target %p covers the value %p", (target, value) => {
  expect(outside([target], { to: value })).toEqual([]);
});

test.each<[string, JsonValue]>([
  ["881", "882"],
  ["881", "881 or 882"],
  ["shop.example", "https://shop.example.evil.example/"],
  ["shop.example", "https://evil.example/shop.example"],
  ["shop.example", "https://shop.example@evil.example/"],
  ["shop.example", "https://user:pass@shop.example/"],
  ["shop.example", "https://evil.example\\@shop.example/"],
  ["shop.example", "https:///shop.example/"],
  ["shop.example", "https://shop.\texample/"],
  ["shop.example", "shop.example/orders"],
  ["shop.example", "javascript:alert(1)"],
  ["shop.example", "ann@shop.example, eve@evil.example"],
  ["shop.example", "evil.example/?@shop.example"],
  ["shop.example", "evil.example?a=@shop.example"],
  ["shop.example", "evil.example#@shop.example"],
  ["shop.example", "eve%evil.example@shop.example"],
  ["shop.example", "evil.example!eve@shop.example"],
  ["shop.example", "<eve@evil.example> ann@shop.example"],
  ["*.shop.example", "https://shop.example/"],
  ["*.shop.example", "https://evilshop.example/"],
  ["shop.example", "https://api.shop.example/"],
  ["881", true],
  ["881", { id: "881" }],
  ["881", [["881"]]],
])("a target %p does not cover the value %p", (target, value) => {
  expect(outside([target], { to: value })).toEqual(["/to"]);
});

test("looks at every place that the catalog names, and at every member of a list", () => {
  expect(outside(["881", "shop.example"], { order: "881", to: ["ann@shop.example", "https://shop.example/"] })).toEqual(
    [],
  );
  expect(outside(["881"], { order: "881", to: ["881", "eve@evil.example"] })).toEqual(["/to"]);
  expect(outside(["881"], { order: "882", to: "883" })).toEqual(["/to", "/order"]);
});

test("a place that may be empty is, as long as another one says where the call is aimed", () => {
  expect(outside(["881"], { order: "881" })).toEqual([]);
  expect(outside(["881"], { order: "881", to: null })).toEqual([]);
});

test("a call of which it cannot be told where it is aimed is outside", () => {
  expect(outside(["881"], { other: "881" })).toEqual([""]);
  expect(outside(["881"], { order: "881" }, catalogFact({ known: false }))).toEqual([""]);
  expect(targetsOutside(["881"], toolCall({ argumentsOmitted: true, arguments: {} }), catalog)).toEqual([""]);
});

test("a tool that is aimed at nothing has no target, and neither have messages to a server", () => {
  expect(outside(["881"], { order: "882" }, catalogFact())).toEqual([]);
  expect(targetsOutside(["881"], toolCall({ resourceType: "server" }), catalog)).toEqual([]);
});

test("without a target nothing is covered", () => {
  expect(outside([], { order: "881" })).toEqual(["/order"]);
});

test.each<[readonly string[], readonly string[], string | null]>([
  [["881"], ["881", "882"], null],
  [["883"], ["881"], "883"],
  [["ann@shop.example"], ["shop.example"], null],
  [["api.shop.example"], ["*.shop.example"], null],
  [["*.eu.shop.example"], ["*.shop.example"], null],
  [["*.shop.example"], ["*.shop.example"], null],
  [["shop.example"], ["*.shop.example"], "shop.example"],
  [["*.example"], ["*.shop.example"], "*.example"],
  [["*.evilshop.example"], ["*.shop.example"], "*.evilshop.example"],
  [[], ["881"], null],
])("of %p, what %p does not cover is %p", (targets, of, first) => {
  expect(targetOutside(targets, of)).toBe(first);
});
