import { selfTestInput } from "../../../../gateway/bundles/golden-cases.ts";
import type { ActivePolicy } from "../../../../gateway/domain/ports.ts";
import { ShadowJudge } from "../../../../gateway/impact/shadow/shadow-judge.ts";
import type { Judged, ShadowCall } from "../../../../gateway/impact/shadow/shadow-messages.ts";
import { policyThat } from "../../decide/support/policies.ts";

const deny = [{ result: { effect: "deny", reasons: [], obligations: [], approval: null, risk: 0 } }];
const said = { effect: "allow", reasons: [], obligations: [], demands: [], approval: null };

const call = (id: string): ShadowCall => ({
  id,
  at: "2026-01-01T00:00:00.000Z",
  tool: "crm/find",
  subject: "bot",
  said,
  revision: "active",
  text: JSON.stringify(selfTestInput("call")),
  leftOut: [],
});

/** A judge whose evaluations take `ms` on the test's clock. */
function world({ cpuShare, ms, candidate }: { cpuShare: number; ms: number; candidate?: ActivePolicy | null }) {
  let now = 0;
  const happened: string[] = [];
  const judged: Judged[] = [];
  const slow = policyThat(() => {
    now += ms;
    return { results: deny, fuel: 1 };
  });
  const judge = new ShadowJudge({
    candidate: () => (candidate === undefined ? slow : candidate),
    find: () => [],
    clock: { monotonic: () => now },
    cpuShare,
    tell: (some) => {
      judged.push(...some);
      happened.push(`${some.length} judged`);
    },
    rest: (length) => {
      happened.push(`rests ${Math.round(length)}`);
      now += length;
      return Promise.resolve();
    },
  });
  return { judge, happened, judged };
}

test("judging takes its share of a core and no more: after each turn it rests in proportion", async () => {
  const { judge, happened } = world({ cpuShare: 0.1, ms: 2 });
  judge.add(["a", "b", "c", "d"].map(call));
  await judge.idle();
  expect(happened).toEqual(["3 judged", "rests 54", "1 judged", "rests 18"]);
});

test("a candidate that burns its budget with each call waits the longer", async () => {
  const { judge, happened } = world({ cpuShare: 0.5, ms: 80 });
  judge.add([call("a"), call("b")]);
  await judge.idle();
  expect(happened).toEqual(["1 judged", "rests 80", "1 judged", "rests 80"]);
});

test("what differs is told with both answers, and names both policies", async () => {
  const { judge, judged } = world({ cpuShare: 1, ms: 0 });
  judge.add([call("d_1")]);
  await judge.idle();
  expect(judged).toMatchObject([
    {
      against: "active",
      candidate: "test",
      unknown: [],
      difference: { of: "d_1", change: { kind: "allow→deny", widens: false }, before: { effect: "allow" } },
    },
  ]);
});

test("what the candidate reads and nobody knows is told as a place, and not as a difference", async () => {
  const reading = policyThat((_entrypoint, { document }) => {
    void (document.context["session"] as Record<string, unknown>)["history"];
    return { results: deny, fuel: 1 };
  });
  const { judge, judged } = world({ cpuShare: 1, ms: 0, candidate: reading });
  judge.add([{ ...call("d_1"), leftOut: ["/context/session/history"] }]);
  await judge.idle();
  expect(judged).toMatchObject([{ difference: null, unknown: ["/context/session/history"] }]);
});

test("without a candidate nothing is compared", async () => {
  const { judge, judged } = world({ cpuShare: 1, ms: 0, candidate: null });
  judge.add([call("d_1")]);
  await judge.idle();
  expect(judged).toMatchObject([{ candidate: null, difference: null }]);
});
