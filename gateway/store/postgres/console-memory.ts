import type { ConsoleSessionStore, EndedSessions, KeptConsoleSession, OneTimeStore } from "../../domain/ports.ts";
import { purging } from "../purging.ts";
import type { SqlRow } from "../sql.ts";
import type { PostgresConnection } from "./connection.ts";

const columns = "key, life, account, began, seen, body";

/** Who is signed in at the console, for all gateways of a store. */
export function sharedConsoleSessions(connection: PostgresConnection): ConsoleSessionStore {
  const where = (condition: string) =>
    connection.prepare(`SELECT ${columns} FROM console_sessions ${condition} ORDER BY began, key`);
  const [byKey, byLife] = [where("WHERE key = ?"), where("WHERE life = ?")];
  const [all, ofAccount] = [where(""), where("WHERE account = ?")];
  const add = connection.prepare(`INSERT INTO console_sessions (${columns}) VALUES (?, ?, ?, ?, ?, ?)`);
  const replace = connection.prepare("UPDATE console_sessions SET key = ?, body = ? WHERE key = ?");
  const see = connection.prepare("UPDATE console_sessions SET seen = greatest(seen, ?::bigint) WHERE life = ?");
  const purge = purging(connection, "console_sessions", "seen < ? OR began < ?");
  return {
    add: async ({ key, life, account, began, seen, body }) =>
      void (await add.run(key, life, account, began, seen, body)),
    get: async (key) => sessionFrom(await byKey.get(key)),
    ofLife: async (life) => sessionFrom(await byLife.get(life)),
    replace: async (key, next) => (await replace.run(next.key, next.body, key)) === 1,
    noteSeen: async (life, at) => void (await see.run(at, life)),
    async list(account) {
      const rows = account === null ? await all.all() : await ofAccount.all(account);
      return rows.flatMap((row) => sessionFrom(row) ?? []);
    },
    end: endings(connection),
    purge: async (seenBefore, beganBefore) => void (await purge(seenBefore, beganBefore)),
  };
}

function endings(connection: PostgresConnection): ConsoleSessionStore["end"] {
  const [byKey, byAccount, byLives] = ["key = ?", "account = ?", "life = ANY (?::text[])"].map((condition) =>
    connection.prepare(`DELETE FROM console_sessions WHERE ${condition}`),
  );
  return async function end(which: EndedSessions) {
    if ("key" in which) return byKey?.run(which.key) ?? 0;
    if ("account" in which) return byAccount?.run(which.account) ?? 0;
    return byLives?.run([...which.lives]) ?? 0;
  };
}

function sessionFrom(row: SqlRow | undefined): KeptConsoleSession | null {
  if (row === undefined) return null;
  const { key, life, account, began, seen, body } = row;
  return {
    key: String(key),
    life: String(life),
    account: String(account),
    body: String(body),
    began: Number(began),
    seen: Number(seen),
  };
}

/** Of one kind, the oldest secret of who has most, where there are too many; and of one who has too many, its oldest. */
const makeRoom = `
  DELETE FROM one_time_secrets WHERE (kind, key) IN (
    (SELECT kind, key FROM one_time_secrets WHERE kind = ?1 AND share = ?2 ORDER BY made DESC, key OFFSET ?3::bigint)
    UNION
    (SELECT kind, key FROM one_time_secrets WHERE kind = ?1
      AND share = (SELECT share FROM one_time_secrets WHERE kind = ?1 GROUP BY share ORDER BY count(*) DESC, share LIMIT 1)
      AND (SELECT count(*) FROM one_time_secrets WHERE kind = ?1) > ?4::bigint
      ORDER BY made, key LIMIT 1)
  )`;

/** Secrets that any gateway of a store takes back, once. */
export function sharedSecrets(connection: PostgresConnection): OneTimeStore {
  const forget = purging(connection, "one_time_secrets", "until < now()");
  const add = connection.prepare(
    `INSERT INTO one_time_secrets (kind, key, share, body, until)
     VALUES (?, ?, ?, ?, clock_timestamp() + ?::bigint * interval '1 millisecond') ON CONFLICT (kind, key) DO NOTHING`,
  );
  const room = connection.prepare(makeRoom);
  const take = connection.prepare(
    "DELETE FROM one_time_secrets WHERE kind = ? AND key = ? RETURNING body, until > clock_timestamp() AS counts",
  );
  return {
    async keep({ kind, key, share, body }, { lifetimeMs, capacity, perAsker }) {
      await forget();
      await add.run(kind, key, share, body, lifetimeMs);
      await room.run(kind, share, perAsker, capacity);
    },
    async take(kind, key) {
      const row = await take.get(kind, key);
      return row?.["counts"] === true ? String(row["body"]) : null;
    },
  };
}
