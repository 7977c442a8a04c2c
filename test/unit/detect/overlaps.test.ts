import type { Found } from "../../../gateway/detect/kinds.ts";
import type { DetectorKind } from "../../../gateway/domain/result.ts";
import { keepStrongest } from "../../../gateway/detect/overlaps.ts";

function found(kind: DetectorKind, start: number, end: number): Found {
  return { kind, start, end };
}

test("keeps findings side by side, in their order", () => {
  expect(keepStrongest([found("phone", 5, 9), found("email", 0, 5)])).toEqual([
    found("email", 0, 5),
    found("phone", 5, 9),
  ]);
});

test("keeps the longer of two that overlap", () => {
  expect(keepStrongest([found("secret", 0, 10), found("email", 5, 30)])).toEqual([found("email", 5, 30)]);
  expect(keepStrongest([found("secret", 0, 30), found("email", 5, 20), found("phone", 25, 40)])).toEqual([
    found("secret", 0, 30),
  ]);
});

test("keeps the kind that tells more when two are of the same length", () => {
  expect(keepStrongest([found("secret", 0, 10), found("jwt", 0, 10)])).toEqual([found("jwt", 0, 10)]);
});

test("gives one finding where the same was found twice", () => {
  expect(keepStrongest([found("secret", 0, 10), found("secret", 0, 10)])).toEqual([found("secret", 0, 10)]);
});

test("leaves of a phrase what lies outside other findings", () => {
  expect(keepStrongest([found("injection", 0, 50), found("email", 10, 20), found("phone", 40, 60)])).toEqual([
    found("injection", 0, 10),
    found("email", 10, 20),
    found("injection", 20, 40),
    found("phone", 40, 60),
  ]);
});
