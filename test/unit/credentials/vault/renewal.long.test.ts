/** What a real OpenBao server gives for a while, past its first time. */
import type { CredentialProvider, MadeCredential } from "../../../../gateway/domain/ports.ts";
import { wish } from "../../../support/credentials.ts";
import { eventually } from "../../../support/eventually.ts";
import { describeWithOpenbao } from "../../../support/vault/openbao.ts";
import { basic, kv, leased, startVaultRoom, userOf, type VaultRoom } from "../../../support/vault/vault-room.ts";

/** Each is renewed at two thirds of it: a third is left for a machine that stands still, or else the server really ends them. */
const firstTimeS = 24;

describeWithOpenbao("what Vault gives for a while", () => {
  let vault: VaultRoom;
  let short: CredentialProvider;
  let dynamic: CredentialProvider;
  let first: MadeCredential;
  /** When both had been given. */
  let began: number;
  beforeAll(async () => {
    vault = await startVaultRoom();
    // Its secret id is good for one sign-in: another one would fail.
    short = vault.provider(kv, {}, vault.client(await vault.roleFor("short", `${firstTimeS}s`)));
    await vault.bao.admin("POST", "rabbitmq/config/lease", { ttl: String(firstTimeS), max_ttl: "600" });
    dynamic = vault.provider(leased, basic);
    await short.obtain(wish());
    first = await dynamic.obtain(wish({ run: "s_renewed" }));
    began = performance.now();
  });
  afterAll(async () => {
    await vault?.settle();
    await vault?.close();
  });

  const isOver = () => (performance.now() - began > (firstTimeS + 1) * 1_000 ? true : null);

  test("is renewed: the gateway's own token", async () => {
    await eventually("its first time is over", async () => {
      await short.obtain(wish());
      return isOver();
    });
  });

  // Not while its renewal is due: a call that a machine has held up until then gets a new one, which is right.
  test("is renewed: a lease that is used", async () => {
    await eventually("its first time is over", isOver);
    const now = await dynamic.obtain(wish({ run: "s_renewed" }));
    expect(now.inject).toEqual(first.inject);
    expect(vault.broker.users.has(userOf(first))).toBe(true);
  });
});
