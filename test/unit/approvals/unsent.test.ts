import { endingUnsent, neverSent } from "../../../gateway/approvals/unsent.ts";
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
