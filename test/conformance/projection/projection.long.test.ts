import { readFile } from "node:fs/promises";
import { defaultLimits } from "../../../gateway/decide/host/limits.ts";
import { projected, Projector } from "../../../gateway/decide/host/projector.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { InputDocument } from "../../../gateway/domain/policy-input.ts";
import type { Projection } from "../../../gateway/domain/ports.ts";
import { compare } from "./compare.ts";
import { adversarialPair, type Pair, starterPair } from "./pairs.ts";
import { goldenFile } from "../../support/policy-copy.ts";

let pairs: readonly Pair[];

beforeAll(async () => {
  pairs = await Promise.all([starterPair(), adversarialPair()]);
});

test("gives the same answers to 500 generated inputs whether sent whole or only what is read", () => {
  const { different, compared, answers } = compare(pairs, 500, 7);
  expect(different).toEqual([]);
  expect(compared).toBeGreaterThan(15_000);
  for (const [question, count] of Object.entries(answers))
    expect({ question, many: count > 1 }).toEqual({ question, many: true });
});

test("sends no part of the input that the starter policy cannot read", () => {
  const always = JSON.parse(JSON.stringify(pairs[0]?.projections["sallyport/main/decision"]?.always)) as {
    readonly context: object;
  };
  expect(Object.keys(always.context)).not.toEqual(expect.arrayContaining(["gateway"]));
  expect(always).not.toHaveProperty("resource.properties.declared");
  expect(always).toHaveProperty("subject.properties.proof", { key: true, method: true });
});

test("sends the arguments only of calls whose rules read them", async () => {
  const [starter] = pairs as [Pair, Pair];
  const projection = starter.projections["sallyport/main/decision"] as Projection;
  const projector = new Projector(projection, defaultLimits, starter.data);
  const sent = async (golden: string, changes: JsonObject = {}): Promise<JsonObject> => {
    const { input } = JSON.parse(await readFile(goldenFile(golden), "utf8")) as {
      readonly input: JsonObject & { readonly context: JsonObject };
    };
    const document = { ...input, context: { ...input.context, ...changes } } as unknown as InputDocument;
    const text = projector.write(projected({ document, text: JSON.stringify(document) })).toString();
    return (JSON.parse(text) as { readonly context: JsonObject }).context;
  };
  const large = { arguments: { note: "x".repeat(900_000) } };
  // The rules about forms read members of what servers ask, which this call has not.
  expect(await sent("allows-a-low-read", large)).toHaveProperty("arguments", {});
  expect(await sent("holds-a-refund", large)).toHaveProperty("arguments", large.arguments);
});
