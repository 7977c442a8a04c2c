import { eventLimit, mostRead, tooLarge } from "../../../../gateway/act/results/read-limit.ts";
import { route } from "../../../support/builders.ts";

type Judge = Parameters<typeof mostRead>[0];

const blocking = { rules: { oversize: "block", maxBytes: 5_000 } } as Judge;
const passing = { rules: { oversize: "pass-labelled", maxBytes: 5_000 } } as Judge;
const { upstream } = route();
const ofRoute = (maxResponseBytes: number) => ({ upstream: { ...upstream, maxResponseBytes } });

test("a rule that has to read a message bounds it, and no other one does", () => {
  expect([null, passing, blocking].map(mostRead)).toEqual([Infinity, Infinity, 5_000]);
  expect(tooLarge(blocking)).toMatchObject({ code: "result_too_large", hint: "at most 5000 bytes" });
});

test("an event is known to be judged where a rule has a say, not where its values are remembered alone", () => {
  const judged = [null, { ...passing, judges: false }, { ...passing, judges: true }] as Judge[];
  expect(judged.map((judge) => eventLimit(judge, ofRoute(9)).isJudged)).toEqual([false, false, true]);
});

test("an event is bounded by what is smaller, with a refusal that says by which", () => {
  const of = (judge: Judge, bytes: number) => {
    const { maxChars, refusal } = eventLimit(judge, ofRoute(bytes));
    return [maxChars, refusal().code];
  };
  expect(of(blocking, 1_000_000)).toEqual([6_024, "result_too_large"]);
  expect(of(blocking, 6_000)).toEqual([6_000, "upstream_too_large"]);
  expect(of(passing, 1_000_000)).toEqual([1_000_000, "upstream_too_large"]);
});
