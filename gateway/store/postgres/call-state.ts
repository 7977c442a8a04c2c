import type { CallQuestion, CallState, CallStateStore, StoredLabel } from "../../domain/ports.ts";
import { memoryFrom, taskTextsFrom } from "../call-rows.ts";
import type { SqlRow } from "../sql.ts";
import { definitionText, storedFrom } from "../stored-definition.ts";
import { callWriter } from "./call-writer.ts";
import type { PostgresConnection } from "./connection.ts";
import { historyFrom, historyOfAsked } from "./session-calls.ts";

/** The rows of `inRows`, in their order: what all calls of a turn of the event loop ask is one statement. */
const text = (history: string) => `
  SELECT definition.*, memory.*, text.*,
    (SELECT json_agg(json_build_object('label', label, 'since', since, 'last', last) ORDER BY label)
      FROM session_labels WHERE key = asked.key) AS labels,
    CASE WHEN EXISTS (SELECT 1 FROM approvals WHERE issuer = asked.issuer AND subject = asked.caller
        AND state IN ('held', 'approved', 'denied') AND live_until > asked.now)
      OR EXISTS (SELECT 1 FROM grants WHERE issuer = asked.issuer AND subject = asked.caller AND expires_at > asked.now
        AND uses_left > 0) THEN 1 ELSE 0 END AS live, ${history}
  FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::text[])
    WITH ORDINALITY AS asked (key, server, kind, name, issuer, caller, now, session, task, moment, history, at)
  LEFT JOIN LATERAL (${definitionText} WHERE server = asked.server AND kind = asked.kind AND name = asked.name) AS definition ON true
  LEFT JOIN LATERAL (SELECT memory, version, writer FROM provenance_memories WHERE key = asked.session LIMIT 1) AS memory ON true
  LEFT JOIN LATERAL (SELECT client, texts, expires FROM task_texts WHERE key = asked.task AND expires > asked.moment LIMIT 1)
    AS text ON true
  ORDER BY asked.at`;

/** What calls ask of a store in PostgreSQL, and what they change in it. */
export function sharedCallState(connection: PostgresConnection): CallStateStore {
  const [plain, withHistory] = [connection.prepare(text("NULL AS history")), connection.prepare(text(historyOfAsked))];
  return {
    async read(questions) {
      const { rows, places } = inRows(questions);
      const column = <T>(of: (question: CallQuestion) => T | undefined) => rows.map((row) => of(row) ?? null);
      // Most policies do not read it, and their calls do not pay for it.
      const read = questions.some(({ historyOf }) => historyOf !== undefined) ? withHistory : plain;
      const found = await read.all(
        column(({ labelsOf }) => labelsOf),
        column(({ definitionOf }) => definitionOf?.server),
        column(({ definitionOf }) => definitionOf?.kind),
        column(({ definitionOf }) => definitionOf?.name),
        column(({ liveOf }) => liveOf?.issuer),
        column(({ liveOf }) => liveOf?.subject),
        column(({ liveOf }) => liveOf?.now),
        column(({ memoryOf }) => memoryOf),
        column(({ textsOf }) => textsOf?.key),
        column(({ textsOf }) => textsOf?.now),
        column(({ historyOf }) => historyOf),
      );
      if (found.length !== rows.length) throw new Error(`${found.length} rows for ${rows.length} questions`);
      return questions.map((question, at) => stateFrom(found[places[at] ?? -1] ?? {}, question));
    },
    write: callWriter(connection),
  };
}

const kinds = [
  "labelsOf",
  "definitionOf",
  "liveOf",
  "memoryOf",
  "textsOf",
  "historyOf",
] as const satisfies (keyof CallQuestion)[];

/** Questions about different things share a row: what one call asks, one thing at a time, is mostly one row. */
function inRows(questions: readonly CallQuestion[]) {
  const rows: CallQuestion[] = [];
  /** By what is asked: the first row in which it is not asked yet. */
  const free = new Map<keyof CallQuestion, number>();
  const places = questions.map((question) => {
    const asked = kinds.filter((kind) => question[kind] !== undefined);
    const place = Math.max(0, ...asked.map((kind) => free.get(kind) ?? 0));
    for (const kind of asked) free.set(kind, place + 1);
    rows[place] = { ...rows[place], ...question };
    return place;
  });
  return { rows, places };
}

/** What the question asked of its row. */
function stateFrom(
  row: SqlRow,
  { labelsOf, definitionOf, liveOf, memoryOf, textsOf, historyOf }: CallQuestion,
): CallState {
  return {
    labels: labelsOf === undefined ? [] : ((row["labels"] ?? []) as readonly StoredLabel[]),
    definition: definitionOf === undefined || row["former"] === null ? null : storedFrom(row),
    live: liveOf !== undefined && row["live"] === 1,
    memory: memoryOf === undefined || row["version"] === null ? null : memoryFrom(row),
    texts: textsOf === undefined || row["expires"] === null ? null : taskTextsFrom(row),
    history: historyOf === undefined ? null : historyFrom(row),
  };
}
