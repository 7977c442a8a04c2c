import { Leases, type LeaseSource, type LeasedSecret, type LeaseWish } from "../../../gateway/credentials/leases.ts";
import { CredentialFailure } from "../../../gateway/domain/credential.ts";
import { revocableOf } from "../../../gateway/domain/revocation.ts";
import { subject } from "../../support/builders.ts";
import { keepingLogger } from "../../support/credentials.ts";
import { eventually } from "../../support/eventually.ts";

/** Counts what is made, renewed and revoked; a fault is what a test puts there. */
class Engine implements LeaseSource {
  made = 0;
  readonly renewed: string[] = [];
  readonly revoked: string[] = [];
  renewsFor: () => number = () => 60_000;
  revoking: () => Promise<void> = async () => undefined;

  async make(ttlMs: number, renewable = true): Promise<LeasedSecret> {
    const id = `db/creds/reader/${++this.made}`;
    return { id, fields: new Map([["password", `secret-${this.made}`]]), ttlMs, renewable };
  }
  async renew(id: string): Promise<number> {
    this.renewed.push(id);
    return this.renewsFor();
  }
  async revoke(id: string): Promise<void> {
    await this.revoking();
    this.revoked.push(id);
  }
}

/** Timers run by themselves; what is over is a question of this clock alone. */
const clock = { at: 0, now: () => clock.at, monotonic: () => clock.at };
let engine: Engine;
let leases: Leases;
let logger: ReturnType<typeof keepingLogger>;
beforeEach(() => {
  clock.at = 0;
  engine = new Engine();
  logger = keepingLogger();
  leases = new Leases(engine, { clock, logger });
});
afterEach(() => leases.close());

const user = (session: string) => revocableOf(subject(), session);
function wished(changes: Partial<LeaseWish> = {}): LeaseWish {
  return { key: "k", user: user("s_1"), ttlMs: null, within: null, ...changes };
}
const obtain = (ttlMs: number, changes: Partial<LeaseWish> = {}, renewable = true) =>
  leases.obtain(wished(changes), () => engine.make(ttlMs, renewable));

test("makes one lease for calls that come at once", async () => {
  const all = await Promise.all([obtain(60_000), obtain(60_000), obtain(60_000)]);
  expect(engine.made).toBe(1);
  expect(new Set(all.map(({ fields }) => fields.get("password")))).toEqual(new Set(["secret-1"]));
});

test("renews a lease that was used, and lets it end by itself when it was not used since", async () => {
  engine.renewsFor = () => 90;
  await obtain(90);
  clock.at = 60;
  await eventually("it was renewed for the use that made it", () => engine.renewed[0] ?? null);
  clock.at = 120;
  // Asking for it would use it: its end is seen by nobody having it any more.
  expect(leases.count(() => true)).toBe(1);
  clock.at = 150;
  await eventually("nothing of it is left", () => (leases.count(() => true) === 0 ? true : null));
  expect([engine.renewed.length, engine.revoked]).toEqual([1, []]);
});

test("gives a renewed lease to further calls past its first time", async () => {
  engine.renewsFor = () => 90;
  await obtain(90);
  clock.at = 60;
  await eventually("it was renewed", () => engine.renewed[0] ?? null);
  clock.at = 130;
  expect((await obtain(90)).fields.get("password")).toBe("secret-1");
});

test("makes a new one when it is renewed for less than half of the first time", async () => {
  engine.renewsFor = () => 30;
  await obtain(100);
  clock.at = 70;
  await eventually("it was renewed", () => engine.renewed[0] ?? null);
  clock.at = 96;
  expect((await obtain(60_000)).fields.get("password")).toBe("secret-2");
});

test("makes a new one when it cannot be renewed, and says so", async () => {
  engine.renewsFor = () => {
    throw new CredentialFailure("unreachable", "vault main did not answer in time");
  };
  await obtain(90);
  clock.at = 60;
  const told = "a lease could not be renewed; the next call gets a new one";
  await eventually("it was told", () => (logger.lines.some(({ message }) => message === told) ? true : null));
  expect((await obtain(60_000)).fields.get("password")).toBe("secret-1");
  clock.at = 75;
  expect((await obtain(60_000)).fields.get("password")).toBe("secret-2");
});

test("uses a new one for the call that it was made for, however short it is", async () => {
  expect((await obtain(60_000, { within: { expiresAt: 0 } })).fields.get("password")).toBe("secret-1");
});

