import type { Decision } from "../../../../gateway/domain/decision.ts";
import { newContext, type RequestContext } from "../../../../gateway/domain/exchange.ts";
import { callInput } from "../../../../gateway/domain/policy-input.ts";
import type { Bundles, PolicyStatus, ShadowResult } from "../../../../gateway/domain/ports.ts";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { recordedFor } from "../../../../gateway/compose/open-shadow.ts";
import { outcome } from "../../../../gateway/domain/decision-record.ts";
import { LiveShadow } from "../../../../gateway/impact/shadow/live-shadow.ts";
import { activePolicy, decision, facts, subject, toolCall } from "../../../support/builders.ts";
import { eventually } from "../../../support/eventually.ts";
import { quiet } from "../../../support/quiet.ts";

const thread = new URL("../../../support/shadow/shadow-thread.ts", import.meta.url);
const policy = activePolicy({ revision: "active" });

let counted: ShadowResult[];
let told: (revision: string) => void;
let shadow: LiveShadow;

beforeEach(async () => {
  const results: ShadowResult[] = (counted = []);
  const active: Pick<Bundles, "watch"> = {
    watch(listener) {
      told = (revision) => listener({ active: { revision } } as PolicyStatus);
      return () => undefined;
    },
  };
  shadow = new LiveShadow({
    thread,
    threadData: null,
    active: active as Bundles,
    queue: 3,
    clock: systemClock,
    logger: quiet,
    counted: (result) => results.push(result),
    restartMs: 10,
  });
  told("active");
  shadow.start();
  await ready();
});
afterEach(() => shadow.stop());

const ready = () => eventually("the thread is there", () => (shadow.report().status.active === null ? null : true));

function context(tool: string, of = policy): RequestContext {
  const made = newContext({
    decisionId: `d_${tool}`,
    request: { method: "GET", url: "/", rawHeaders: [] },
    startedAt: 0,
  });
  const [call, who, known] = [toolCall({ name: tool }), subject(), facts({ policy: of })];
  return Object.assign(made, { call, subject: who, facts: known, input: callInput(call, who, known) });
}

const offer = (tool: string, said: Partial<Decision> = {}) => shadow.offer(context(tool), decision(said));
const nothingWaits = () => eventually("nothing waits", () => (shadow.report().waiting === 0 ? true : null));

test("a call that is judged is counted, and one that the gateway refused by itself is not compared", async () => {
  offer("one", { effect: "deny", indeterminate: "token_invalid" });
  offer("answer");
  await nothingWaits();
  expect(counted).toEqual(["gateway", "same"]);
  expect(shadow.report()).toMatchObject({ decisions: 2, compared: 1, same: 1, notCompared: { total: 1, gateway: 1 } });
});

test("as many calls wait as may; those beyond are left out and counted, and it goes on when there is room", async () => {
  for (const tool of ["one", "two", "three", "four", "five"]) offer(tool);
  expect(counted).toEqual(["queue", "queue"]);
  expect(shadow.report()).toMatchObject({ waiting: 3, leftOut: { queue: 2, policy: 0, thread: 0 } });
  await shadow.stop();
});

test("what was judged beside a policy that is active no more is left out of the counts of the present one", async () => {
  offer("one");
  told("another");
  shadow.offer(context("answer"), decision());
  await nothingWaits();
  expect(counted).toEqual(["policy", "policy"]);
  expect(shadow.report()).toMatchObject({ against: "another", compared: 0, leftOut: { policy: 2 } });
});

test("when its thread ends, what it had is left out and a finding says why, until it is there again", async () => {
  offer("end");
  offer("two");
  await eventually("the end is a finding", () => (shadow.findings().length === 0 ? null : true));
  expect(shadow.findings()).toMatchObject([
    { name: "policy-shadow", severity: "degraded", problem: expect.stringContaining("it was made to fail") as string },
  ]);
  expect(counted).toEqual(["thread", "thread"]);
  await eventually("it is started again", () => (shadow.findings().length === 0 ? true : null));
  offer("answer");
  await nothingWaits();
  expect(counted).toEqual(["thread", "thread", "same"]);
});

test("a fault while a call is offered, written or counted leaves that one out, and keeps nothing from being done", async () => {
  const broken = () =>
    Object.defineProperty(context("one"), "facts", {
      get() {
        throw new Error("made to fail");
      },
    });
  const done = outcome({ kind: "forwarded" });
  const writes = recordedFor(shadow, (_context, _decision, go) => go());
  expect(await writes(broken(), decision(), () => Promise.resolve(done))).toBe(done);
  expect(counted).toEqual(["thread"]);
  const unwritable = context("two");
  unwritable.input = {
    ...unwritable.input,
    forRecord() {
      throw new Error("made to fail");
    },
  } as never;
  shadow.offer(unwritable, decision());
  offer("answer");
  await nothingWaits();
  expect(counted).toEqual(["thread", "thread", "same"]);
});

test("a thread that cannot be started is a finding, and keeps nobody from starting; nor does a count that fails", async () => {
  const never = new LiveShadow({
    thread,
    threadData: () => undefined,
    active: { watch: () => () => undefined } as unknown as Bundles,
    queue: 3,
    clock: systemClock,
    logger: quiet,
    counted: () => {
      throw new Error("made to fail");
    },
  });
  never.start();
  never.offer(context("one"), decision());
  expect(never.report().leftOut.thread).toBe(1);
  expect(never.findings()).toMatchObject([{ problem: expect.stringContaining("its thread does not start") as string }]);
  await never.stop();
});

test("a decision is offered when it is recorded, and not when it cannot be", async () => {
  const done = outcome({ kind: "forwarded" });
  const act = () => Promise.resolve(done);
  const writes = recordedFor(shadow, (_context, _decision, go) => go());
  const fails = recordedFor(shadow, () => Promise.reject(new Error("disk full")));
  expect(await writes(context("answer"), decision(), act)).toBe(done);
  await expect(fails(context("answer"), decision(), act)).rejects.toThrow("disk full");
  await nothingWaits();
  expect(counted).toEqual(["same"]);
  expect(recordedFor(null, fails)).toBe(fails);
});
