import { CredentialFailure } from "../../domain/credential.ts";
import type { Clock, CredentialProvider, CredentialWish, Logger, MadeCredential } from "../../domain/ports.ts";
import type { Revocable } from "../../domain/revocation.ts";
import { principalKey } from "../../domain/subject.ts";
import type { LeaseShare, VaultCredential, VaultDynamic } from "../../domain/vault-credential.ts";
import { type Fields, fieldsOf, filledIn } from "../fields.ts";
import { KeptValues } from "../kept.ts";
import { atPlace } from "../place.ts";
import { everybodysUse, userOf } from "../user-of.ts";
import type { VaultClient } from "./client.ts";
import { decrypted, leaseSource, makeSecret, readKv } from "./engines.ts";
import { Leases } from "../leases.ts";

export interface VaultProviderDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shared by all credentials of one server; whoever made it closes it after them. */
  readonly client: VaultClient;
  /** @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
}

interface Obtained {
  readonly fields: Fields;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null;
}

/** A secret that Vault keeps (KV), makes (dynamic) or holds the key of (transit). */
export function vaultCredential(credential: VaultCredential, deps: VaultProviderDeps): CredentialProvider {
  const { source } = credential;
  if (source.engine === "dynamic") return dynamicCredential(credential, source, deps);
  const { client, clock, secret } = deps;
  const kept = new KeptValues<Fields>({ clock, capacity: 1 });
  const read = () =>
    source.engine === "kv" ? readKv(client, source) : decrypted(client, source, secret(source.ciphertextReference));
  return {
    async obtain() {
      const fields = await kept.get("", async () => ({ value: await read(), forMs: source.cacheMs }));
      return madeOf(credential, { fields, expiresAt: null }, () => kept.forget(""));
    },
  };
}

function dynamicCredential(
  credential: VaultCredential,
  source: VaultDynamic,
  { client, clock, logger }: VaultProviderDeps,
): CredentialProvider {
  const leases = new Leases(leaseSource(client), { clock, logger });
  return {
    async obtain(wish) {
      const leased = await leases.obtain(
        {
          key: shareOf(source.per, wish),
          user: source.per === "gateway" ? everybodysUse(wish) : userOf(wish),
          ttlMs: wish.ttlS === null ? null : wish.ttlS * 1_000,
          within: await client.tokenLife(),
        },
        () => makeSecret(client, source),
      );
      const left = leased.endsAt - clock.monotonic();
      const expiresAt = left === Infinity ? null : clock.now() + left;
      return madeOf(credential, { fields: leased.fields, expiresAt }, leased.refused);
    },
    revoke: (matches: (what: Revocable) => boolean) => leases.revoke(matches),
    count: (matches: (what: Revocable) => boolean) => leases.count(matches),
    close: () => leases.close(),
  };
}

/** One string for all calls that share a lease: also those that may keep it as long. */
function shareOf(per: LeaseShare, { subject, session, task, ttlS }: CredentialWish): string {
  if (per === "gateway") return JSON.stringify([ttlS]);
  const person = subject.actingFor?.id ?? null;
  const run = per === "session" ? [session.id, session.trust, task] : [];
  return JSON.stringify([ttlS, principalKey(subject), person, ...subject.actorChain, run]);
}

function madeOf(
  { place, template, encode }: VaultCredential,
  { fields, expiresAt }: Obtained,
  refused: () => void,
): MadeCredential {
  const plain = filledIn(template, fields);
  const text = encode === "base64" ? Buffer.from(plain).toString("base64") : plain;
  if (!/^[\x20-\x7e]+$/.test(text))
    throw new CredentialFailure("misconfigured", "the secret in Vault holds characters other than printable ASCII");
  // Each field by itself too: a tool server may show one of them.
  const parts = fieldsOf(template).map((name) => fields.get(name) as string);
  const secrets = [...new Set([text, plain, ...parts])];
  return { inject: [atPlace(place, text)], secrets, expiresAt, refused };
}
