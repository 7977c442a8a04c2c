import { canMove } from "../../../gateway/domain/approval.ts";
test("a consumed approval can never be consumed again", () => {
  expect(canMove("released", "released")).toBe(false);
});
