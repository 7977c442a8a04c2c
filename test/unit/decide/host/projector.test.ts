import { defaultLimits } from "../../../../gateway/decide/host/limits.ts";
import { projected, Projector } from "../../../../gateway/decide/host/projector.ts";
import { callInput } from "../../../../gateway/domain/policy-input.ts";
import type { Projection, ReadTree } from "../../../../gateway/domain/ports.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { facts, subject, toolCall } from "../../../support/builders.ts";
import { inputOf } from "../support/compile-rego.ts";
import { faultOf } from "../support/hosted.ts";

const projector = (always: ReadTree, parts: Partial<Projection> = {}, data = {}) =>
  new Projector({ always, dispatched: [], guarded: [], ...parts }, defaultLimits, data);
const sent = (always: ReadTree, document: unknown) =>
  projector(always)
    .write(projected(inputOf(document)))
    .toString();

test("writes the members that are read, whole or only as far as they are looked at", () => {
  const document = { a: { b: [1, 'ä"\n'], c: 2 }, d: { e: { f: 1 } }, g: 1 };
  expect(sent({ a: { b: true }, d: { e: {} }, x: true }, document)).toBe('{"a":{"b":[1,"ä\\"\\n"]},"d":{"e":{}}}');
});

test("keeps the type of what is only looked at", () => {
  expect(sent({ a: {}, b: {}, c: { x: true }, d: {}, e: {} }, { a: [1], b: "text", c: [1], d: null, e: false })).toBe(
    '{"a":[],"b":"text","c":[],"d":null,"e":false}',
  );
});

test("takes no inherited member for one of the document", () => {
  expect(sent(JSON.parse('{"constructor":true,"toString":{}}') as ReadTree, {})).toBe("{}");
  expect(sent(JSON.parse('{"__proto__":true}') as ReadTree, JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
});

test("writes the nanoseconds digit by digit, wherever they are sent from", () => {
  const input = { ...inputOf({ context: { time: { ns: 0, hour: 9 }, x: 1 } }), timeNs: "1790000000123456789" };
  for (const reads of [
    { context: { time: { ns: true } } },
    { context: { time: true } },
    { context: true },
  ] as ReadTree[])
    expect(projector(reads).write(projected(input)).toString()).toContain('"time":{"ns":1790000000123456789');
  const text = '{"context":{"time":{"ns":1790000000123456789}}}';
  const replayed = { document: inputOf(JSON.parse(text)).document, text };
  expect(
    projector({ context: { time: { ns: {} } } })
      .write(projected(replayed))
      .toString(),
  ).toBe(text);
});

test("writes the whole context of a call as its record has it, with what is looked up at the first look", () => {
  const input = callInput(toolCall(), subject(), facts());
  const { context } = JSON.parse(input.text) as JsonObject;
  for (const reads of [{ context: true }, true] as ReadTree[]) {
    const written = JSON.parse(projector(reads).write(projected(input)).toString()) as JsonObject;
    expect(written["context"]).toEqual(context);
    expect(written["context"]).toMatchObject({
      provenance: [],
      before: { same: false, there: 0 },
      risk: { score: null },
    });
  }
});

test("adds what a dispatched package reads, found by its own names only", () => {
  const dispatch = { by: [["server"], ["tool"]], targets: { payments: { "create/refund": { arguments: true } } } };
  const of = (document: object) =>
    projector({ id: true }, { dispatched: [dispatch as Projection["dispatched"][number]] })
      .write(projected(inputOf(document)))
      .toString();
  const rest = { id: 1, arguments: { x: 1 } };
  expect(of({ ...rest, server: "payments", tool: "create/refund" })).toBe('{"id":1,"arguments":{"x":1}}');
  expect(of({ ...rest, server: "payments", tool: "other" })).toBe('{"id":1}');
  expect(of({ ...rest, server: "payments", tool: "toString" })).toBe('{"id":1}');
  expect(of({ ...rest, server: "payments" })).toBe('{"id":1}');
  expect(of({ ...rest, server: 7, tool: "create/refund" })).toContain('"server":7');
});

test("adds what is read under conditions only when the data and the input fulfil all of them", () => {
  const when: Projection["guarded"][number]["when"] = [
    { data: ["limits", ["server"], null] },
    { at: ["reversible"], is: true, not: true },
    { at: ["kind"], is: "tool", not: false },
  ];
  const data = { limits: { payments: { refund: 1 }, empty: {}, none: null, list: [1] } };
  const of = (document: object) =>
    projector({}, { guarded: [{ when, reads: { arguments: true } }] }, data)
      .write(projected(inputOf(document)))
      .toString();
  const call = { server: "payments", kind: "tool", arguments: { x: 1 } };
  const sentArguments = '{"arguments":{"x":1}}';
  expect(of(call)).toBe(sentArguments);
  expect(of({ ...call, reversible: false })).toBe(sentArguments);
  expect(of({ ...call, reversible: true })).toBe("{}");
  expect(of({ ...call, kind: "server" })).toBe("{}");
  expect(of({ ...call, kind: undefined })).toBe("{}");
  for (const server of ["crm", "toString", "empty", "none", undefined]) expect(of({ ...call, server })).toBe("{}");
  expect(of({ ...call, server: "list" })).toBe(sentArguments);
  expect(of({ ...call, server: 7 })).toBe(sentArguments);
});

test("costs nothing for what is not read, and refuses what is read and too large", () => {
  const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${index}`, index]));
  expect(sent({ a: true }, { a: 1, b: many })).toBe('{"a":1}');
  expect(faultOf(() => sent({ b: true }, { a: 1, b: many }))).toBe("policy_input_too_large");
  expect(faultOf(() => sent({ b: true }, { b: "x".repeat(2_000_000) }))).toBe("policy_input_too_large");
  const deep = JSON.parse("[".repeat(70) + "]".repeat(70)) as unknown;
  expect(faultOf(() => sent({ b: { c: true } }, { b: { c: deep } }))).toBe("policy_input_too_large");
});
