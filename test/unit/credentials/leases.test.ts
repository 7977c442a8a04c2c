import { Leases, type LeaseSource, type LeasedSecret, type LeaseWish } from "../../../gateway/credentials/leases.ts";
import { CredentialFailure } from "../../../gateway/domain/credential.ts";
import { revocableOf } from "../../../gateway/domain/revocation.ts";
import { subject } from "../../support/builders.ts";
import { keepingLogger, realClock } from "../../support/credentials.ts";
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

let engine: Engine;
let leases: Leases;
let logger: ReturnType<typeof keepingLogger>;
beforeEach(() => {
  engine = new Engine();
  logger = keepingLogger();
  leases = new Leases(engine, { clock: realClock, logger });
});
afterEach(() => leases.close());

const user = (session: string) => revocableOf(subject(), session);
function wished(changes: Partial<LeaseWish> = {}): LeaseWish {
  return { key: "k", user: user("s_1"), ttlMs: null, mostUntil: Infinity, ...changes };
}
const obtain = (ttlMs: number, changes: Partial<LeaseWish> = {}, renewable = true) =>
  leases.obtain(wished(changes), () => engine.make(ttlMs, renewable));

/** How many leases the end of somebody would be compared with. */
async function alive(): Promise<number> {
  let seen = 0;
  await leases.revoke(() => (seen += 1) === 0);
  return seen;
}

test("makes one lease for calls that come at once", async () => {
  const all = await Promise.all([obtain(60_000), obtain(60_000), obtain(60_000)]);
  expect(engine.made).toBe(1);
  expect(new Set(all.map(({ fields }) => fields.get("password")))).toEqual(new Set(["secret-1"]));
});

test("lets a lease that nobody uses end by itself, after one renewal", async () => {
  engine.renewsFor = () => 90;
  await obtain(90);
  await eventually("it was renewed for the use that made it", () => engine.renewed[0] ?? null);
  // Asking for it would use it: its end is seen by nobody having it any more.
  await eventually("nothing of it is left", async () => ((await alive()) === 0 ? true : null));
  expect(engine.renewed).toHaveLength(1);
  expect(engine.revoked).toEqual([]);
});

test("makes a new one when Vault renews for less than half of the first time", async () => {
  engine.renewsFor = () => 30;
  await obtain(100);
  await eventually("it was renewed", () => engine.renewed[0] ?? null);
  await eventually("the next call gets a new one", async () =>
    (await obtain(60_000)).fields.get("password") === "secret-2" ? true : null,
  );
});

test("gets a new one when it cannot be renewed", async () => {
  engine.renewsFor = () => {
    throw new CredentialFailure("unreachable", "vault main did not answer in time");
  };
  await obtain(90);
  await eventually("the next call gets a new one", async () =>
    (await obtain(60_000)).fields.get("password") === "secret-2" ? true : null,
  );
  const told = "a lease could not be renewed; the next call gets a new one";
  await eventually("it was told", () => (logger.lines.some(({ message }) => message === told) ? true : null));
});

test("uses a new one for the call that it was made for, however short it is", async () => {
  expect((await obtain(60_000, { mostUntil: 0 })).fields.get("password")).toBe("secret-1");
});

test("revokes a lease that was replaced but lives, with the end of its user", async () => {
  await obtain(60_000, { mostUntil: performance.now() + 50 }, false);
  await eventually("it is revoked with its token", () => engine.revoked[0] ?? null);
  await obtain(60_000);
  expect(await leases.revoke(({ sessions }) => sessions.includes("s_1"))).toBe(1);
  expect(engine.revoked).toEqual(["db/creds/reader/1", "db/creds/reader/2"]);
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
  await obtain(60_000, { key: "all", user: null });
  expect(await leases.revoke(({ sessions }) => !sessions.includes("s_c"))).toBe(1);
  expect(engine.revoked).toEqual(["db/creds/reader/1"]);
});

test("tries to revoke again, and says when a lease was left", async () => {
  let refusals = 0;
  engine.revoking = async () => {
    if ((refusals += 1) < 3) throw new CredentialFailure("unreachable", "vault main did not answer in time");
  };
  await obtain(60_000);
  await leases.revoke(() => true);
  expect([refusals, engine.revoked]).toEqual([3, ["db/creds/reader/1"]]);
  engine.revoking = async () => {
    throw new CredentialFailure("refused", "vault main answered 403");
  };
  await obtain(60_000, { key: "left" });
  await leases.revoke(() => true);
  // Not the lease's own part: whoever has it can revoke it.
  expect(logger.lines.at(-1)).toEqual({
    message: "a lease could not be revoked; it ends when its time is over",
    fields: { lease: "db/creds/reader" },
  });
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
