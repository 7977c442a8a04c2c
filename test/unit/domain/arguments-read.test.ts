import { argumentsKnown, isUnread, withArgumentsRead } from "../../../gateway/domain/arguments-read.ts";
import { callInput } from "../../../gateway/domain/policy-input.ts";
import { urlFacts } from "../../../gateway/gather/urls.ts";
import { readJson } from "../../../gateway/parse/json/read-json.ts";
import { facts, subject, toolCall } from "../../support/builders.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 10_000, maxStringBytes: 100_000 };

function unbuilt() {
  const read = readJson(Buffer.from('{"to":"ada","amount":120}'), limits);
  const { arguments: _arguments, ...others } = toolCall();
  return { read, call: withArgumentsRead({ ...others, argumentsRead: read }) };
}

test("builds the arguments when somebody reads them, once, also for copies of the call", () => {
  const { read, call } = unbuilt();
  expect(read.isBuilt).toBe(false);
  expect(Object.keys(call)).toContain("arguments");
  const copy = { ...call, name: "other" };
  expect(copy.arguments).toEqual({ to: "ada", amount: 120 });
  expect([copy.arguments === call.arguments, read.isBuilt]).toEqual([true, true]);
});

test("knows the bytes of arguments without building them, and nothing of others that were put in their place", () => {
  const { read, call } = unbuilt();
  expect([argumentsKnown(call), read.isBuilt]).toEqual([read, false]);
  const changed = { ...call, arguments: { to: "eve" } };
  expect([argumentsKnown(changed), argumentsKnown(call)]).toEqual([null, read]);
  expect(argumentsKnown(toolCall())).toBeNull();
});

test("knows nothing of the bytes of a value that nobody has read, beside other arguments", () => {
  const read = readJson(Buffer.from('{"to":"ada"}'), limits);
  const call = toolCall({ arguments: { to: "https://eve.example" }, argumentsRead: read });
  const input = callInput(call, subject(), facts());
  expect(input.document.context.arguments).toEqual({ to: "https://eve.example" });
  // A member as of any other call, and nothing that is looked up later.
  expect(Object.getOwnPropertyDescriptor(input.document.context, "arguments")).toHaveProperty("value");
  expect(input.argumentsText()).toBe('{"to":"https://eve.example"}');
  expect(urlFacts(call).map(({ host }) => host)).toEqual(["eve.example"]);
  expect(argumentsKnown(call)).toBeNull();
  const unread = readJson(Buffer.from('{"to":"ada"}'), limits);
  expect([isUnread(unbuilt().call), isUnread({ ...call, argumentsRead: unread })]).toEqual([true, false]);
  expect(argumentsKnown({ ...call, argumentsRead: unread })).toBeNull();
});

test("the input and the record of a call that no rule looks into are written without its arguments as an object", () => {
  const { read, call } = unbuilt();
  expect(urlFacts(call)).toEqual([]);
  const input = callInput(call, subject(), facts());
  expect(input.argumentsText()).toBe('{"to":"ada","amount":120}');
  expect(input.partsForRecord()?.call.values).toContain('{"to":"ada","amount":120}');
  expect(JSON.parse(input.text).context.arguments).toEqual({ to: "ada", amount: 120 });
  expect(read.isBuilt).toBe(false);
});

test("the input has them as its own member, at the same place as any other call", () => {
  const { read, call } = unbuilt();
  const { context } = callInput(call, subject(), facts()).document;
  const known = callInput(toolCall(), subject(), facts()).document.context;
  expect([Object.keys(context), read.isBuilt]).toEqual([Object.keys(known), false]);
  expect({ ...context }["arguments"]).toEqual({ to: "ada", amount: 120 });
});
