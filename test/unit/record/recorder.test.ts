import { newContext, type RequestContext } from "../../../gateway/domain/exchange.ts";
import { outcome, type Outcome } from "../../../gateway/domain/decision-record.ts";
import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import type { Metrics } from "../../../gateway/record/metrics/metrics.ts";
import { Recorder } from "../../../gateway/record/recorder.ts";
import { decision, evaluated, route, subject, TestClock } from "../../support/builders.ts";

interface Line {
  readonly kind: string;
  readonly [member: string]: unknown;
}

/** A recorder whose log the test writes: each awaited line waits for `disk`. */
function world({
  failure = null,
  room = true,
  full = null,
}: { failure?: Error | null; room?: boolean; full?: string | null } = {}) {
  const happened: string[] = [];
  const lines: Line[] = [];
  const disk: ((error: Error | null) => void)[] = [];
  const keep = (text: string): void => void lines.push(JSON.parse(`{${text.slice(1)}}`) as Line);
  const log = {
    failure,
    full,
    append(text: string, done: (error: Error | null) => void) {
      keep(text);
      disk.push(done);
    },
    enqueue(text: string) {
      if (room) keep(text);
      return room;
    },
    keep(text: string, lost: (cause: Error) => void) {
      if (room) keep(text);
      else lost(new Error("no room"));
    },
  };
  const metrics = {
    decided: (id: string) => void happened.push(`decided ${id}`),
    finished: (id: string, { kind }: { kind: string }, ms: number) =>
      void happened.push(`finished ${id} ${kind} ${ms}`),
  };
  const note = (message: string): void => void happened.push(message);
  const clock = new TestClock();
  const recorder = new Recorder({
    writer: log as unknown as LogWriter,
    clock,
    logger: { debug: note, info: note, warn: note, error: note },
    metrics: metrics as unknown as Metrics,
    labels: '{"instance":"gw-1"}',
    maskPointers: [],
    arguments: { keep: "full", maxBytes: 65_536 },
  });
  const context = (changes: Partial<RequestContext> = {}): RequestContext => ({
    ...newContext({
      decisionId: "d_1",
      request: { method: "GET", url: "/", rawHeaders: [] },
      startedAt: clock.monotonic(),
    }),
    ...changes,
  });
  let acts = 0;
  const act = (): Promise<Outcome> => {
    acts += 1;
    return Promise.resolve(outcome({ kind: "forwarded", status: 200, upstreamStatus: 200, responseBytes: 2 }));
  };
  return { recorder, context, clock, act, acts: () => acts, disk, lines, happened };
}

const strict = { route: route({ durability: "strict" }) };
const buffered = { route: route({ durability: "buffered" }) };

test("acts only when the decision is on disk", async () => {
  const { recorder, context, act, acts, disk, lines } = world();
  const recording = recorder.record(context(strict), decision(), act);
  expect(lines.map(({ kind }) => kind)).toEqual(["decision"]);
  expect(acts()).toBe(0);
  disk[0]?.(null);
  expect(await recording).toMatchObject({ kind: "forwarded", status: 200 });
  expect(lines.map(({ kind }) => kind)).toEqual(["decision", "outcome"]);
});

test("does nothing that it cannot record", async () => {
  const { recorder, context, act, acts, disk, lines } = world();
  const recording = recorder.record(context(strict), decision(), act);
  disk[0]?.(new Error("ENOSPC"));
  await expect(recording).rejects.toMatchObject({ code: "record_unavailable" });
  expect(acts()).toBe(0);
  expect(lines).toHaveLength(1);
});

test("counts a decision when it is recorded, and a deny of the gateway's own also when it cannot be", async () => {
  const { recorder, context, act, disk, happened } = world();
  const counted = () => happened.filter((one) => one.startsWith("decided"));
  const unwritten = recorder.record(context(strict), decision(), act);
  disk[0]?.(new Error("ENOSPC"));
  await expect(unwritten).rejects.toMatchObject({ code: "record_unavailable" });
  expect(counted()).toEqual([]);
  const refused = recorder.record(
    context(strict),
    decision({ effect: "deny", indeterminate: "record_unavailable" }),
    act,
  );
  disk[1]?.(new Error("ENOSPC"));
  await expect(refused).rejects.toMatchObject({ code: "record_unavailable" });
  expect(counted()).toHaveLength(1);
  const recorded = recorder.record(context(strict), decision(), act);
  disk[2]?.(null);
  await recorded;
  expect(counted()).toHaveLength(2);
});

test("keeps nobody waiting for the disk on a buffered route, unless the log fails", async () => {
  const healthy = world();
  await healthy.recorder.record(healthy.context(buffered), decision(), healthy.act);
  expect([healthy.disk.length, healthy.lines.length]).toEqual([0, 2]);
  const failing = world({ failure: new Error("ENOSPC") });
  const recording = failing.recorder.record(failing.context(buffered), decision(), failing.act);
  expect(failing.acts()).toBe(0);
  failing.disk[0]?.(null);
  await recording;
  expect(failing.acts()).toBe(1);
});

test("waits for the disk where no route is known", async () => {
  const { recorder, context, act, disk } = world();
  const recording = recorder.record(context({ route: null }), decision(), act);
  expect(disk).toHaveLength(1);
  disk[0]?.(null);
  await recording;
});

