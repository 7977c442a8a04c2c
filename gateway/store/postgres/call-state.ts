import type { CallQuestion, CallStateStore, StoredLabel } from "../../domain/ports.ts";
import { memoryFrom, taskTextsFrom } from "../call-rows.ts";
import type { SqlRow } from "../sql.ts";
import { definitionText, storedFrom } from "../stored-definition.ts";
import { callWriter } from "./call-writer.ts";
import type { PostgresConnection } from "./connection.ts";

/** One row for each question, in their order: what all calls of a turn of the event loop ask is one statement. */
const text = `
  SELECT definition.*, memory.*, text.*,
    (SELECT json_agg(json_build_object('label', label, 'since', since, 'last', last) ORDER BY label)
      FROM session_labels WHERE key = asked.key) AS labels,
    CASE WHEN EXISTS (SELECT 1 FROM approvals WHERE issuer = asked.issuer AND subject = asked.caller
        AND state IN ('held', 'approved', 'denied') AND live_until > asked.now)
      OR EXISTS (SELECT 1 FROM grants WHERE issuer = asked.issuer AND subject = asked.caller AND expires_at > asked.now
        AND uses_left > 0) THEN 1 ELSE 0 END AS live
  FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[], ?::bigint[])
    WITH ORDINALITY AS asked (key, server, kind, name, issuer, caller, now, session, task, moment, at)
  LEFT JOIN LATERAL (${definitionText} WHERE server = asked.server AND kind = asked.kind AND name = asked.name) AS definition ON true
  LEFT JOIN LATERAL (SELECT memory, version, writer FROM provenance_memories WHERE key = asked.session LIMIT 1) AS memory ON true
  LEFT JOIN LATERAL (SELECT client, texts, expires FROM task_texts WHERE key = asked.task AND expires > asked.moment LIMIT 1)
    AS text ON true
  ORDER BY asked.at`;

/** What calls ask of a store in PostgreSQL, and what they change in it. */
export function sharedCallState(connection: PostgresConnection): CallStateStore {
  const read = connection.prepare(text);
  return {
    async read(questions) {
      const column = <T>(of: (question: CallQuestion) => T | undefined) =>
        questions.map((question) => of(question) ?? null);
      const rows = await read.all(
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
      );
      return rows.map(stateFrom);
    },
    write: callWriter(connection),
  };
}

function stateFrom(row: SqlRow) {
  return {
    labels: (row["labels"] ?? []) as readonly StoredLabel[],
    definition: row["former"] === null ? null : storedFrom(row),
    live: row["live"] === 1,
    memory: row["version"] === null ? null : memoryFrom(row),
    texts: row["expires"] === null ? null : taskTextsFrom(row),
  };
}
