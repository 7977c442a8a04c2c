import type {
  AddedCall,
  CallBody,
  CallChange,
  EndedCall,
  SessionCallStore,
  StoredCall,
  StoredHistory,
} from "../../domain/ports.ts";
import type { OutcomeKind } from "../../domain/decision-record.ts";
import type { SqlRow } from "../sql.ts";
import type { PostgresConnection, PostgresValue } from "./connection.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** What a session has done since it began, as one JSON value; null when it has done nothing. */
export const historyOfAsked = `
  (SELECT json_build_object('calls', head.number - head.start, 'since', head.since, 'last', head.last, 'latest',
      (SELECT json_agg(json_build_array(decision, call, labels, outcome) ORDER BY number)
        FROM session_calls AS known WHERE known.key = head.key AND known.number > head.start))
    FROM session_histories AS head WHERE head.key = asked.history) AS history`;

interface HistoryRow {
  readonly calls: number;
  readonly since: number;
  readonly last: number;
  /** Null where none is kept. */
  readonly latest:
    readonly (readonly [decision: string, call: string, labels: string, outcome: OutcomeKind | null])[] | null;
}

/** Of a row with `historyOfAsked`. */
export function historyFrom(row: SqlRow): StoredHistory | null {
  const history = row["history"] as HistoryRow | null | undefined;
  if (history === null || history === undefined) return null;
  const { calls, since, last, latest } = history;
  return { calls, since, last, latest: (latest ?? []).map(callFrom) };
}

function callFrom([decisionId, call, labels, outcome]: NonNullable<HistoryRow["latest"]>[number]): StoredCall {
  return { decisionId, call: parseJson(call) as CallBody, labels: parseJson(labels) as readonly string[], outcome };
}

/**
 * Behind labels and claims: numbers first, with a lock of each session in the order of their keys, then calls, in the order of their sessions and
 * numbers. Those that are too many are removed last, unless somebody is writing them. So nobody waits in a circle. `?8` to `?15` added, `?16` to `?19` ended.
 */
export const callsText = `, heads AS (
    INSERT INTO session_histories AS known (key, number, start, since, last)
    SELECT key, count(*), 0, min(at), max(at) FROM unnest(?8::text[], ?9::bigint[]) AS added (key, at)
    WHERE (SELECT count(*) FROM took) >= 0 GROUP BY key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET number = known.number + excluded.number, last = greatest(known.last, excluded.last),
      start = CASE WHEN excluded.since - known.last > ?15::bigint THEN known.number ELSE known.start END,
      since = CASE WHEN excluded.since - known.last > ?15::bigint THEN excluded.since ELSE known.since END
    RETURNING key, number, start
  ), made AS (
    INSERT INTO session_calls (key, number, decision, call, labels, outcome)
    SELECT key, heads.number + 1 - row_number() OVER (PARTITION BY key ORDER BY place DESC), decision, call, labels, outcome
    FROM unnest(?8::text[], ?10::text[], ?11::text[], ?12::text[], ?13::text[])
      WITH ORDINALITY AS added (key, decision, call, labels, outcome, place) JOIN heads USING (key)
  ), told AS (
    SELECT known.key, known.number, ended.labels, ended.outcome
    FROM unnest(?16::text[], ?17::text[], ?18::text[], ?19::text[]) AS ended (key, decision, labels, outcome)
    JOIN session_calls AS known ON known.key = ended.key AND known.decision = ended.decision
    WHERE (SELECT count(*) FROM heads) >= 0 ORDER BY known.key, known.number FOR UPDATE OF known
  ), said AS (
    UPDATE session_calls AS known SET labels = told.labels, outcome = coalesce(told.outcome, known.outcome)
    FROM told WHERE known.key = told.key AND known.number = told.number RETURNING 1
  ), dropped AS (
    DELETE FROM session_calls WHERE (key, number) IN (
      SELECT known.key, known.number FROM heads JOIN session_calls AS known
        ON known.key = heads.key AND known.number <= greatest(heads.number - ?14::bigint, heads.start)
      WHERE (SELECT count(*) FROM said) >= 0
      FOR UPDATE OF known SKIP LOCKED)
  )`;

/** Values for `callsText`; null when the turn changes no history. */
export function callColumns(changes: readonly CallChange[]): PostgresValue[] | null {
  const added = changes.flatMap(({ added: call }) => call ?? []);
  const ended = changes.flatMap(({ ended: call }) => call ?? []);
  const [first] = added;
  if (first === undefined && ended.length === 0) return null;
  const common = (of: readonly EndedCall[]) =>
    [of.map(({ labels }) => JSON.stringify(labels)), of.map(({ outcome }) => outcome)] as const;
  return [
    added.map(({ key }) => key),
    added.map(({ call }) => call.at),
    added.map(({ decisionId }) => decisionId),
    added.map(({ call }) => JSON.stringify(call)),
    ...common(added),
    ...limits(first),
    ended.map(({ key }) => key),
    ended.map(({ decisionId }) => decisionId),
    ...common(ended),
  ];
}

/** All calls of one gateway have the same. */
function limits(call: AddedCall | undefined): readonly [number, number] {
  return [call?.most ?? 0, call?.idleMs ?? 0];
}

/** Sessions that are removed in one transaction: what it locks, it does not lock for long. */
const droppedAtOnce = 10_000;

/** @param write what calls of a turn change */
export function sharedCalls(
  connection: PostgresConnection,
  write: (change: CallChange) => Promise<unknown>,
  atOnce = droppedAtOnce,
): SessionCallStore {
  const drop = connection.prepare(
    `WITH gone AS (
       DELETE FROM session_histories WHERE key IN (
         SELECT key FROM session_histories WHERE hour <= ?1::bigint / 3600000 AND last < ?1::bigint
         ORDER BY key LIMIT ?2::bigint FOR UPDATE SKIP LOCKED) RETURNING key
     ), locked AS (
       SELECT known.key, known.number FROM gone JOIN session_calls AS known ON known.key = gone.key
       ORDER BY known.key, known.number FOR UPDATE OF known
     ), calls AS (DELETE FROM session_calls USING locked WHERE session_calls.key = locked.key AND session_calls.number = locked.number)
     SELECT count(*) AS sessions FROM gone`,
  );
  async function dropAll(before: number): Promise<number> {
    for (let dropped = 0; ;) {
      const sessions = Number((await drop.get(before, atOnce))?.["sessions"]);
      dropped += sessions;
      if (sessions < atOnce) return dropped;
    }
  }
  return {
    add: async (added) => void (await write({ added })),
    update: async (ended) => void (await write({ ended })),
    drop: dropAll,
  };
}
