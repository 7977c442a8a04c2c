/** Each step of the path throws each kind of thing, in each place: the tool server is never reached and an answer is always given. */
import type { Decision } from "../../../gateway/domain/decision.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import { type Outcome, outcome } from "../../../gateway/domain/decision-record.ts";
import { decisionOf } from "../../../gateway/act/respond/refuse.ts";
import type { Steps } from "../../../gateway/pipeline/enforce.ts";
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
const places = ["parse", "identify", "gather", "decide", "recorded", "act"] as const;

function world(place: (typeof places)[number] | null, thing: Thrower, how: "throws" | "rejects") {
  const seen = { forwarded: 0, refused: 0, logged: 0 };
  const fail = (): never => {
    throw thing();
  };
  const at = <T>(name: (typeof places)[number], value: () => T): T => {
    if (place !== name) return value();
    return how === "throws" ? fail() : (Promise.resolve().then(fail) as T);
  };
  const step: Steps = {
    parse: () => at("parse", () => Promise.resolve(toolCall())),
    identify: () => at("identify", () => Promise.resolve(subject())),
    gather: () => at("gather", () => facts()),
    decide: () => at("decide", () => decision()),
    recorded: (_exchange: Exchange, _decision: Decision, act: () => Promise<Outcome>) => at("recorded", act),
    act: () =>
      at("act", () => {
        seen.forwarded += 1;
        return Promise.resolve(outcome({ kind: "forwarded" }));
      }),
    resume: (exchange) => exchange,
  };
  const nothing = (): void => undefined;
  const logger = { debug: nothing, info: nothing, warn: nothing, error: () => void (seen.logged += 1) };
  const refuse = (): Outcome => {
    seen.refused += 1;
    return outcome({ kind: "refused" });
  };
  const trail = { decisionId: "d", route: null, call: null, subject: null, facts: null, input: null, rpc: null };
  return { seen, run: () => failClosed({ step, logger, decisionOf, refuse })({ trail } as unknown as Exchange) };
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
