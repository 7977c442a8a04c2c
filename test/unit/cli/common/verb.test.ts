import { BundleFailure, TransientFailure } from "../../../../gateway/bundles/failure.ts";
import { asCliFailure, collect, durationOption, wholeNumber } from "../../../../gateway/cli/common/verb.ts";
import { CannotStart, NoPolicy } from "../../../../gateway/domain/errors.ts";

test("reads whole numbers from 1 and durations from one second", () => {
  expect([wholeNumber("1"), wholeNumber("999999"), durationOption("30s"), durationOption("10m")]).toEqual([
    1, 999_999, 30_000, 600_000,
  ]);
  expect(collect("b", ["a"])).toEqual(["a", "b"]);
});

test.each(["0", "-1", "1.5", "1e3", "1000000", ""])("refuses %j as a whole number", (text) => {
  expect(() => wholeNumber(text)).toThrow("Expected a whole number from 1.");
});

test.each(["10ms", "soon", "-1s", ""])("refuses %j as a duration", (text) => {
  expect(() => durationOption(text)).toThrow("Expected a duration such as 30s, 10m or 1h.");
});

test("a start without a policy ends with 3 for what is refused, and with 2 for what could not be read or built now", () => {
  const none = (cause: Error) => new NoPolicy("no policy can be activated", { cause });
  expect(asCliFailure(none(new BundleFailure("compile", "a mistake")))).toMatchObject({
    exit: 3,
    code: "policy_invalid",
  });
  for (const failure of [none(new TransientFailure("load", "no room")), new TransientFailure("load", "no room")])
    expect(asCliFailure(failure)).toMatchObject({ exit: 2, code: "policy_unavailable", message: failure.message });
});

test("what an operator can repair before a start ends it with 2, its own code and its sentence alone", () => {
  expect(asCliFailure(new CannotStart("policy_history_unusable", "look at it"))).toMatchObject({
    exit: 2,
    code: "policy_history_unusable",
    message: "look at it",
  });
});
