import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { MadeRevocation, SignalNotice, WantedRevocation } from "../../../../gateway/domain/ports.ts";
import type { Subject } from "../../../../gateway/domain/subject.ts";
import { SentTokens } from "../../../../gateway/identify/token/sent-tokens.ts";
import { TokenRecheck } from "../../../../gateway/signals/tokens/token-recheck.ts";
import { subject, TestClock } from "../../../support/builders.ts";
import { trustedIssuer } from "../../identify/fixtures.ts";

const iss = "https://idp.example";
const introspection = {
  endpoint: `${iss}/introspect`,
  clientId: "gw",
  secretReference: "env:X",
  cacheMs: 0,
  timeoutMs: 1_000,
  recheckMs: 1_000,
  unansweredMs: 60_000,
};
const issuer = { ...trustedIssuer(iss, "", { introspection }), introspection };

function world() {
  const clock = new TestClock();
  const sent = new SentTokens();
  const underWay: { subject: Subject }[] = [];
  const asked: string[] = [];
  const revoked: WantedRevocation[] = [];
  const records: SignalNotice[] = [];
  let answer: (text: string) => Promise<object> = async () => ({ active: true });
  const recheck = new TokenRecheck(issuer, {
    underWay,
    sent,
    clock,
    introspector: {
      ask: (text) => {
        asked.push(text);
        return answer(text) as Promise<never>;
      },
    },
    revocations: {
      revoke: async (wanted) => {
        revoked.push(wanted);
        return { id: "k_1" } as MadeRevocation;
      },
    },
    note: (notice) => void records.push(notice),
  });
  function begin(digest: string, from = issuer): Subject {
    const who = subject({ token: { digest, jti: `jti of ${digest}`, issuedAt: clock.now() } });
    sent.remember(who.token, `text of ${digest}`, from);
    underWay.push({ subject: who });
    return who;
  }
  return {
    clock,
    recheck,
    begin,
    underWay,
    asked,
    revoked,
    records,
    answerWith: (next: typeof answer) => (answer = next),
  };
}

it("asks once about each token of what is under way, and about no other", async () => {
  const { recheck, begin, underWay, asked, revoked } = world();
  const who = begin("t1");
  underWay.push({ subject: { ...who, roles: [] } }, { subject: subject({ token: null }) });
  begin("t2");
  begin("t3", { ...issuer, trust: "introspection:https://other.example" });
  begin("t4", { ...issuer, introspection: { ...introspection, recheckMs: 0 } });
  await recheck.look();
  expect(asked).toEqual(["text of t1", "text of t2"]);
  expect(revoked).toEqual([]);
});

it("revokes a token that is no longer active until it would have expired, and records it", async () => {
  const { recheck, begin, revoked, records, answerWith } = world();
  const who = begin("t1");
  answerWith(async () => Promise.reject(new Refusal("token_invalid")));
  await recheck.look();
  expect(revoked).toEqual([
    {
      kind: "token",
      issuer: iss,
      target: "t1",
      before: null,
      by: `introspection of ${iss}`,
      reason: "its issuer says that it is no longer active",
      until: who.expiresAt * 1_000 + issuer.clockSkewMs,
    },
  ]);
  expect(records).toMatchObject([{ way: "introspection", effect: "ended", jti: "jti of t1", revocations: ["k_1"] }]);
});

it("lets what is under way go on while the issuer cannot be asked, and ends it when that takes too long", async () => {
  const { clock, recheck, begin, revoked, answerWith } = world();
  begin("t1");
  const away = () => Promise.reject(new Refusal("introspection_unavailable", { detail: "not reached" }));
  answerWith(away);
  await expect(recheck.look()).rejects.toThrow("not reached");
  clock.advance(59_999);
  await expect(recheck.look()).rejects.toThrow("not reached");
  expect(revoked).toEqual([]);
  answerWith(async () => ({ active: true }));
  await recheck.look();
  answerWith(away);
  await expect(recheck.look()).rejects.toThrow("not reached");
  clock.advance(60_000);
  await expect(recheck.look()).rejects.toThrow("not reached");
  expect(revoked).toMatchObject([{ target: "t1", reason: "its issuer could not be asked about it for too long" }]);
});
