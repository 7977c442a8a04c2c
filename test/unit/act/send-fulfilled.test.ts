import { noInjection } from "../../../gateway/act/credentials/injection.ts";
import { type FulfilledCall, sendFulfilled } from "../../../gateway/act/send-fulfilled.ts";
import { type Outcome, outcome } from "../../../gateway/domain/decision-record.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import { evaluated, facts } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";

const approval = { ...facts().approval, status: "approved", id: "a_1" } as const;
const call = evaluated({ facts: facts({ approval }) });
const fulfilled: FulfilledCall = { obligations: [], injection: noInjection, limits: null, executed: () => undefined };

function world(beforeSent: () => null | Promise<void> = () => null) {
  const endings: unknown[] = [];
  const finish = async (...ending: unknown[]) => void endings.push(ending.slice(0, 3));
  const deps = { holds: { finish, endKey: async () => undefined }, results: { beforeSent }, logger: quiet } as never;
  const exchange = {} as Exchange;
  const sent = async (send: () => Promise<Outcome>, sending = call): Promise<unknown> =>
    Promise.resolve(sendFulfilled(deps, exchange, sending, fulfilled, send)).catch((thrown: unknown) => thrown);
  return { endings, exchange, sent };
}

const exhausted = new Refusal("tasks_exhausted");
const unsent = [["a_1", "failed", "used up and never sent: tasks_exhausted"]];

test.each<[string, () => Promise<Outcome>]>([
  ["is refused before anybody sends it", () => Promise.reject(exhausted)],
  [
    "is refused at once",
    () => {
      throw exhausted;
    },
  ],
  ["is refused on the way of its task", async () => outcome({ kind: "refused", code: "tasks_exhausted" })],
])("ends an approval that was used up for a call that %s", async (_how, send) => {
  const { endings, sent } = world();
  await sent(send);
  expect(endings).toEqual(unsent);
});

test("ends an approval that was used up, when what comes before the sending throws at once", async () => {
  const { endings, sent } = world(() => {
    throw exhausted;
  });
  expect(await sent(async () => outcome({ kind: "forwarded" }))).toBe(exhausted);
  expect(endings).toEqual(unsent);
});

test("leaves the ending of an approval to the sender that has taken it over", async () => {
  const { endings, exchange, sent } = world();
  const takenOver = (): void => {
    if (exchange.approvalEnding) exchange.approvalEnding.isTakenOver = true;
  };
  expect(
    await sent(() => {
      takenOver();
      return Promise.reject(exhausted);
    }),
  ).toBe(exhausted);
  await sent(async () => {
    takenOver();
    return outcome({ kind: "refused", code: "upstream_unreachable" });
  });
  expect(endings).toEqual([]);
});

test("ends no approval with one call of its grant, and none of a call without one", async () => {
  const { endings, sent } = world();
  const granted = { ...approval, scope: "uses", grant: { uses: 3, seconds: 60 } } as const;
  await sent(() => Promise.reject(exhausted), evaluated({ facts: facts({ approval: granted }) }));
  await sent(() => Promise.reject(exhausted), evaluated({}));
  expect(endings).toEqual([]);
});
