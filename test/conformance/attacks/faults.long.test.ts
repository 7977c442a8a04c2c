/** Each step of the path throws each kind of thing, in each place: the tool server is never reached and an answer is always given. */
import { decisionOf } from "../../../gateway/act/respond/refuse.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { type Exchange, newContext } from "../../../gateway/domain/exchange.ts";
import type { Outcome } from "../../../gateway/domain/decision-record.ts";
import type { Door, Gathered, Read, Steps } from "../../../gateway/pipeline/enforce.ts";
import { failClosed } from "../../../gateway/pipeline/fail-closed.ts";
import { decision, facts, subject, toolCall } from "../../support/builders.ts";

type Thrower = () => unknown;
const things: readonly (readonly [string, Thrower])[] = [
  ["an Error", () => new Error("x")],
  ["a Refusal", () => new Refusal("policy_denied")],
  ["a text", () => "x"],
  ["undefined", () => undefined],
  ["null", () => null],
  ["an object without a prototype", () => Object.create(null) as unknown],
  [
    "an error whose stack throws",
    () =>
      Object.defineProperty(new Error("x"), "stack", {
        get: () => {
          throw new Error("stack");
        },
      }),
  ],
  [
    "a proxy that throws",
    () =>
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("proxy");
          },
          getPrototypeOf: () => {
            throw new Error("proxy");
          },
        },
      ),
  ],
];
const places = ["parse", "identify", "gather", "decide", "record", "act"] as const;

function world(place: (typeof places)[number] | null, thing: Thrower, how: "throws" | "rejects") {
  const seen = { forwarded: 0, refused: 0, logged: 0 };
  const fail = (): never => {
    throw thing();
  };
  const at = <T>(name: (typeof places)[number], value: () => T): T => {
    if (place !== name) return value();
    return how === "throws" ? fail() : (Promise.resolve().then(fail) as T);
  };
  const record: Steps<Exchange>["record"] = (_context, _decision, act) => at("record", act);
  const step: Steps<Exchange> = {
    identify: () => at("identify", () => Promise.resolve(subject())),
    gather: () => at("gather", () => Promise.resolve({ facts: facts() })),
    decide: () => at("decide", () => decision()),
    record,
    act: () =>
      at("act", () => {
        seen.forwarded += 1;
        return Promise.resolve(outcome({ kind: "forwarded" }));
      }),
  };
  const door: Door<Exchange> = {
    parse: () => at("parse", () => Promise.resolve({ call: toolCall() })),
    steps: () => step,
    rewrite: () => null,
  };
  const nothing = (): void => undefined;
  const logger = { debug: nothing, info: nothing, warn: nothing, error: () => void (seen.logged += 1) };
  const refuse = (): Outcome => {
    seen.refused += 1;
    return outcome({ kind: "refused" });
  };
  const context = newContext({ decisionId: "d", request: { rawHeaders: [] }, startedAt: 0 });
  const enter = failClosed<Exchange, Read, Gathered>({
    door,
    record,
    logger,
    decisionOf,
    refuse,
    resume: (exchange) => exchange,
  });
  return { seen, run: () => enter({ context } as Exchange) };
}

test("forwards when nothing throws, so that the faults below mean something", async () => {
  const { seen, run } = world(null, () => null, "throws");
  await run();
  expect(seen).toEqual({ forwarded: 1, refused: 0, logged: 0 });
});

describe.each(places)("a fault in %s", (place) => {
  test.each(things)("that is %s ends in a refusal", async (_what, thing) => {
    // What these give is never awaited, so they can only throw.
    const atOnce = place === "gather" || place === "decide";
    for (const how of atOnce ? (["throws"] as const) : (["throws", "rejects"] as const)) {
      const { seen, run } = world(place, thing, how);
      await expect(run()).resolves.toBeUndefined();
      expect(seen.forwarded).toBe(0);
      expect(seen.refused).toBe(1);
    }
  });
});
