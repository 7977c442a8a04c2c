import { readInputRequests, readRequest } from "../../../../gateway/act/server-requests/read-request.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const read = (method: string, params: JsonObject) => readRequest({ jsonrpc: "2.0", id: 1, method, params });
const elicit = (params: object) => read("elicitation/create", params as JsonObject);
const refused = (what: RegExp) =>
  expect.objectContaining({ code: "upstream_answer_refused", detail: expect.stringMatching(what) }) as Error;
const form = (field: object) => ({ requestedSchema: { type: "object", properties: { Title: field } } });

test("reads a request with the names that a server may choose", () => {
  const params = {
    mode: "form",
    message: "who?",
    requestedSchema: {
      properties: { URL: { type: "string", title: "Mode" }, Properties: {}, toString: { type: "x" } },
    },
  };
  expect(elicit(params)).toEqual({ id: 1, method: "elicitation/create", params });
  expect(readRequest({ jsonrpc: "2.0", id: "", method: "ping" })).toEqual({ id: "", method: "ping", params: {} });
  expect(read("tools/call", { Mode: 1 })).toMatchObject({ method: "tools/call" });
});

test.each<[string, () => unknown, string]>([
  ["the mode", () => elicit({ Mode: "url" }), "mode"],
  ["the address, in Unicode", () => elicit({ mode: "url", ｕrl: "https://a.example" }), "url"],
  ["the form", () => elicit({ requestedschema: {} }), "requestedSchema"],
  ["its fields", () => elicit({ requestedSchema: { Properties: { password: {} } } }), "properties"],
  ["the title of a field", () => elicit(form({ TITLE: "Password" })), "title"],
  ["an option", () => elicit(form({ oneOf: [{ Const: "a" }] })), "const"],
  ["one of several", () => elicit(form({ items: { anyOf: [{ Title: "a" }] } })), "title"],
  ["the messages", () => read("sampling/createMessage", { Messages: [] }), "messages"],
  ["a text", () => read("sampling/createMessage", { messages: [{ content: [{ Text: "a" }] }] }), "text"],
  ["an entry's method", () => readInputRequests({ k: { Method: "roots/list", method: "ping" } }), "method"],
])("refuses a request with another spelling of %s", (_what, reading, meant) => {
  // Not every reader finds it, and the hint goes to callers: no name that a server chose is in it.
  const detail = expect.stringMatching(new RegExp(`read as ${meant}$`)) as string;
  expect(reading).toThrow(expect.objectContaining({ code: "upstream_answer_refused", detail }));
  expect(reading).not.toThrow(refused(/Title/));
});

test.each<[string, () => unknown]>([
  ["an id", () => readRequest({ jsonrpc: "2.0", id: null, method: "ping" })],
  ["an id without a fraction", () => readRequest({ jsonrpc: "2.0", id: 1.5, method: "ping" })],
  ["an id of few digits", () => readRequest({ jsonrpc: "2.0", id: 2 ** 53, method: "ping" })],
  ["params", () => readRequest({ jsonrpc: "2.0", id: 1, method: "ping", params: ["a"] })],
  ["a mode", () => elicit({ mode: "URL", requestedSchema: {} })],
  ["an entry", () => readInputRequests({ k: "x" })],
  ["the method of an entry", () => readInputRequests({ k: { method: 1 } })],
])("refuses a request without %s that can be read", (_what, reading) => {
  expect(reading).toThrow(expect.objectContaining({ code: "upstream_answer_refused" }));
});

test.each<[string, object]>([
  ["a page with a form", { mode: "url", url: "https://a.example", requestedSchema: { properties: { password: {} } } }],
  ["a form with a page", { mode: "form", requestedSchema: {}, url: "javascript:alert(1)" }],
  ["a form without a mode, with a page", { requestedSchema: {}, url: "https://a.example" }],
])("refuses %s, which clients that know no modes take for the other", (_what, params) => {
  expect(() => elicit(params)).toThrow(refused(/that is a form and a page$/));
});

test("reads a form and a page where what the other one has is null", () => {
  const page = { mode: "url", url: "https://a.example", requestedSchema: null };
  for (const params of [{ requestedSchema: {}, url: null }, page]) expect(elicit(params).params).toEqual(params);
});

test("reads 16 entries of one result, and refuses more", () => {
  const entries = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, { method: "roots/list" }]));
  expect(readInputRequests(entries(16))).toHaveLength(16);
  expect(() => readInputRequests(entries(17))).toThrow(
    expect.objectContaining({ code: "upstream_answer_refused", detail: "more than 16 requests in one answer" }),
  );
});
