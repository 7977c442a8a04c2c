import { outcome, type Outcome } from "../../../../gateway/domain/decision-record.ts";
import { OutcomeTexts } from "../../../../gateway/record/decision/outcome-text.ts";
import type { RecordText } from "../../../../gateway/record/decision/shared-record.ts";
import { WholeRecords } from "../../../../gateway/record/decision/whole-records.ts";

const digest = `sha256:${"0af".repeat(21)}b`;
const forwarded: Outcome = outcome({
  kind: "forwarded",
  status: 200,
  upstreamStatus: 200,
  responseBytes: 12,
  forwardedDigest: digest,
  responseDigest: digest.replace("0", "1"),
});

function textOf(texts: OutcomeTexts, of: Outcome, n: number): RecordText {
  const at = { now: Date.parse("2026-11-30T12:00:00.123Z") + n, monotonic: 8_436.2 + n };
  return texts.of({ decisionId: `d_${n}`, outcome: of, at, duration: 12.5 * n });
}

function madeWhole({ shared, members }: RecordText): string {
  const records = new WholeRecords();
  for (const { line } of shared) records.note(`{"seq":1${line}}`);
  const whole = records.whole(`{"seq":3${members}}`);
  expect(records.shared(`{"seq":3${members}}`)).toEqual(JSON.parse(whole));
  return whole;
}

test.each<[string, Partial<Outcome>]>([
  ["an answer", {}],
  [
    "no answer",
    {
      kind: "refused",
      status: 403,
      code: "policy_denied",
      upstreamStatus: null,
      forwardedDigest: null,
      responseDigest: null,
      responseBytes: null,
    },
  ],
  ["an answer whose digest was left out", { responseDigest: null, digestOmitted: "event_stream" }],
  ["a digest of another kind", { forwardedDigest: "sha512:é" }],
  [
    "obligations, a result and credentials",
    { obligations: ["redact"], result: { effect: "allow" } as never, credentials: { names: ["crm"], removed: 1 } },
  ],
])("an outcome that refers to shared members is the same outcome again, byte for byte: %s", (_what, more) => {
  const of = { ...forwarded, ...more };
  const texts = new OutcomeTexts();
  const first = textOf(texts, of, 1);
  expect(first.shared).toEqual([]);
  textOf(texts, of, 2);
  const third = textOf(texts, of, 3);
  expect(third.shared).toHaveLength(1);
  expect(third.members.length).toBeLessThan(`{"seq":3${textOf(new OutcomeTexts(), of, 3).members}}`.length);
  expect(madeWhole(third)).toBe(`{"seq":3${textOf(new OutcomeTexts(), of, 3).members}}`);
});

test.each<[string, Partial<Outcome>]>([
  ["of an approval", { approvalId: "a_1" }],
  ["of an answer that could not be read", { detail: "json_text_refused: a byte order mark at byte 0" }],
  ["of a call that was ended", { endedBy: { kind: "revocation", id: "r_1" } as never }],
])("an outcome %s has all of its members itself", (_what, more) => {
  const texts = new OutcomeTexts();
  for (const n of [1, 2, 3]) expect(textOf(texts, { ...forwarded, ...more }, n).shared).toEqual([]);
});

test("outcomes of different kinds are not like one another", () => {
  const texts = new OutcomeTexts();
  for (const n of [1, 2, 3]) textOf(texts, forwarded, n);
  const other = textOf(texts, { ...forwarded, status: 201 }, 4);
  expect(other.shared).toEqual([]);
  expect(JSON.parse(madeWhole(other))).toMatchObject({ status: 201, upstream_status: 200 });
});

test("each outcome has its own digests, of SHA-256 and of others", () => {
  const texts = new OutcomeTexts();
  const digests = [digest, digest.toUpperCase(), digest.slice(0, -1), "sha512:é", null];
  for (let n = 1; n <= 30; n += 1) {
    const [forwardedDigest = null, responseDigest = null] = [digests[n % 5], digests[(n * 2) % 5]];
    const of = { ...forwarded, forwardedDigest, responseDigest };
    const again = madeWhole(textOf(texts, of, n));
    expect(JSON.parse(again)).toMatchObject({ forwarded_digest: forwardedDigest, response_digest: responseDigest });
  }
});
