import { endingUnsent, neverSent } from "../../../gateway/approvals/unsent.ts";
import { holds } from "../../../gateway/approvals/holds.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { eventually } from "../../support/eventually.ts";

class Unknown extends Error {
  readonly committed: Promise<boolean>;

  constructor(committed: Promise<boolean>) {
    super("nobody can tell");
    this.committed = committed;
  }
}

function consuming(failure: Error) {
  const finished: unknown[] = [];
  const told: string[] = [];
  const consume = endingUnsent(
    {
      consume: () => Promise.reject(failure),
      finish: (...ending) => Promise.resolve(void finished.push(ending)),
    },
    (id) => told.push(id),
  );
  return { consume, finished, told };
}

describe("an approval of which nobody can tell whether it was used up", () => {
  it("is refused, and ends as failed when it turns out that it was", async () => {
    const fate = Promise.withResolvers<boolean>();
    const { consume, finished, told } = consuming(new Unknown(fate.promise));
    await expect(consume("a_1")).rejects.toThrow("nobody can tell");
    expect(finished).toEqual([]);
    fate.resolve(true);
    await eventually("it has ended", () => (finished.length === 1 ? true : null));
    expect([finished, told]).toEqual([[["a_1", "failed", neverSent]], ["a_1"]]);
  });

  it.each([
    ["stays what it is when it turns out that it was not", "a_1", false],
    ["has no ending where it was a use of a permission", "g_1", true],
  ])("%s", async (_, id, isCommitted) => {
    const fate = Promise.resolve(isCommitted);
    const { consume, finished } = consuming(new Unknown(fate));
    await expect(consume(id)).rejects.toThrow("nobody can tell");
    await fate;
    await new Promise(setImmediate);
    expect(finished).toEqual([]);
  });
});

test("an approval that was not used up is refused with what kept it from that", async () => {
  const { consume, finished } = consuming(new Error("no disk"));
  await expect(consume("a_1")).rejects.toThrow("no disk");
  expect(finished).toEqual([]);
});

describe("an approval whose use is committed without an answer", () => {
  /** Two processes that have the same approved call. COMMITs of the first are not answered. */
  async function approved() {
    const made = testApprovals();
    const { id, action_digest } = await made.holds.open(holdRequest());
    await made.service.vote(id, action_digest, approver, { vote: "approve", reason: null });
    const fate = Promise.withResolvers<boolean>();
    let depth = 0;
    async function atomically<T>(work: () => Promise<T>): Promise<T> {
      depth += 1;
      const result = await made.store.atomically(work).finally(() => (depth -= 1));
      if (depth === 0) throw new Unknown(fate.promise);
      return result;
    }
    const store = { ...made.store, atomically };
    const inner = holds({ ...made.approvals, store, perSubject: 10, draining: new AbortController().signal });
    const told: string[] = [];
    const consume = endingUnsent({ consume: inner.consume, finish: made.holds.finish }, (one) => told.push(one));
    const stateNow = async () => (await made.store.get(id))?.state;
    return { id, consume, other: made.holds, fate, told, stateNow };
  }

  it("ends as failed when it was this use that used it up", async () => {
    const { id, consume, fate, told, stateNow } = await approved();
    await expect(consume(id)).rejects.toThrow("nobody can tell");
    fate.resolve(true);
    await eventually("it has ended", async () => ((await stateNow()) === "failed" ? true : null));
    expect(told).toEqual([id]);
  });

  it("stays released when another had used it up before", async () => {
    const { id, consume, other, fate, told, stateNow } = await approved();
    expect(await other.consume(id)).toBe(true);
    await expect(consume(id)).rejects.toThrow("nobody can tell");
    fate.resolve(true);
    await fate.promise;
    for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
    expect([await stateNow(), told]).toEqual(["released", []]);
  });
});
