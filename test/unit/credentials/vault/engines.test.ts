/** Secrets that a real OpenBao server makes, renews and revokes. The broker whose users they are is a double. */
import { wish } from "../../../support/credentials.ts";
import { eventually } from "../../../support/eventually.ts";
import { describeWithOpenbao } from "../../../support/vault/openbao.ts";
import { basic, leased, startVaultRoom, userOf, type VaultRoom } from "../../../support/vault/vault-room.ts";

describeWithOpenbao("secrets that Vault makes", () => {
  let vault: VaultRoom;
  beforeAll(async () => {
    vault = await startVaultRoom();
  });
  afterEach(() => vault.settle());
  afterAll(() => vault?.close());

  test("makes one user for the calls of a session, another for another session", async () => {
    const dynamic = vault.provider(leased, basic);
    const [one, same] = await Promise.all([dynamic.obtain(wish()), dynamic.obtain(wish())]);
    const other = await dynamic.obtain(wish({ run: "s_2" }));
    expect(one.inject).toEqual(same.inject);
    expect(other.inject).not.toEqual(one.inject);
    const [username = ""] = Buffer.from(one.inject[0]?.value.slice(6) ?? "", "base64")
      .toString()
      .split(":");
    expect(vault.broker.users.has(username)).toBe(true);
    expect(one.expiresAt).toBeGreaterThan(Date.now());
  });

  test("revokes the user when the access that it was made for ends, and nobody else's", async () => {
    const dynamic = vault.provider(leased, basic);
    const [gone, stays] = [
      await dynamic.obtain(wish({ run: "s_gone" })),
      await dynamic.obtain(wish({ run: "s_stays" })),
    ];
    expect(await dynamic.revoke?.(({ sessions }) => sessions.includes("s_gone"))).toBe(1);
    await eventually("its user is gone", () => (vault.broker.users.has(userOf(gone)) ? null : true));
    expect(vault.broker.users.has(userOf(stays))).toBe(true);
  });

  test("revokes what it made when the gateway stops", async () => {
    const dynamic = vault.provider(leased, basic);
    const made = await dynamic.obtain(wish({ run: "s_stop" }));
    await dynamic.close?.();
    expect(vault.broker.users.has(userOf(made))).toBe(false);
  });

  test("revokes it when it is as old as policy lets it be", async () => {
    const made = await vault.provider(leased, basic).obtain(wish({ run: "s_ttl", ttlS: 1 }));
    await eventually("its user is gone", () => (vault.broker.users.has(userOf(made)) ? null : true));
  });
});
