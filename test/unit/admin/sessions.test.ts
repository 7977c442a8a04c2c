import { absoluteMs, Sessions, idleMs } from "../../../gateway/admin/sessions.ts";
import type { Account } from "../../../gateway/domain/account.ts";
import { TestClock, testIds } from "../../support/builders.ts";

const year = 365 * 86_400_000;

/** One account, which takes long to read when a test says so. */
class SlowAccounts {
  account: Account | null;
  #waiting: { readonly held: Promise<void>; readonly asked: () => void }[] = [];

  constructor(account: Account) {
    this.account = account;
  }

  async get(): Promise<Account | null> {
    const { account } = this;
    const next = this.#waiting.shift();
    next?.asked();
    await next?.held;
    return account;
  }

  /** What is read next is told when `release` is called; `asked` resolves when it is read. */
  holdNext(): { readonly release: () => void; readonly asked: Promise<void> } {
    const [held, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.#waiting.push({ held: held.promise, asked: asked.resolve });
    return { release: held.resolve, asked: asked.promise };
  }
}

function world() {
  const clock = new TestClock();
  const account = { id: "a", name: "a", password: "", roles: [], teams: [], also: [], created_at: 0, provider: null };
  const accounts = new SlowAccounts(account);
  const sessions = new Sessions({ accounts, clock, ids: testIds(), providerForMs: 0 });
  return {
    account,
    accounts,
    clock,
    sessions,
    start: () => sessions.start("a", { method: "password", provider: null }),
  };
}

test("ends a session in time although it began, or somebody proved again who they are, while the wall clock was ahead", async () => {
  const { clock, sessions, start } = world();
  clock.leap(year);
  const first = await start();
  const second = await sessions.stepUp(first, { purpose: "p", until: clock.now() + 60_000, evidence: {} });
  clock.leap(-year);
  expect(await sessions.find(second.id, false)).toMatchObject({
    idleUntil: clock.now() + idleMs,
    endsAt: clock.now() + absoluteMs,
    stepUps: [{ purpose: "p", until: clock.now() + 60_000 }],
  });
  clock.advance(60_000);
  expect((await sessions.find(second.id, false))?.stepUps).toEqual([]);
  clock.advance(idleMs - 60_000);
  expect(await sessions.find(second.id, false)).toBeNull();
});

test("ends no session early when the wall clock is set forward", async () => {
  const { clock, sessions, start } = world();
  const { id } = await start();
  clock.leap(year);
  expect(await sessions.find(id, false)).not.toBeNull();
});

describe("while an account is read", () => {
  test("a session that its owner ends is not found", async () => {
    const { accounts, sessions, start } = world();
    const { id } = await start();
    const { release, asked } = accounts.holdNext();
    const found = sessions.find(id, true);
    await asked;
    await sessions.end(id);
    release();
    expect(await found).toBeNull();
  });

  test("a session that gets another id is not found under the old one", async () => {
    const { accounts, clock, sessions, start } = world();
    const first = await start();
    const { release, asked } = accounts.holdNext();
    const found = sessions.find(first.id, true);
    await asked;
    await sessions.stepUp(first, { purpose: "p", until: clock.now() + 1_000, evidence: {} });
    release();
    expect(await found).toBeNull();
  });

  test("one of two proofs at once is counted: a session never lives on under two ids", async () => {
    const { accounts, clock, sessions, start } = world();
    const first = await start();
    const { release } = accounts.holdNext();
    const proofs = ["p", "q"].map((purpose) =>
      sessions.stepUp(first, { purpose, until: clock.now() + 1_000, evidence: {} }),
    );
    release();
    const [late, early] = await Promise.allSettled(proofs);
    expect([late, early?.status]).toMatchObject([{ reason: { code: "session_required" } }, "fulfilled"]);
  });

  test("a session that begins when its account is removed ends with it, also when the account is made anew", async () => {
    const { account, accounts, sessions, start } = world();
    const { release, asked } = accounts.holdNext();
    const begun = start();
    await asked;
    accounts.account = null;
    await sessions.endAll(account.id);
    release();
    const { id } = await begun;
    accounts.account = { ...account, created_at: 1 };
    expect(await sessions.find(id, true)).toBeNull();
  });

  test("a stream ends with the session, and not later", async () => {
    const { accounts, sessions, start } = world();
    const { id } = await start();
    const goesOn = sessions.follow(id);
    const { release, asked } = accounts.holdNext();
    const stillOn = goesOn();
    await asked;
    await sessions.end(id);
    release();
    expect(await stillOn).toBe(false);
  });
});

test("an open stream goes on when the session gets another id, and ends with it", async () => {
  const { clock, sessions, start } = world();
  const first = await start();
  const goesOn = sessions.follow(first.id);
  const second = await sessions.stepUp(first, { purpose: "p", until: clock.now() + 1_000, evidence: {} });
  const found = [await sessions.find(first.id, false), (await sessions.find(second.id, false))?.csrf];
  expect([await goesOn(), ...found]).toEqual([true, null, first.csrf]);
  clock.advance(idleMs);
  expect(await goesOn()).toBe(false);
  const third = await start();
  const stillOn = sessions.follow(third.id);
  await sessions.end(third.id);
  expect([await stillOn(), await sessions.follow("unknown")()]).toEqual([false, false]);
});

test("ends the sessions that a provider names, by its own id of them, by the person, or by both", async () => {
  const { sessions, start } = world();
  const at = (sid: string | null) => sessions.start("a", { method: "oidc", provider: { idToken: "t", sid } });
  const [first, second, unnamed, local] = [await at("s1"), await at("s2"), await at(null), await start()];
  const open = async () => {
    const found = await Promise.all([first, second, unnamed, local].map(({ id }) => sessions.find(id, false)));
    return found.map((session) => session !== null);
  };
  expect(await sessions.endAtProvider({ account: null, sid: "s9" })).toBe(0);
  expect(await sessions.endAtProvider({ account: "b", sid: "s1" })).toBe(0);
  expect(await sessions.endAtProvider({ account: null, sid: "s1" })).toBe(1);
  expect(await open()).toEqual([false, true, true, true]);
  expect(await sessions.endAtProvider({ account: "a", sid: null })).toBe(2);
  expect(await open()).toEqual([false, false, false, true]);
});

test("ends a session by every id under which its person was proven at the provider", async () => {
  const { clock, sessions } = world();
  const first = await sessions.start("a", { method: "oidc", provider: { idToken: "t", sid: "s1" } });
  const proof = { purpose: "p", until: clock.now() + 60_000, evidence: {} };
  const after = await sessions.stepUp(first, proof, { idToken: "t2", sid: "s2" });
  expect(await sessions.idTokenOf(after.id)).toBe("t2");
  expect(await sessions.endAtProvider({ account: null, sid: "s1" })).toBe(1);
  expect(await sessions.find(after.id, false)).toBeNull();
});
