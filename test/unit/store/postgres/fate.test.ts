import { Fates, FateUnknown, type Marked } from "../../../../gateway/store/postgres/fate.ts";
import type { SqlRow, Statement } from "../../../../gateway/store/sql.ts";

const [first, second]: readonly Marked[] = [
  { id: "1", mark: "m-1" },
  { id: "2", mark: "m-2" },
];

/** Ids, with what PostgreSQL says of each, and the marks that it has. */
function asking(answers: Readonly<Record<string, string | Error>>, marks: readonly string[] = [], isStandby = false) {
  const statusOf = (id: unknown): Promise<SqlRow> => {
    const answer = answers[String(id)]!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ status: answer });
  };
  const markOf = (mark: unknown) => Promise.resolve({ standby: isStandby, marked: marks.includes(String(mark)) });
  const prepare = (text: string) =>
    ({ get: text.includes("pg_xact_status") ? statusOf : markOf }) as unknown as Statement;
  const fates = new Fates(
    { prepare, listed: String, either: ({ postgres }: { readonly postgres: string }) => postgres },
    "p_1",
  );
  let found = 0;
  return { fates, find: () => fates.find(() => (found += 1)), found: () => found };
}

type Fate = ReturnType<typeof asking>["fates"];

/** One that cannot be asked about now. */
async function unknown(fates: Fate, transaction: Marked): Promise<FateUnknown> {
  const failure: unknown = await fates.isCommitted(transaction).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(FateUnknown);
  return failure as FateUnknown;
}

const gone = new Error("no way to the store");

describe("a transaction whose COMMIT was not answered", () => {
  it("is committed where its mark is in the store", async () => {
    const { fates } = asking({ "1": "committed" }, ["m-1"]);
    expect(await fates.isCommitted(first!)).toBe(true);
  });

  it("is undone where its id was given to another, who is committed", async () => {
    const { fates } = asking({ "1": "committed" }, ["m-2"]);
    expect(await fates.isCommitted(first!)).toBe(false);
  });

  it("is asked about again while PostgreSQL says that it is under way", async () => {
    const answers: Record<string, string> = { "1": "in progress" };
    const { fates } = asking(answers, ["m-1"]);
    const fate = fates.isCommitted(first!);
    await new Promise(setImmediate);
    answers["1"] = "committed";
    expect(await fate).toBe(true);
  });
});

describe("transactions that nobody could tell about", () => {
  it("are asked about again where a standby was asked, unless it has the mark", async () => {
    const answers: Record<string, string | Error> = { "1": gone, "2": gone };
    const { fates, find, found } = asking(answers, ["m-2"], true);
    let isKnown = false;
    void (await unknown(fates, first!)).committed.then(() => (isKnown = true));
    const { committed } = await unknown(fates, second!);
    [answers["1"], answers["2"]] = ["aborted", "committed"];
    await find();
    expect([await committed, isKnown, found()]).toEqual([true, false, 1]);
  });

  it("are told when they are committed, also where a later one cannot be asked about", async () => {
    const answers: Record<string, string | Error> = { "1": gone, "2": gone };
    const { fates, find, found } = asking(answers, ["m-1"]);
    const { committed } = await unknown(fates, first!);
    await unknown(fates, second!);
    answers["1"] = "committed";
    await expect(find()).rejects.toThrow("no way to the store");
    expect([await committed, found()]).toEqual([true, 1]);
  });

  it("are undone where their server has never heard of them, and hold up no other", async () => {
    const answers: Record<string, string | Error> = { "1": gone, "2": gone };
    const { fates, find, found } = asking(answers, ["m-2"]);
    const unheard = (await unknown(fates, first!)).committed;
    const other = (await unknown(fates, second!)).committed;
    answers["1"] = Object.assign(new Error("transaction ID 1 is in the future"), { code: "22023" });
    answers["2"] = "committed";
    await find();
    expect([await unheard, await other, found()]).toEqual([false, true, 1]);
  });

  it("are asked about again while they are under way", async () => {
    const answers: Record<string, string | Error> = { "1": gone };
    const { fates, find, found } = asking(answers);
    const { committed } = await unknown(fates, first!);
    answers["1"] = "in progress";
    await find();
    expect(found()).toBe(0);
    answers["1"] = "aborted";
    await find();
    expect([await committed, found()]).toEqual([false, 0]);
  });
});
