/** Each step of the path throws each kind of thing, in each place: the tool server is never reached and an answer is always given. */
import { decisionOf } from "../../../gateway/act/respond/refuse.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { type Exchange, newContext } from "../../../gateway/domain/exchange.ts";
import { outcome, type Outcome } from "../../../gateway/domain/decision-record.ts";
import type { Door, Gathered, Read, Steps } from "../../../gateway/pipeline/enforce.ts";
import { failClosed } from "../../../gateway/pipeline/fail-closed.ts";
import { decision, facts, subject, toolCall } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";

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
  const seen = { forwarded: 0, refused: [] as string[], recorded: 0, logged: 0 };
  const fail = (): never => {
    throw thing();
  };
  const at = <T>(name: (typeof places)[number], value: () => T): T => {
    if (place !== name) return value();
    return how === "throws" ? fail() : (Promise.resolve().then(fail) as T);
  };
  const record: Steps<Exchange>["record"] = (_context, _decision, act) => {
    seen.recorded += 1;
    return at("record", act);
  };
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
  const refuse = (_exchange: Exchange, { code }: Refusal): Outcome => {
    seen.refused.push(code);
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
  expect(seen).toEqual({ forwarded: 1, refused: [], recorded: 1, logged: 0 });
});

describe.each(places)("a fault in %s", (place) => {
  test.each(things)("that is %s ends in a refusal", async (_what, thing) => {
    // What these give is never awaited, so they can only throw.
    const atOnce = place === "gather" || place === "decide";
    for (const how of atOnce ? (["throws"] as const) : (["throws", "rejects"] as const)) {
      const { seen, run } = world(place, thing, how);
      await expect(run()).resolves.toBeUndefined();
      expect([seen.forwarded, seen.refused.length]).toEqual([0, 1]);
    }
  });
});

test.each<[(typeof places)[number], string, Thrower, object]>([
  ["parse", "policy_denied", () => new Refusal("policy_denied"), { recorded: 1, logged: 0 }],
  ["decide", "policy_undefined", () => new Refusal("policy_undefined"), { recorded: 1, logged: 1 }],
  ["act", "internal", () => new Error("x"), { recorded: 2, logged: 1 }],
  ["record", "record_unavailable", () => new Refusal("record_unavailable"), { recorded: 2, logged: 2 }],
  ["record", "internal", () => new Refusal("policy_denied"), { recorded: 2, logged: 1 }],
  ["record", "internal", () => new Error("x"), { recorded: 2, logged: 2 }],
])("a fault in %s is recorded and answered as %s, and told to the operator where it is one", async (...row) => {
  const [place, code, thing, counted] = row;
  const { seen, run } = world(place, thing, "throws");
  await run();
  expect(seen).toEqual({ forwarded: 0, refused: [code], ...counted });
});

describe("a call that people approved while its caller waited", () => {
  /** Enters with a call that is held at first; `again` decides what becomes of it the second time. */
  async function entered(again: () => Outcome) {
    const rounds: (string | null)[] = [];
    const refused: [string, string | null][] = [];
    const context = newContext({ decisionId: "d", request: { rawHeaders: [] }, startedAt: 0 });
    const act = async ({ resumed }: Exchange) => {
      rounds.push(resumed);
      return resumed === null ? outcome({ kind: "resumed", approvalId: "apr_1" }) : again();
    };
    const steps = { identify: () => subject(), gather: () => ({ facts: facts() }), decide: () => decision(), act };
    const record: Steps<Exchange>["record"] = (_context, _decision, then) => then();
    const enter = failClosed<Exchange, Read, Gathered>({
      door: { parse: () => ({ call: toolCall() }), steps: () => ({ ...steps, record }), rewrite: () => null },
      record,
      decisionOf,
      logger: quiet,
      refuse: ({ resumed }, { code }) => {
        refused.push([code, resumed]);
        return outcome({ kind: "refused" });
      },
      resume: (exchange, resumed) => ({ ...exchange, resumed }),
    });
    await enter({ context, resumed: null } as Exchange);
    return { rounds, refused };
  }

  test("takes every step again, once", async () => {
    const { rounds, refused } = await entered(() => outcome({ kind: "forwarded" }));
    expect([rounds, refused]).toEqual([[null, "apr_1"], []]);
  });

  test("is refused as the resumed one when that fails", async () => {
    const { rounds, refused } = await entered(() => {
      throw new Refusal("policy_denied");
    });
    expect([rounds, refused]).toEqual([[null, "apr_1"], [["policy_denied", "apr_1"]]]);
  });
});