test("revokes a lease that was replaced but lives, with the end of its user", async () => {
  await obtain(60_000, { within: { expiresAt: 50 } }, false);
  clock.at = 50;
  await eventually("it is revoked with its token", () => engine.revoked[0] ?? null);
  await obtain(60_000);
  expect(await leases.revoke(({ sessions }) => sessions.includes("s_1"))).toBe(1);
  expect(engine.revoked).toEqual(["db/creds/reader/1", "db/creds/reader/2"]);
});

test("makes a new one when a tool server refused it, but not without end", async () => {
  (await obtain(600_000)).refused();
  const first = await obtain(600_000);
  expect(first.fields.get("password")).toBe("secret-1");
  clock.at = 30_000;
  first.refused();
  expect((await obtain(600_000)).fields.get("password")).toBe("secret-2");
  await eventually("the refused one is revoked", () => engine.revoked[0] ?? null);
});

test("lives on with a token that was given more time", async () => {
  const token = { expiresAt: 50 };
  await obtain(60_000, { within: token });
  token.expiresAt = 500;
  clock.at = 100;
  expect((await obtain(60_000, { within: token })).fields.get("password")).toBe("secret-1");
  clock.at = 500;
  await eventually("it ends with its token", () => engine.revoked[0] ?? null);
  expect((await obtain(60_000)).fields.get("password")).toBe("secret-2");
});

test("revokes what is being made when its access ends, and gives it to nobody", async () => {
  const { promise, resolve } = Promise.withResolvers<LeasedSecret>();
  const obtaining = leases.obtain(wished(), () => promise);
  const refused = expect(obtaining).rejects.toMatchObject({ kind: "refused" });
  const ending = leases.revoke(() => true);
  resolve(await engine.make(60_000));
  expect(await ending).toBe(1);
  await refused;
  expect(engine.revoked).toEqual(["db/creds/reader/1"]);
});

test("revokes with any of its users, and tells how many", async () => {
  await obtain(60_000, { key: "shared", user: user("s_a") });
  await obtain(60_000, { key: "shared", user: user("s_b") });
  await obtain(60_000, { key: "other", user: user("s_c") });
  await obtain(60_000, { key: "all", user: user("s_c") });
  expect(await leases.revoke(({ sessions }) => !sessions.includes("s_c"))).toBe(1);
  expect(engine.revoked).toEqual(["db/creds/reader/1"]);
});

test("makes another when there is no room for a further user, and revokes the first with any that it was for", async () => {
  const others = Array.from({ length: 1_000 }, (_, at) => `s_${at}`);
  for (const one of others) if (engine.made < 2) await obtain(60_000, { user: user(one) });
  expect(engine.made).toBe(2);
  expect(await leases.revoke(({ sessions }) => sessions.includes("s_0"))).toBe(1);
  expect(engine.revoked).toEqual(["db/creds/reader/1"]);
  expect((await obtain(60_000)).fields.get("password")).toBe("secret-2");
});

test("tries to revoke again, and says when a lease was left", async () => {
  let refusals = 0;
  engine.revoking = async () => {
    if ((refusals += 1) < 3) throw new CredentialFailure("unreachable", "vault main did not answer in time");
  };
  await obtain(60_000);
  await leases.revoke(() => true);
  // Whoever ends access does not wait for that.
  await eventually("it is revoked", () => engine.revoked[0] ?? null);
  expect(refusals).toBe(3);
  engine.revoking = async () => {
    throw new CredentialFailure("refused", "vault main answered 403");
  };
  await obtain(60_000, { key: "left" });
  await leases.revoke(() => true);
  // Not the lease's own part: whoever has it can revoke it.
  const told = {
    message: "a lease could not be revoked; it ends when its time is over",
    fields: { lease: "db/creds/reader" },
  };
  await eventually("it is told", () => (logger.lines.at(-1)?.message === told.message ? true : null));
  expect(logger.lines.at(-1)).toEqual(told);
});

test("fails at once for a second when whoever makes them cannot be reached", async () => {
  const failing = leases.obtain(wished(), async () => {
    throw new CredentialFailure("unreachable", "no");
  });
  await expect(failing).rejects.toThrow("no");
  await expect(obtain(60_000, { key: "other" })).rejects.toThrow("no");
  expect(engine.made).toBe(0);
});

test("keeps nothing of a secret that could not be made", async () => {
  const failing = leases.obtain(wished(), async () => {
    throw new CredentialFailure("refused", "no");
  });
  await expect(failing).rejects.toThrow("no");
  expect((await obtain(60_000)).fields.get("password")).toBe("secret-1");
});
