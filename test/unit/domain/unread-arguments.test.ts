import fc from "fast-check";
import { withArgumentsRead } from "../../../gateway/domain/arguments-read.ts";
import { actionBinding } from "../../../gateway/domain/binding.ts";
import { ArgumentDetections } from "../../../gateway/domain/detections.ts";
import { callInput } from "../../../gateway/domain/policy-input.ts";
import { digested, type ToolCall } from "../../../gateway/domain/tool-call.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { urlFacts } from "../../../gateway/gather/urls.ts";
import { sameCall } from "../../../gateway/limits/same-call.ts";
import { readJson, readJsonApart } from "../../../gateway/parse/json/read-json.ts";
import { argumentsLeftOut } from "../../../gateway/record/decision/kept-arguments.ts";
import { facts, route, subject, toolCall } from "../../support/builders.ts";

const find = (text: string) => (text.includes("@") ? [{ kind: "email", start: 0, end: text.length } as const] : []);

/** Looks at the call in the order of `order`; tells all that was seen. */
function seenOf(call: ToolCall, order: readonly number[], masked: readonly string[], maxBytes: number) {
  const known = facts({ urls: urlFacts(call), detected: new ArgumentDetections(call, find) });
  const input = callInput(call, subject(), known);
  const seen: Record<string, unknown> = { urls: known.urls };
  const looks: readonly (() => void)[] = [
    () => (seen["text"] = input.text),
    () => (seen["record"] = [input.forRecord(), input.forRecord(false)]),
    () => (seen["parts"] = input.partsForRecord()?.call.values.toString()),
    () => (seen["left out"] = argumentsLeftOut(input, { keep: "full", maxBytes }, masked)),
    () => (seen["binding"] = actionBinding(call, subject(), { ...known, environment: "test" })),
    () => (seen["same call"] = sameCall(call)),
    () => (seen["context"] = JSON.stringify(input.document.context)),
    () => (seen["copy"] = { ...call }.arguments),
    () => (seen["detected"] = known.detected.places),
  ];
  for (const at of order) looks[at]?.();
  return { ...seen, digest: input.argumentsDigest, keys: Object.keys(call).toSorted() };
}

const member = fc.constantFrom(
  ...['"to":"ada@x"', '"to":"http://e.example/"', '"to":"\\u0061"', '"to":"é"', '"to":1.50', '"to":-0', '"to": "s"'],
  ...['"1":2', '"z":null', '"rows":[{"id":1,"k":"v"},{"id":2,"k":"\\n"}]', '"rows":[{"id":1},{"id":2,"u":"a:b"}]'],
);
const members = fc.uniqueArray(member, { minLength: 1, maxLength: 4, selector: (text) => text.slice(0, 3) });
const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 9 });
const masks = fc.constantFrom([], ["/context/arguments"], ["/context/arguments/to"], ["/context/session"]);

test("a call whose arguments nobody has read is seen as one whose arguments are there, in whichever order it is looked at", () => {
  fc.assert(
    fc.property(
      fc.record({
        members,
        order,
        masks,
        bytes: fc.integer({ min: 4_080, max: 4_110 }),
        near: fc.integer({ min: -1, max: 1 }),
      }),
      ({ members: some, order: looks, masks: masked, bytes, near }) => {
        const open = `{${some.join()},"pad":"`;
        const body = Buffer.from(`${open}${"x".repeat(bytes - Buffer.byteLength(open) - 2)}"}`);
        const { arguments: _arguments, ...base } = toolCall();
        const request = { ...base.request, ...digested("POST", base.request.path, "application/json", body), body };
        const [unread, read] = [readJson(body, route().body.limits), readJson(body, route().body.limits)];
        const putOff = withArgumentsRead({ ...base, request, argumentsRead: unread });
        const there = { ...base, request, argumentsRead: read, arguments: read.value } as ToolCall;
        const unknown = { ...there, argumentsRead: null, arguments: JSON.parse(body.toString()) as JsonObject };
        const seen = seenOf(there, looks, masked, bytes + near);
        expect(seenOf(putOff, looks, masked, bytes + near)).toEqual(seen);
        // Without the bytes there is no digest of them.
        expect({ ...seenOf(unknown, looks, masked, bytes + near), digest: seen.digest }).toEqual(seen);
      },
    ),
    { numRuns: 400 },
  );
});

const ofMessage = ["params", "arguments"].map((key) => Buffer.from(key));

test("arguments that are part of a body and that nobody has read are seen as those that are there", () => {
  fc.assert(
    fc.property(
      fc.record({ members, order, masks, keep: fc.nat(120) }),
      ({ members: some, order: looks, masks: masked, keep }) => {
        const body = Buffer.from(`{ "method":"http:x","params":{"arguments":{${some.join()}},"name":"\\n"}}`);
        const { arguments: _arguments, ...base } = toolCall();
        const request = { ...base.request, ...digested("POST", base.request.path, "application/json", body), body };
        const { member } = readJsonApart(body, route().body.limits, ofMessage);
        const putOff = withArgumentsRead({ ...base, request, argumentsRead: member });
        const args = JSON.parse(`{${some.join()}}`) as JsonObject;
        const unknown = { ...base, request, argumentsRead: null, arguments: args } as ToolCall;
        const { digest: _digest, ...seen } = seenOf(unknown, looks, masked, keep);
        expect(seenOf(putOff, looks, masked, keep)).toMatchObject(seen);
      },
    ),
    { numRuns: 400 },
  );
});
