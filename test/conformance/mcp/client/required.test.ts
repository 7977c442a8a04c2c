/** The suite's own list of what it requires of clients, beside what is played through the gateway. */
import { revisions } from "../suite.ts";
import { notPlayed, requiredOf } from "./required.ts";
import { exceptions, scenarios } from "./scenarios.ts";

test.each(revisions)(
  "every scenario that the suite requires of clients of %s is played or excepted",
  async (revision) => {
    const required = await requiredOf(revision);
    expect(required).toContain("tools_call");
    expect(notPlayed(revision, required)).toEqual([]);
    expect(notPlayed(revision, [...required, "one-more"])).toEqual(["one-more"]);
    expect(Object.keys(scenarios[revision]).filter((scenario) => !required.includes(scenario))).toEqual([]);
  },
);

test.each(exceptions)("the exception %s has a reason, and scenarios that are required", async (which, reason) => {
  const required = await Promise.all(revisions.map((revision) => requiredOf(revision)));
  expect(required.flat().some((scenario) => which.test(scenario))).toBe(true);
  expect(reason.length).toBeGreaterThan(20);
});