test("refuses a buffered call when no more records can be queued", async () => {
  const { recorder, context, act, acts } = world({ room: false });
  await expect(recorder.record(context(buffered), decision(), act)).rejects.toMatchObject({
    code: "record_unavailable",
    detail: "the queue of buffered records is full",
  });
  expect(acts()).toBe(0);
});

test("hands the outcome on and complains when it cannot be recorded: the call has run", async () => {
  const { recorder, context, act, disk, happened } = world({ room: false });
  const recording = recorder.record(context(strict), decision(), act);
  disk[0]?.(null);
  expect(await recording).toMatchObject({ kind: "forwarded" });
  expect(happened).toContain("an outcome could not be recorded");
});

test("writes what came of the call and how long it took", async () => {
  const { recorder, context, clock, lines, happened } = world();
  const known = context(buffered);
  await recorder.record(known, decision(), async () => {
    clock.advance(1_500);
    return outcome({
      kind: "failed",
      code: "upstream_broken",
      status: 502,
      approvalId: 'a"1',
      obligations: ["redact"],
    });
  });
  expect(lines[1]).toEqual({
    kind: "outcome",
    decision_id: "d_1",
    timestamp: "2026-11-24T12:00:01.500Z",
    monotonic_ms: clock.monotonic(),
    outcome: "failed",
    status: 502,
    code: "upstream_broken",
    upstream_status: null,
    forwarded_digest: null,
    response_digest: null,
    response_bytes: null,
    approval_id: 'a"1',
    obligations: ["redact"],
    duration_ms: 1_500,
  });
  expect(happened).toEqual(["decided payments", "finished payments failed 1500"]);
});

test("writes of a call who made it, the input that was judged, the reasons, the revision of policy, and what came of it", async () => {
  const { recorder, context, act, lines } = world();
  const rule = "entitlements/role";
  const reason = { code: "ENTITLED_TOOL", message: "may", rule, severity: "low", controls: [] } as const;
  const { call, subject: who, facts, input } = evaluated();
  const known = context({ ...buffered, call, subject: who, facts, input: input as RequestContext["input"] });
  await recorder.record(known, decision({ effect: "allow", reasons: [reason] }), act);
  const [decided, ended] = lines;
  const { revision, digest } = facts.policy;
  expect(decided).toMatchObject({
    kind: "decision",
    decision_id: "d_1",
    subject: who.id,
    tool: "payments/create_refund",
    rules: [rule],
    bundles: { sallyport: { revision, digest } },
    result: { effect: "allow", reasons: [reason] },
    judged_digest: expect.stringMatching(/^sha256:/),
  });
  expect(decided?.["input"]).toMatchObject({
    subject: { id: who.id },
    resource: { id: "payments/create_refund" },
    context: { arguments: call.arguments },
  });
  expect(ended).toMatchObject({ kind: "outcome", decision_id: "d_1", outcome: "forwarded", status: 200 });
});

test("says of an answer whose digest was left out that it was, and why, and has no digest of it that is null", async () => {
  const { recorder, context, lines } = world();
  for (const digestOmitted of ["event_stream", "off"] as const) {
    const came = outcome({ kind: "forwarded", status: 200, responseBytes: 2_048, digestOmitted });
    await recorder.record(context(buffered), decision(), () => Promise.resolve(came));
    const line = lines.at(-1);
    expect(line).toMatchObject({ response_digest_omitted: digestOmitted, response_bytes: 2_048 });
    expect(line).not.toHaveProperty("response_digest");
  }
  const digested = outcome({ kind: "forwarded", responseDigest: "sha256:a" });
  await recorder.record(context(buffered), decision(), () => Promise.resolve(digested));
  expect(lines.at(-1)).toMatchObject({ response_digest: "sha256:a" });
  expect(lines.at(-1)).not.toHaveProperty("response_digest_omitted");
});

test("counts the refusals of one caller in a row, until it is allowed a call", async () => {
  const { recorder, context, lines, act } = world();
  const of = (id: string) => context({ ...buffered, subject: subject({ id }) });
  const denied = decision({ effect: "deny" });
  for (const id of ["a", "b", "a"]) await recorder.record(of(id), denied, act);
  await recorder.record(of("a"), decision(), act);
  await recorder.record(of("a"), denied, act);
  const decided = lines.filter(({ kind }) => kind === "decision");
  expect(decided.map((line) => line["refused_in_a_row"])).toEqual([undefined, undefined, 2, undefined, undefined]);
});

test("records no decision while the disk is nearly full, and does nothing then", async () => {
  const { recorder, context, act, acts, lines } = world({ full: "the disk has 3 MiB left" });
  for (const durability of [strict, buffered])
    await expect(recorder.record(context(durability), decision(), act)).rejects.toMatchObject({
      code: "record_unavailable",
      detail: "the disk has 3 MiB left",
    });
  expect([acts(), lines]).toEqual([0, []]);
});

test("is idle when what was begun has its outcome in the log, or when the time for it is over", async () => {
  const { recorder, context, lines, disk } = world();
  await recorder.idle(60_000);
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const recorded = recorder.record(context(), decision(), () => promise);
  disk[0]?.(null);
  await recorder.idle(1);
  expect(lines.map(({ kind }) => kind)).toEqual(["decision"]);
  const idle = recorder.idle(60_000);
  resolve(outcome({ kind: "unknown" }));
  await idle;
  expect(lines.map(({ kind }) => kind)).toEqual(["decision", "outcome"]);
  await recorded;
});
