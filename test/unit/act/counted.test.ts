import { countsUnderWay, whileCounted } from "../../../gateway/act/counted.ts";
import { Cancellations } from "../../../gateway/act/hold/wait.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import { evaluated } from "../../support/builders.ts";

const done = outcome({ kind: "forwarded" });

test("frees the place of a call with its outcome, whatever it is", async () => {
  for (const send of [() => done, () => Promise.reject(new Error("the disk is full"))]) {
    const freed: boolean[] = [];
    const sending = whileCounted(new Cancellations(), {} as Exchange, evaluated(), (counted) => {
      counted.whenFree((isEarly) => void freed.push(isEarly));
      return send();
    });
    await sending.catch(() => undefined);
    expect(freed).toEqual([false]);
  }
});

test("keeps the place of a call whose answer is still read for a caller that has left", async () => {
  const exchange = {} as Exchange;
  const over = Promise.withResolvers<void>();
  let isFree = false;
  await whileCounted(new Cancellations(), exchange, evaluated(), (counted) => {
    counted.over = over.promise;
    return done;
  });
  exchange.counted?.whenFree(() => (isFree = true));
  expect(isFree).toBe(false);
  over.resolve();
  await over.promise;
  await Promise.resolve();
  expect(isFree).toBe(true);
});

test("counts no call that neither a limit nor a task counts as under way", () => {
  const taken = { isUnderWay: false, ended: () => undefined, leave: () => undefined };
  expect([null, taken, { ...taken, isUnderWay: true }].map((limits) => countsUnderWay(evaluated(), limits))).toEqual([
    ...[false, false, true],
  ]);
});
