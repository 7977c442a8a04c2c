import type { CallChange, CallStateStore } from "../../domain/ports.ts";
import type { PostgresConnection } from "./connection.ts";
import { callColumns, callsText } from "./session-calls.ts";

/**
 * Labels first, then claims, each in the order of their keys: whoever writes the same rows at once waits, and not in a circle. Of a session that another
 * has, or has written since, nothing is taken. `existed`: the row was there before.
 */
const made = `WITH gave AS (
    INSERT INTO session_labels (key, label, since, last)
    SELECT key, label, min(at), max(at) FROM unnest(?1::text[], ?2::text[], ?3::bigint[]) AS given (key, label, at)
    GROUP BY key, label ORDER BY key, label
    ON CONFLICT (key, label) DO UPDATE SET last = greatest(session_labels.last, excluded.last) RETURNING 1
  ), took AS (
    INSERT INTO provenance_memories AS known (key, version, writer, at)
    SELECT key, version, writer, at FROM unnest(?4::text[], ?5::bigint[], ?6::text[], ?7::bigint[]) AS claimed (key, version, writer, at)
    WHERE (SELECT count(*) FROM gave) >= 0 ORDER BY key
    ON CONFLICT (key) DO UPDATE SET writer = excluded.writer, at = excluded.at
      WHERE known.version = excluded.version AND (known.writer IS NULL OR known.writer = excluded.writer)
    RETURNING key
  )`;
const told = `
  SELECT key, CASE WHEN EXISTS (SELECT 1 FROM provenance_memories AS known WHERE known.key = took.key) THEN 1 ELSE 0 END AS existed
  FROM took`;

type Claim = NonNullable<CallChange["claim"]>;

/** What all calls of a turn of the event loop change is one statement, and another for sessions that somebody else has. */
export function callWriter(connection: PostgresConnection): CallStateStore["write"] {
  const [write, writeCalls] = [connection.prepare(made + told), connection.prepare(made + callsText + told)];
  const takeOver = connection.prepare(
    `INSERT INTO provenance_memories (key, version, writer, at)
     SELECT key, version, writer, at FROM unnest(?::text[], ?::bigint[], ?::text[], ?::bigint[]) AS claimed (key, version, writer, at)
     ORDER BY key ON CONFLICT (key) DO UPDATE SET writer = excluded.writer, at = excluded.at`,
  );
  return async (changes) => {
    const given = changes.flatMap(({ labels = [] }) =>
      labels.flatMap(({ key, labels: all, since }) => all.map((label) => ({ key, label, since }))),
    );
    // One statement changes a row once: of several claims of a session the first is made.
    const claims = new Map<string, Claim>();
    for (const { claim } of changes) if (claim !== undefined && !claims.has(claim.key)) claims.set(claim.key, claim);
    const values = [
      given.map(({ key }) => key),
      given.map(({ label }) => label),
      given.map(({ since }) => since),
      ...columns([...claims.values()]),
    ];
    const calls = callColumns(changes);
    const rows = await (calls === null ? write.all(...values) : writeCalls.all(...values, ...calls));
    const existed = new Map(rows.map((row) => [String(row["key"]), row["existed"] === 1]));
    const lost = [...claims.values()].filter(({ key }) => !existed.has(key));
    if (lost.length > 0) await takeOver.run(...columns(lost));
    return changes.map(({ claim }) => claim === undefined || isOwn(claim, claims.get(claim.key), existed));
  };
}

function columns(claims: readonly Claim[]) {
  return [
    claims.map(({ key }) => key),
    claims.map(({ version }) => version),
    claims.map(({ writer }) => writer),
    claims.map(({ now }) => now),
  ] as const;
}

/** @param made the claim of this session that was made, of several in one turn */
function isOwn({ key, version }: Claim, made: Claim | undefined, existed: ReadonlyMap<string, boolean>): boolean {
  return made?.version === version && (version === 0 ? existed.has(key) : existed.get(key) === true);
}
