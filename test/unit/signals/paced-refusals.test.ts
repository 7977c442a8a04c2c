import { PacedRefusals } from "../../../gateway/signals/paced-refusals.ts";
import { TestClock } from "../../support/builders.ts";

test("records thirty in a minute, and says later how many were left out", () => {
  const clock = new TestClock();
  const paced = new PacedRefusals(clock);
  const taken = Array.from({ length: 40 }, () => paced.detail("forged")).filter((text) => text !== null);
  expect(taken).toEqual(Array.from({ length: 30 }, () => "forged"));
  clock.advance(59_999);
  expect(paced.detail("forged")).toBeNull();
  clock.advance(1);
  expect(paced.detail("forged")).toBe("forged (and 11 more before it, which are not recorded)");
  expect(paced.detail("forged")).toBe("forged");
});
