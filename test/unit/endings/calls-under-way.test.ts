import type { CallUnderWay } from "../../../gateway/domain/ports.ts";
import type { EndedBy } from "../../../gateway/domain/revocation.ts";
import { CallsUnderWay } from "../../../gateway/endings/calls-under-way.ts";
import { subject, TestClock } from "../../support/builders.ts";
import { revocable } from "../../support/endings.ts";

const by: EndedBy = { kind: "subject", id: "k_1", reason: "leaked" };
const ofBot = ({ subject: who }: { readonly subject: string }): boolean => who === "bot";

/** A call that notes what cut it. */
function call(changes: Partial<CallUnderWay> = {}, name = "bot") {
  const cuts: EndedBy[] = [];
  const made: CallUnderWay = {
    what: revocable({ subject: name }),
    subject: subject(),
    since: 0,
    isStream: false,
    stopListening: () => undefined,
    cut: (end) => void cuts.push(end),
    ...changes,
  };
  return { made, cuts };
}

function world() {
  const clock = new TestClock();
  return { clock, underWay: new CallsUnderWay(clock) };
}

test("cuts what is under way and matches, and nothing else", async () => {
  const { clock, underWay } = world();
  const [mine, stream, other] = [call(), call({ isStream: true }), call({}, "other")];
  for (const { made } of [mine, stream, other]) expect(underWay.enter({ ...made, since: clock.at })).toBeNull();
  const cut = underWay.end(ofBot, by);
  expect([mine.cuts, stream.cuts, other.cuts]).toEqual([[by], [by], []]);
  expect([cut.calls, cut.streams, cut.sessions.size, underWay.size]).toEqual([1, 1, 1, 1]);
  await cut.done;
});

test("leaves a call alone that has ended by itself", () => {
  const { clock, underWay } = world();
  const { made, cuts } = call({ since: clock.at });
  underWay.enter(made);
  underWay.leave(made);
  expect([underWay.end(ofBot, by).calls, cuts]).toEqual([0, []]);
});

test("does not let a call begin that was judged before an end and is sent after it", () => {
  const { clock, underWay } = world();
  const judged = clock.at;
  clock.advance(5);
  underWay.end(ofBot, by);
  expect(underWay.enter(call({ since: judged }).made)).toEqual(by);
  expect(underWay.enter(call({ since: judged }, "other").made)).toBeNull();
  expect(underWay.size).toBe(1);
});

test("lets a call begin that came after an end: what bars it then is asked when it is judged", () => {
  const { clock, underWay } = world();
  underWay.end(ofBot, by);
  clock.advance(1);
  expect(underWay.enter(call({ since: clock.at }).made)).toBeNull();
});

test("a call that is sent while an end goes through the others is not sent", () => {
  const { clock, underWay } = world();
  const late = call({ since: clock.at });
  const answers: unknown[] = [];
  const first = call({ since: clock.at, cut: () => void answers.push(underWay.enter(late.made)) });
  underWay.enter(first.made);
  underWay.end(ofBot, by);
  expect([answers, underWay.size]).toEqual([[by], 0]);
});

test("is done when every connection is cut", async () => {
  const { clock, underWay } = world();
  const gate = Promise.withResolvers<void>();
  underWay.enter(call({ since: clock.at, cut: () => gate.promise }).made);
  let isDone = false;
  const done = underWay.end(ofBot, by).done.then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(false);
  gate.resolve();
  await done;
});

test("a call that is older than all that is remembered is not sent", () => {
  const { clock, underWay } = world();
  const judged = clock.at;
  for (let ends = 0; ends <= 10_000; ends += 1) {
    clock.advance(1);
    underWay.end(() => false, by);
  }
  expect(underWay.enter(call({ since: judged }).made)).toMatchObject({ kind: "limit" });
  expect(underWay.enter(call({ since: clock.at }).made)).toBeNull();
});

test("ends are forgotten after half an hour", () => {
  const { clock, underWay } = world();
  underWay.end(ofBot, by);
  const judged = clock.at;
  clock.advance(31 * 60_000);
  underWay.end(() => false, by);
  expect(underWay.enter(call({ since: judged }).made)).toMatchObject({ kind: "limit" });
});
