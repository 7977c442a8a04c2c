/** What a real OpenBao server gives for a while, past its first time. */
import { wish } from "../../../support/credentials.ts";
import { eventually } from "../../../support/eventually.ts";
import { describeWithOpenbao } from "../../../support/vault/openbao.ts";
import { basic, kv, leased, startVaultRoom, userOf, type VaultRoom } from "../../../support/vault/vault-room.ts";

describeWithOpenbao("what Vault gives for a while", () => {
  let vault: VaultRoom;
  beforeAll(async () => {
    vault = await startVaultRoom();
  });
  afterEach(() => vault.settle());
  afterAll(() => vault?.close());

  test("is renewed: the gateway's own token", async () => {
    // Its secret id is good for one sign-in: another one would fail.
    const auth = await vault.roleFor("short", "8s");
    const short = vault.provider(kv, {}, vault.client(auth));
    const began = performance.now();
    await eventually("its first time is over", async () => {
      await short.obtain(wish());
      return performance.now() - began > 9_000 ? true : null;
    });
  });

  test("is renewed: a lease that is used", async () => {
    await vault.bao.admin("POST", "rabbitmq/config/lease", { ttl: "8", max_ttl: "120" });
    const dynamic = vault.provider(leased, basic);
    const first = await dynamic.obtain(wish({ run: "s_renewed" }));
    const began = performance.now();
    await eventually("its first time is over", async () => {
      const now = await dynamic.obtain(wish({ run: "s_renewed" }));
      expect(now.inject).toEqual(first.inject);
      return performance.now() - began > 9_000 ? true : null;
    });
    expect(vault.broker.users.has(userOf(first))).toBe(true);
    await vault.bao.admin("POST", "rabbitmq/config/lease", { ttl: "3600", max_ttl: "7200" });
  });
});
