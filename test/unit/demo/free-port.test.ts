import { freePort } from "../../../demo/gate/config-file.ts";

test("processes of the test runner are given ports apart, and none twice", async () => {
  const [one, other] = await Promise.all(
    ["1", "2"].map((worker) => Promise.all(Array.from({ length: 300 }, () => freePort(worker)))),
  );
  expect(new Set([...one!, ...other!]).size).toBe(600);
  expect(Math.max(...one!)).toBeLessThan(Math.min(...other!));
});
