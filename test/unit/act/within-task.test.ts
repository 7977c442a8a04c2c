import { withinTask } from "../../../gateway/act/within-task.ts";
import { CountedCall } from "../../../gateway/domain/counted-call.ts";
import { outcome, type Outcome } from "../../../gateway/domain/decision-record.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { LeaseLedger } from "../../../gateway/domain/ports.ts";
import { evaluated } from "../../support/builders.ts";

function counting() {
  const ended: boolean[] = [];
  const leases: Pick<LeaseLedger, "take"> = {
    take: () => Promise.resolve({ ended: (left) => void ended.push(left) }),
  };
  return { ended, leases };
}

/** Whether the call was counted in the end. */
async function counted(work: (sending: () => void) => Promise<Outcome>): Promise<boolean | undefined> {
  const { ended, leases } = counting();
  await withinTask(leases, {}, evaluated(), work).catch(() => undefined);
  expect(ended).toHaveLength(1);
  return ended[0];
}

const sent = (made: Parameters<typeof outcome>[0]) => async (sending: () => void) => {
  sending();
  return outcome(made);
};

test.each<[Parameters<typeof outcome>[0], boolean]>([
  [{ kind: "forwarded" }, true],
  [{ kind: "withheld" }, true],
  [{ kind: "unknown" }, true],
  [{ kind: "abandoned", forwardedDigest: "sha256:1" }, true],
  [{ kind: "failed", forwardedDigest: "sha256:1" }, true],
  [{ kind: "failed", code: "upstream_unreachable" }, false],
  [{ kind: "abandoned" }, false],
  [{ kind: "refused" }, false],
])("a call that came to %j counts: %p", async (made, isCounted) => {
  expect(await counted(sent(made))).toBe(isCounted);
});

test("a call of which nothing was sent counts for nothing, whatever came of it", async () => {
  expect(await counted(async () => outcome({ kind: "forwarded" }))).toBe(false);
  expect(await counted(() => Promise.reject(new Error("before")))).toBe(false);
});

test.each<[unknown, boolean]>([
  [new Refusal("upstream_address_refused"), false],
  [new Refusal("tasks_exhausted"), false],
  [new Refusal("upstream_broken"), true],
  [new Refusal("result_blocked"), true],
  [new Error("nobody knows"), true],
])("when sending fails with %p it counts: %p", async (thrown, isCounted) => {
  expect(
    await counted(async (sending) => {
      sending();
      throw thrown;
    }),
  ).toBe(isCounted);
});

test("a call that is not counted is carried out all the same, and one that is refused is not", async () => {
  const made = outcome({ kind: "forwarded" });
  expect(await withinTask({ take: () => null }, {}, evaluated(), async () => made)).toBe(made);
  const full = { take: () => Promise.reject(new Refusal("task_used_up")) };
  let began = false;
  const work = async (): Promise<Outcome> => {
    began = true;
    return made;
  };
  await expect(withinTask(full, {}, evaluated(), work)).rejects.toMatchObject({ code: "task_used_up" });
  expect(began).toBe(false);
});

test("a call that is counted as under way ends when its tool server is done with it, or was called off", async () => {
  for (const [free, isKnown] of [
    [(counted: CountedCall) => counted.ended(), true],
    [(counted: CountedCall) => counted.calledOff(), false],
  ] as const) {
    const { ended, leases } = counting();
    const counted = new CountedCall();
    const outcomeOf = Promise.withResolvers<Outcome>();
    const under = withinTask(leases, { counted }, evaluated(), (sending) => {
      sending();
      return outcomeOf.promise;
    });
    if (isKnown) outcomeOf.resolve(outcome({ kind: "abandoned", forwardedDigest: "sha256:1" }));
    if (isKnown) await under;
    await Promise.resolve();
    expect(ended).toEqual([]);
    free(counted);
    outcomeOf.resolve(outcome({ kind: "forwarded" }));
    await under;
    expect(ended).toEqual([true]);
  }
});
