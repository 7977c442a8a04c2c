import { Later } from "../../../gateway/lib/later.ts";

test("does what waits once, one after another in order, and goes on behind what fails", async () => {
  const [done, failed]: [string[], unknown[]] = [[], []];
  const later = new Later();
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await later.add(async () => {
    await turn();
    done.push("first");
  });
  await later.add(() => Promise.reject(new Error("no room")));
  await later.add(async () => void done.push("third"));
  expect(done).toEqual([]);
  await later.run((error) => void failed.push(error));
  await later.run((error) => void failed.push(error));
  expect([done, failed]).toEqual([["first", "third"], [new Error("no room")]]);
});
