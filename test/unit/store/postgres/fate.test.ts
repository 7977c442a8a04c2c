import { OpenFates } from "../../../../gateway/store/postgres/fate.ts";
import type { SqlRow, Statement } from "../../../../gateway/store/sql.ts";

/** Transactions and what PostgreSQL says of each. */
function asking(answers: Readonly<Record<string, string | Error>>) {
  const get = (transaction: unknown): Promise<SqlRow> => {
    const answer = answers[String(transaction)]!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ status: answer });
  };
  const fates = new OpenFates({ get } as unknown as Statement);
  let found = 0;
  return { fates, find: () => fates.find(() => (found += 1)), found: () => found };
}

describe("transactions that nobody could tell about", () => {
  it("are told when they are committed, also where a later one cannot be asked about", async () => {
    const { fates, find, found } = asking({ "1": "committed", "2": new Error("no way to the store") });
    const first = fates.add("1");
    void fates.add("2");
    await expect(find()).rejects.toThrow("no way to the store");
    expect([await first, found()]).toEqual([true, 1]);
  });

  it("are undone where their server has never heard of them, and hold up no other", async () => {
    const future = Object.assign(new Error("transaction ID 9 is in the future"), { code: "22023" });
    const { fates, find, found } = asking({ "9": future, "1": "committed" });
    const [unheard, other] = [fates.add("9"), fates.add("1")];
    await find();
    expect([await unheard, await other, found()]).toEqual([false, true, 1]);
  });

  it("are asked about again while they are under way", async () => {
    const answers: Record<string, string> = { "1": "in progress" };
    const { fates, find, found } = asking(answers);
    const fate = fates.add("1");
    await find();
    expect(found()).toBe(0);
    answers["1"] = "aborted";
    await find();
    expect([await fate, found()]).toEqual([false, 0]);
  });
});
