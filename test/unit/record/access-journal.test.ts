import { accessJournal } from "../../../gateway/record/access-journal.ts";
import { labelsText } from "../../../gateway/record/decision/decision-line.ts";
import { TestClock } from "../../support/builders.ts";
import { revocation } from "../../support/endings.ts";
import { TestLog } from "../../support/record/test-log.ts";
import { quiet } from "../../support/quiet.ts";

const matched = { sessions: 1, held: 2, calls: 3, streams: 4, grants: 5, credentials: 6, unanswered: 0 };
const ended = revocation({ id: "k_9", kind: "subject", target: "bot", reason: 'said "no"', until: Date.UTC(2030, 0) });

test("the decision log says who ended whose access, why, until when, and what ended with it", async () => {
  const log = new TestLog();
  const writer = log.writer();
  await writer.open();
  const labels = labelsText("gw-1", "test");
  const journal = accessJournal({ writer, clock: new TestClock(), logger: quiet, labels });
  journal.note({ action: "revoked", revocation: ended, by: "carol", matched });
  journal.note({ action: "lifted", revocation: ended, by: "dave", matched: null });
  const target = { kind: "connection", person: "alice", credential: "acme" } as const;
  journal.note({ action: "disconnected", id: "k_1", target, by: "alice", reason: "done", matched });
  await writer.close();
  expect(log.lines()).toMatchObject([
    { seq: 1, kind: "segment" },
    {
      seq: 2,
      kind: "access",
      action: "revoked",
      id: "k_9",
      by: "carol",
      reason: 'said "no"',
      matched,
      target: { kind: "subject", issuer: null, target: "bot" },
      until: "2030-01-01T00:00:00.000Z",
      labels: { instance: "gw-1", environment: "test" },
    },
    { seq: 3, kind: "access", action: "lifted", by: "dave", matched: null },
    { seq: 4, kind: "access", action: "disconnected", id: "k_1", target, reason: "done", until: null, matched },
  ]);
  log.remove();
});

test("operators are told of a record that will never be written", () => {
  const told: unknown[] = [];
  const logger = { ...quiet, error: (_text: string, fields?: object) => void told.push(fields) };
  const writer = { keep: (_members: string, lost: (cause: Error) => void) => lost(new Error("full")) };
  accessJournal({ writer, clock: new TestClock(), logger, labels: "{}" }).note({
    action: "revoked",
    revocation: ended,
    by: "carol",
    matched,
  });
  expect(told).toEqual([{ action: "revoked", id: "k_9", error: "Error: full" }]);
});
