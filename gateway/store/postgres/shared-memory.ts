import type {
  ProofStore,
  SessionClaim,
  SigningKeyStore,
  StoredNonces,
  TransportSessionStore,
} from "../../domain/ports.ts";
import type { SqlRow } from "../sql.ts";
import type { PostgresConnection } from "./connection.ts";
import { purging } from "../purging.ts";

/** `?1`: a number of milliseconds. */
const milliseconds = (parameter: string): string => `${parameter}::bigint * interval '1 millisecond'`;

/** What a single process keeps in memory or in files, where several share a store: proofs, nonces, transport sessions, keys. */
export function sharedProofs(connection: PostgresConnection): ProofStore {
  // In one order, so that two processes that use the same proofs at once wait for each other and not in a circle.
  const use = connection.prepare(
    `INSERT INTO dpop_proofs (id, until) SELECT id, now() + ${milliseconds("ms")}
     FROM unnest(?::text[], ?::bigint[]) AS used (id, ms) ORDER BY id ON CONFLICT (id) DO NOTHING RETURNING id`,
  );
  const purge = purging(connection, "dpop_proofs", "until < now()");
  return {
    async use(proofs) {
      const ids = proofs.map(({ id }) => id);
      const lifetimes = proofs.map(({ lifetimeMs }) => Math.ceil(lifetimeMs));
      const fresh = new Set((await use.all(ids, lifetimes)).map((row) => String(row["id"])));
      // Of two in one step the first is fresh.
      return ids.map((id) => fresh.delete(id));
    },
    nonces: noncesIn(connection),
    purge: async () => void (await purge()),
  };
}

function noncesIn(connection: PostgresConnection): ProofStore["nonces"] {
  const read = connection.prepare(
    `SELECT number, nonce, made < now() - ${milliseconds("?1")} AS is_old, made >= now() - ${milliseconds("?2")} AS counts
     FROM dpop_nonces ORDER BY number DESC LIMIT 2`,
  );
  const add = connection.prepare("INSERT INTO dpop_nonces (number, nonce) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const forget = connection.prepare("DELETE FROM dpop_nonces WHERE number < ?");
  const found = ([last, before]: readonly SqlRow[]): StoredNonces => ({
    current: String(last?.["nonce"]),
    before: before?.["counts"] === true ? String(before["nonce"]) : null,
  });
  return async function nonces(next, renewMs, goodMs) {
    const rows = await read.all(Math.floor(renewMs), goodMs);
    const [last] = rows;
    if (last !== undefined && last["is_old"] === false) return found(rows);
    const number = Number(last?.["number"] ?? 0) + 1;
    await add.run(number, next);
    await forget.run(number - 1);
    return found(await read.all(Math.floor(renewMs), goodMs));
  };
}

export function sharedTransportSessions(connection: PostgresConnection): TransportSessionStore {
  const claim = connection.prepare(
    `INSERT INTO transport_sessions AS known (key, caller, begun)
     SELECT key, caller, begun = 1 FROM unnest(?::text[], ?::text[], ?::int[]) AS named (key, caller, begun)
     ORDER BY key ON CONFLICT (key) DO UPDATE
       SET seen = now(), begun = known.begun OR (excluded.begun AND known.caller = excluded.caller)
     RETURNING key, known.caller AS owner`,
  );
  // The index finds what is older than both.
  const purge = purging(
    connection,
    "transport_sessions",
    `seen < now() - least(${milliseconds("?1")}, ${milliseconds("?2")})
       AND seen < now() - CASE WHEN begun THEN ${milliseconds("?1")} ELSE ${milliseconds("?2")} END`,
  );
  return {
    async claim(claims) {
      // One statement changes a row once: of two claims in one step the first is made.
      const first = firstOfEach(claims);
      const rows = await claim.all(
        first.map(({ key }) => key),
        first.map(({ caller }) => caller),
        first.map(({ isBegun }) => Number(isBegun)),
      );
      const owners = new Map(rows.map((row) => [String(row["key"]), String(row["owner"])]));
      return claims.map(({ key }) => owners.get(key) ?? "");
    },
    purge: async (unusedMs, notBegunMs) => void (await purge(unusedMs, notBegunMs)),
  };
}

function firstOfEach(claims: readonly SessionClaim[]): SessionClaim[] {
  const first = new Map<string, SessionClaim>();
  for (const claim of claims) {
    const known = first.get(claim.key);
    if (known === undefined || (claim.isBegun && claim.caller === known.caller)) first.set(claim.key, claim);
  }
  return [...first.values()];
}

export function sharedSigningKeys(connection: PostgresConnection): SigningKeyStore {
  const select = connection.prepare("SELECT pem FROM signing_keys WHERE name = ?");
  const add = connection.prepare("INSERT INTO signing_keys (name, pem) VALUES (?, ?) ON CONFLICT (name) DO NOTHING");
  const read = async (name: string): Promise<string | null> => {
    const row = await select.get(name);
    return row === undefined ? null : String(row["pem"]);
  };
  return {
    find: read,
    async of(name, make) {
      const known = await read(name);
      if (known !== null) return known;
      // Another process may make one at the same time: the first that is in the store counts.
      await add.run(name, make());
      return (await read(name)) ?? "";
    },
  };
}
