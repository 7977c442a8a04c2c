import type { SignalNotice } from "../../../gateway/domain/ports.ts";
import { signalRecorder } from "../../../gateway/record/signal-recorder.ts";
import { quiet } from "../../support/quiet.ts";
import { testIds, TestClock } from "../../support/builders.ts";

const notice: SignalNotice = {
  transmitter: "idp",
  way: "push",
  jti: 'j"1',
  events: ["session-revoked"],
  effect: "ended",
  code: null,
  detail: "the session was revoked",
  unused: ["device"],
  revocations: ["k_1"],
  targets: [{ kind: "subject", issuer: "https://idp.example", id: "alice" }],
};

function recorder(failure: Error | null = null) {
  const [lines, told]: [string[], unknown[]] = [[], []];
  const { record, note } = signalRecorder({
    clock: new TestClock(),
    ids: testIds(),
    labels: '{"instance":"gw-1"}',
    logger: { ...quiet, error: (text, fields) => void told.push([text, fields]) },
    writer: {
      append(line, done) {
        lines.push(line);
        done(failure);
      },
      keep(line, lost) {
        lines.push(line);
        if (failure !== null) lost(failure);
      },
    },
  });
  return { record, note, lines, told };
}

it("writes one line of kind signal with all that came of it", async () => {
  const { record, lines } = recorder();
  await record(notice);
  expect(JSON.parse(`{"seq":1${lines[0]}}`)).toEqual({
    seq: 1,
    kind: "signal",
    signal_id: expect.stringMatching(/^s_/),
    monotonic_ms: expect.any(Number),
    timestamp: "2026-11-24T12:00:00.000Z",
    labels: { instance: "gw-1" },
    ...notice,
  });
});

it("refuses when the line cannot be written", async () => {
  await expect(recorder(new Error("full")).record(notice)).rejects.toMatchObject({ code: "record_unavailable" });
});

it("notes what nobody sends again without waiting for a disk, and says which line will never be written", () => {
  const { note, lines, told } = recorder(new Error("full"));
  note(notice);
  expect(JSON.parse(`{"seq":1${lines[0]}}`)).toMatchObject({ kind: "signal", ...notice });
  const { transmitter, way, jti, effect, code } = notice;
  expect(told).toEqual([
    ["a signal could not be recorded", { transmitter, way, jti, effect, code, error: "Error: full" }],
  ]);
});
