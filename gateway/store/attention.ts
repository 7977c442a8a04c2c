import type { DatabaseSync } from "node:sqlite";
import type { AttentionStore, AttentionLimitFact, AttentionLimit, VoteFact } from "../domain/ports.ts";
import { purging } from "./purging.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

const hourMs = 3_600_000;

/** Who has approved may still deny before the call is released: one person can have both votes on it. */
const voteTable = `
  CREATE TABLE IF NOT EXISTS approval_votes (
    approval TEXT NOT NULL, approver TEXT NOT NULL, vote TEXT NOT NULL, at INTEGER NOT NULL, seen_ms INTEGER,
    rules TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (approval, approver, vote)
  ) STRICT, WITHOUT ROWID`;

/**
 * Votes once more, narrow: the report reads a month of them, and would otherwise read each call's arguments too.
 * A trigger writes them with the vote itself, so that the two cannot differ.
 */
const schema = `
  ${voteTable};
  CREATE INDEX IF NOT EXISTS approval_votes_by_time ON approval_votes (at);
  CREATE INDEX IF NOT EXISTS approval_votes_by_approver ON approval_votes (approver, at) WHERE vote = 'approve';
  CREATE TRIGGER IF NOT EXISTS approval_vote_cast AFTER UPDATE OF votes ON approvals BEGIN
    INSERT OR IGNORE INTO approval_votes (approval, approver, vote, at, seen_ms, rules, name)
    SELECT new.id, coalesce(value ->> '$.account', value ->> '$.approver'), value ->> '$.vote', value ->> '$.at',
      value ->> '$.seen_ms', (SELECT json_group_array(DISTINCT value ->> '$.rule') FROM json_each(new.body, '$.reasons')),
      value ->> '$.approver'
    FROM json_each(new.votes);
  END;
  CREATE TABLE IF NOT EXISTS attention_spared (
    hour INTEGER NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL, rule TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (hour, kind, who, rule)
  ) STRICT, WITHOUT ROWID;
`;

/** Version 4 of the store had one vote of each person on a call. Their owner makes the indexes and the trigger anew. */
export function keyVotesByKind(database: DatabaseSync, has: (table: string) => boolean): void {
  if (!has("approval_votes")) return;
  const columns = "approval, approver, vote, at, seen_ms, rules, name";
  database.exec(`
    DROP TRIGGER IF EXISTS approval_vote_cast;
    ALTER TABLE approval_votes RENAME TO approval_votes_by_person;
    ${voteTable};
    INSERT INTO approval_votes (${columns}) SELECT ${columns} FROM approval_votes_by_person;
    DROP TABLE approval_votes_by_person`);
}

/** The table of approvals must be there already: the trigger stands on it. */
export function attentionStore(sql: Sql): AttentionStore {
  sql.define(schema);
  const votes = sql.prepare(
    "SELECT approver, name, vote, at, seen_ms, rules FROM approval_votes WHERE at > ? ORDER BY at DESC LIMIT ?",
  );
  const approvals = sql.prepare(
    "SELECT count(*) AS n FROM approval_votes WHERE approver = ? AND vote = 'approve' AND at > ? AND at <= ?",
  );
  const add = sql.prepare(
    `INSERT INTO attention_spared (hour, kind, who, rule, times) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (hour, kind, who, rule) DO UPDATE SET times = attention_spared.times + excluded.times`,
  );
  const forget = purging(sql, "attention_spared", "hour < ?", { key: "hour, kind, who, rule" });
  const spared = sql.prepare(
    "SELECT kind, who, rule, sum(times) AS times, max(hour) AS last FROM attention_spared WHERE hour > ? GROUP BY kind, who, rule",
  );
  return {
    votesSince: async (at, limit) => (await votes.all(at, limit)).map(toVote),
    approvalsBetween: async (approver, after, until) =>
      Number((await approvals.get(approver, after, until))?.["n"] ?? 0),
    async addAttentionLimits(facts, at, keepSince) {
      // First: whoever is told that it failed counts the same once more.
      await forget(keepSince);
      await sql.transaction("approvals", function* () {
        const hour = at - (at % hourMs);
        for (const { kind, who, rule, times } of facts) yield* add.step.run(hour, kind, who, rule, times);
      });
    },
    attentionLimitsSince: async (at) => (await spared.all(at - hourMs)).map(toSpared),
  };
}

function toVote(row: Record<string, unknown>): VoteFact {
  return {
    approver: String(row["approver"]),
    name: String(row["name"]),
    vote: row["vote"] === "approve" ? "approve" : "deny",
    at: Number(row["at"]),
    seen_ms: row["seen_ms"] === null ? null : Number(row["seen_ms"]),
    rules: parseJson(String(row["rules"])) as string[],
  };
}

function toSpared(row: Record<string, unknown>): AttentionLimitFact {
  return {
    kind: String(row["kind"]) as AttentionLimit,
    who: String(row["who"]),
    rule: String(row["rule"]),
    times: Number(row["times"]),
    last: Number(row["last"]),
  };
}
