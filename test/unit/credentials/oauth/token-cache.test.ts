import { type Token, TokenCache } from "../../../../gateway/credentials/oauth/token-cache.ts";
import { CredentialFailure } from "../../../../gateway/domain/credential.ts";
import { everybodysUse, userOf } from "../../../../gateway/credentials/user-of.ts";
import { wish as callerOf } from "./support.ts";
import { subject, TestClock } from "../../../support/builders.ts";

const user = userOf(callerOf());
const wish = { key: "k", asker: "a", user };

function world() {
  const clock = new TestClock();
  const voided: string[] = [];
  let count = 0;
  const token = (changes: Partial<Token> = {}): Token => {
    const text = `t${(count += 1)}`;
    const made = { inject: [], secrets: [text], expiresAt: null };
    return { made, lifetimeMs: 100_000, void: async () => void voided.push(text), ...changes };
  };
  return { clock, voided, token, cache: new TokenCache(clock), made: () => count };
}

test("asks once for many calls at a time, and again when the token is used up", async () => {
  const { clock, cache, token } = world();
  const make = async () => token();
  const both = await Promise.all([cache.get(wish, make), cache.get(wish, make)]);
  expect(both.map(({ secrets }) => secrets)).toEqual([["t1"], ["t1"]]);
  clock.advance(79_999);
  expect((await cache.get(wish, make)).secrets).toEqual(["t1"]);
  clock.advance(10_001);
  expect((await cache.get(wish, make)).secrets).toEqual(["t2"]);
});

test("asks anew before a token ends, and goes on with the old one meanwhile", async () => {
  const { clock, cache, token } = world();
  await cache.get(wish, async () => token());
  clock.advance(80_000);
  const answer = Promise.withResolvers<Token>();
  expect((await cache.get(wish, () => answer.promise)).secrets).toEqual(["t1"]);
  answer.resolve(token());
  await new Promise(setImmediate);
  expect((await cache.get(wish, () => Promise.reject(new Error("not asked")))).secrets).toEqual(["t2"]);
});

test("goes on with a token that cannot be renewed until it ends", async () => {
  const { clock, cache, token } = world();
  await cache.get(wish, async () => token());
  clock.advance(85_000);
  const failing = () => Promise.reject(new CredentialFailure("unreachable", "down"));
  expect((await cache.get(wish, failing)).secrets).toEqual(["t1"]);
  await new Promise(setImmediate);
  clock.advance(5_000);
  await expect(cache.get(wish, failing)).rejects.toThrow("down");
});

test.each(["unreachable", "refused"] as const)("asks no more for a while after it was %s", async (kind) => {
  const { clock, cache, token, made } = world();
  let asked = 0;
  const failing = (): Promise<Token> => ((asked += 1), Promise.reject(new CredentialFailure(kind, "no")));
  for (const _call of [1, 2, 3]) await expect(cache.get(wish, failing)).rejects.toThrow("no");
  expect(asked).toBe(1);
  const other = { ...wish, key: "other" };
  const elsewhere = cache.get(other, async () => token());
  if (kind === "unreachable") await expect(elsewhere).rejects.toThrow("no");
  else expect((await elsewhere).secrets).toEqual(["t1"]);
  clock.advance(1_000);
  await cache.get(wish, async () => token());
  expect(made()).toBeGreaterThan(0);
});

test("voids what a match names, and nothing else", async () => {
  const { cache, token, voided } = world();
  await cache.get(wish, async () => token());
  const other = { key: "other", asker: "b", user: userOf(callerOf({ subject: subject({ id: "other-bot" }) })) };
  await cache.get(other, async () => token());
  await cache.get({ key: "shared", asker: "", user: everybodysUse(callerOf()) }, async () => token());
  expect(cache.count((what) => what.subject === "refund-bot")).toBe(1);
  expect(await cache.revoke((what) => what.subject === "refund-bot")).toBe(1);
  expect(voided).toEqual(["t1"]);
  expect((await cache.get(wish, async () => token())).secrets).toEqual(["t4"]);
  expect((await cache.get(other, async () => token())).secrets).toEqual(["t2"]);
});

test("voids a token that several use when the access of one of them ends", async () => {
  const { cache, token, voided } = world();
  await cache.get(wish, async () => token());
  await cache.get({ ...wish, user: userOf(callerOf({ subject: subject({ session: "s2" }) })) }, async () => token());
  const matches = (what: object): boolean => JSON.stringify(what).includes('"s2"');
  expect(await cache.revoke(matches)).toBe(1);
  expect(voided).toEqual(["t1"]);
});

test("makes another when there is no room for a further user, and voids the first with any that it was for", async () => {
  const { cache, token, voided } = world();
  const calls = async (count: number): Promise<void> => {
    const called = { digest: `d${count}`, jti: null, issuedAt: null };
    const user = userOf(callerOf({ subject: subject({ token: called }) }));
    if ((await cache.get({ ...wish, user }, async () => token())).secrets[0] === "t1") await calls(count + 1);
  };
  await calls(0);
  expect(await cache.revoke((what) => what.token?.digest === "d0")).toBe(1);
  expect(voided).toEqual(["t1"]);
  expect((await cache.get(wish, async () => token())).secrets).toEqual(["t2"]);
});

test("hands out nothing that was asked for before the access ended, and has it voided", async () => {
  const { cache, token, voided } = world();
  const answer = Promise.withResolvers<Token>();
  const asked = cache.get(wish, () => answer.promise);
  const revoking = cache.revoke(() => true);
  answer.resolve(token());
  await expect(asked).rejects.toMatchObject({ kind: "refused" });
  expect(await revoking).toBe(1);
  expect(voided).toEqual(["t1"]);
  expect((await cache.get(wish, async () => token())).secrets).toEqual(["t2"]);
});

test("lets no more than so many requests wait at once", async () => {
  const { cache, token } = world();
  const answer = Promise.withResolvers<Token>();
  const asked = Array.from({ length: 500 }, (_, at) => cache.get({ ...wish, key: `k${at}` }, () => answer.promise));
  await expect(cache.get({ ...wish, key: "one-more" }, async () => token())).rejects.toMatchObject({
    kind: "unreachable",
  });
  answer.resolve(token());
  expect(await Promise.all(asked)).toHaveLength(500);
  expect((await cache.get({ ...wish, key: "one-more" }, async () => token())).secrets).toEqual(["t2"]);
});

test("asks anew for a token that a tool server refuses, but not each time", async () => {
  const { clock, cache, token } = world();
  const make = async () => token();
  const first = await cache.get(wish, make);
  first.refused?.();
  expect((await cache.get(wish, make)).secrets).toEqual(["t1"]);
  clock.advance(30_000);
  first.refused?.();
  const second = await cache.get(wish, make);
  expect(second.secrets).toEqual(["t2"]);
  first.refused?.();
  expect((await cache.get(wish, make)).secrets).toEqual(["t2"]);
});
