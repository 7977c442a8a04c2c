import { Returns } from "../../../../gateway/store/postgres/returns.ts";

test("a store that could not be asked is told to be back once, and not before it answers", async () => {
  const returns = new Returns();
  const told: string[] = [];
  returns.onReturn(() => told.push("one"));
  returns.onReturn(() => told.push("other"));
  const away = () => Promise.reject(new Error("away"));
  const answers = () => Promise.resolve();
  await returns.of(answers);
  await expect(returns.of(away)).rejects.toThrow("away");
  await expect(returns.of(away)).rejects.toThrow("away");
  expect(told).toEqual([]);
  await returns.of(answers);
  await returns.of(answers);
  expect(told).toEqual(["one", "other"]);
});
