import { createHmac } from "node:crypto";
import type { Sql, Steps } from "./sql.ts";

export const digestKeyTable =
  "CREATE TABLE IF NOT EXISTS digest_keys (name TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT";

/** The name of what tells which keys were in use last: it is no key. */
const inUse = "in use";

/** 64 bits: enough to tell the values of one session apart. */
const shown = 16;

export interface DigestKeys {
  /** The key of one use, at least 32 bytes. Each use has its own, and the same in all processes of this store. */
  readonly of: (use: string) => Promise<Uint8Array>;
  /** The store has digests that were made with other keys: equal texts of then and now have different digests. */
  readonly changed: boolean;
}

/**
 * Keys for digests of what is remembered of sessions: derived from the secret that is configured, or, when it is null, made once and
 * kept in the store. Whoever has digests alone cannot try texts on them; with a configured secret, not even who has the store.
 */
export async function digestKeys(sql: Sql, secret: string | null): Promise<DigestKeys> {
  sql.define(digestKeyTable);
  const of = secret === null ? keptKeys(sql) : derivedKeys(secret);
  const keys = secret === null ? "kept" : textOf(await of(inUse)).slice(0, shown);
  return { of, changed: await sql.transaction("sessions", () => noteUse(sql, keys)) };
}

function derivedKeys(secret: string): DigestKeys["of"] {
  return async (use) => createHmac("sha256", secret).update(use).digest();
}

function keptKeys(sql: Sql): DigestKeys["of"] {
  const select = sql.prepare("SELECT key FROM digest_keys WHERE name = ?");
  // Another process may make one at the same time: the first that is in the store counts.
  const chance = sql.either({
    sqlite: "lower(hex(randomblob(32)))",
    postgres: "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')",
  });
  const make = sql.prepare(`INSERT INTO digest_keys (name, key) VALUES (?, ${chance}) ON CONFLICT DO NOTHING`);
  return async function of(use) {
    if ((await select.get(use)) === undefined) await make.run(use);
    return Buffer.from(String((await select.get(use))?.["key"]));
  };
}

/** @returns whether others were in use before */
function* noteUse(sql: Sql, keys: string): Steps<boolean> {
  const before = (yield* sql.prepare("SELECT key FROM digest_keys WHERE name = ?").step.get(inUse))?.["key"];
  if (before === keys) return false;
  const isUsed = (yield* sql.prepare("SELECT 1 FROM digest_keys").step.get()) !== undefined;
  const note = sql.prepare(
    "INSERT INTO digest_keys (name, key) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET key = excluded.key",
  );
  yield* note.step.run(inUse, keys);
  // A store that noted no use has keys of its own, or none yet.
  return before === undefined ? isUsed && keys !== "kept" : true;
}

/** Digests texts with a key: HMAC-SHA-256, of which 16 hex digits are returned. */
export function keyedDigest(key: Uint8Array): (text: string) => string {
  return (text) => createHmac("sha256", key).update(text).digest("hex").slice(0, shown);
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
