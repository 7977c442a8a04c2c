/** Approvals and what they leave behind, sessions, definitions of tools. `text` sorts and compares by bytes, as SQLite does. */
const text = 'TEXT COLLATE "C"';
const order = "rowid BIGINT GENERATED ALWAYS AS IDENTITY";

const approvals = `
  CREATE TABLE approvals (
    ${order}, id ${text} PRIMARY KEY, request_digest ${text} NOT NULL, issuer ${text} NOT NULL, subject ${text} NOT NULL,
    route ${text} NOT NULL, idempotency_key ${text}, created BIGINT NOT NULL, approve_by BIGINT NOT NULL,
    live_until BIGINT NOT NULL, body TEXT NOT NULL, state ${text} NOT NULL, votes TEXT NOT NULL, claim TEXT,
    resolved_at BIGINT, execute_by BIGINT, consumed_at BIGINT, outcome TEXT, owner ${text}, changed BIGINT NOT NULL
  );
  CREATE INDEX approvals_by_request ON approvals (request_digest, created);
  CREATE INDEX approvals_by_state ON approvals (state, created);
  CREATE INDEX approvals_live ON approvals (issuer, subject, live_until) WHERE state IN ('held', 'approved', 'denied');
  CREATE INDEX approvals_by_key ON approvals (issuer, subject, route, idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX approvals_due ON approvals (live_until) WHERE state IN ('held', 'approved');
  CREATE INDEX approvals_by_change ON approvals (changed);
  CREATE TABLE receipts (${order} PRIMARY KEY, approval ${text} NOT NULL, at BIGINT NOT NULL, jws TEXT NOT NULL);
  CREATE INDEX receipts_by_approval ON receipts (approval)`;

const votes = `
  CREATE TABLE approval_votes (
    approval ${text} NOT NULL, approver ${text} NOT NULL, vote ${text} NOT NULL, at BIGINT NOT NULL, seen_ms BIGINT,
    rules TEXT NOT NULL, name ${text} NOT NULL, PRIMARY KEY (approval, approver)
  );
  CREATE INDEX approval_votes_by_time ON approval_votes (at);
  CREATE INDEX approval_votes_by_approver ON approval_votes (approver, at) WHERE vote = 'approve';
  CREATE FUNCTION sallyport_vote_cast() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO approval_votes (approval, approver, vote, at, seen_ms, rules, name)
      SELECT NEW.id, coalesce(v ->> 'account', v ->> 'approver'), v ->> 'vote', (v ->> 'at')::bigint, (v ->> 'seen_ms')::bigint,
        (SELECT coalesce(json_agg(DISTINCT r ->> 'rule'), '[]'::json) FROM json_array_elements(NEW.body::json -> 'reasons') AS r)::text,
        v ->> 'approver'
      FROM json_array_elements(NEW.votes::json) AS v ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$;
  CREATE TRIGGER approval_vote_cast AFTER UPDATE OF votes ON approvals
    FOR EACH ROW EXECUTE FUNCTION sallyport_vote_cast();
  CREATE TABLE attention_spared (
    hour BIGINT NOT NULL, kind ${text} NOT NULL, who ${text} NOT NULL, rule ${text} NOT NULL, times BIGINT NOT NULL,
    PRIMARY KEY (hour, kind, who, rule)
  )`;

const grants = `
  CREATE TABLE grants (
    id ${text} PRIMARY KEY, issuer ${text} NOT NULL, subject ${text} NOT NULL, created BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, uses_left BIGINT NOT NULL, body TEXT NOT NULL, revoked TEXT
  );
  CREATE INDEX grants_live ON grants (issuer, subject, expires_at) WHERE uses_left > 0;
  CREATE TABLE grant_keys (
    issuer ${text} NOT NULL, subject ${text} NOT NULL, route ${text} NOT NULL, key ${text} NOT NULL,
    request_digest ${text} NOT NULL, owner ${text} NOT NULL, ended BIGINT NOT NULL, expires_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject, route, key)
  );
  CREATE INDEX grant_keys_expired ON grant_keys (expires_at)`;

const sessions = `
  CREATE TABLE session_labels (
    key ${text} NOT NULL, label ${text} NOT NULL, since BIGINT NOT NULL, last BIGINT NOT NULL,
    subject ${text} GENERATED ALWAYS AS (CASE WHEN key LIKE '[%' THEN key::json ->> 1 END) STORED,
    session ${text} GENERATED ALWAYS AS (CASE WHEN key LIKE '[%' THEN key::json ->> 3 END) STORED,
    PRIMARY KEY (key, label)
  );
  CREATE INDEX session_labels_by_last ON session_labels (last DESC, key);
  CREATE INDEX session_labels_by_subject ON session_labels (subject, last);
  CREATE INDEX session_labels_by_session ON session_labels (session, last);
  CREATE TABLE provenance_memories (
    key ${text} PRIMARY KEY, memory BYTEA, version BIGINT NOT NULL, writer ${text}, at BIGINT NOT NULL
  );
  CREATE INDEX provenance_memories_by_use ON provenance_memories (at) WHERE memory IS NOT NULL;
  CREATE TABLE task_texts (
    ${order}, key ${text} PRIMARY KEY, client ${text} NOT NULL, texts TEXT NOT NULL, expires BIGINT NOT NULL
  );
  CREATE INDEX task_texts_by_client ON task_texts (client, expires);
  CREATE INDEX task_texts_by_expiry ON task_texts (expires);
  CREATE TABLE digest_keys (name ${text} PRIMARY KEY, key TEXT NOT NULL)`;

const name = `server ${text} NOT NULL, kind ${text} NOT NULL, name ${text} NOT NULL`;
const definition = `${name}, digest ${text} NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (server, kind, name)`;

const definitions = `
  CREATE TABLE definitions (${definition});
  CREATE TABLE definitions_seen (${definition});
  CREATE TABLE definitions_accepted (
    ${order} PRIMARY KEY, ${name}, digest ${text} NOT NULL, former ${text} NOT NULL, by ${text} NOT NULL, at BIGINT NOT NULL
  );
  CREATE INDEX definitions_accepted_of ON definitions_accepted (server, kind, name);
  CREATE TABLE definitions_listed (${name}, day BIGINT NOT NULL, PRIMARY KEY (server, kind, name))`;

const tasks = `
  CREATE TABLE mcp_tasks (
    ${order}, id ${text} PRIMARY KEY, owner ${text} NOT NULL, run ${text} NOT NULL, route ${text} NOT NULL, tool ${text} NOT NULL,
    approval ${text}, request TEXT NOT NULL, body BYTEA NOT NULL, state ${text} NOT NULL, process ${text}, answer TEXT,
    upstream_task TEXT, note TEXT, created BIGINT NOT NULL, changed BIGINT NOT NULL, expires BIGINT NOT NULL
  );
  CREATE INDEX mcp_tasks_by_owner ON mcp_tasks (owner, created);
  CREATE INDEX mcp_tasks_by_approval ON mcp_tasks (approval) WHERE approval IS NOT NULL;
  CREATE INDEX mcp_tasks_by_expiry ON mcp_tasks (expires);
  CREATE TABLE access_requests (
    ${order}, denial ${text} PRIMARY KEY, task ${text} NOT NULL, pep_issuer ${text} NOT NULL, pep ${text} NOT NULL,
    idempotency_key ${text}, evaluation TEXT NOT NULL, body TEXT NOT NULL, callback TEXT, told BIGINT, created BIGINT NOT NULL
  );
  CREATE UNIQUE INDEX access_requests_by_key ON access_requests (pep_issuer, pep, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE INDEX access_requests_by_task ON access_requests (task);
  CREATE INDEX access_requests_by_age ON access_requests (created)`;

const outbox = `
  CREATE TABLE outbox (
    id ${text} PRIMARY KEY, approval ${text} NOT NULL, channel ${text} NOT NULL, escalated BIGINT NOT NULL,
    state ${text} NOT NULL, created BIGINT NOT NULL, due BIGINT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0,
    told TEXT, tellings BIGINT NOT NULL DEFAULT 0, remote TEXT, error TEXT, error_at BIGINT,
    said_at BIGINT NOT NULL DEFAULT 0, lease ${text}, leased_until BIGINT NOT NULL DEFAULT 0
  );
  CREATE INDEX outbox_by_approval ON outbox (approval);
  CREATE INDEX outbox_due ON outbox (channel, due) WHERE state = 'waiting';
  CREATE INDEX outbox_dead ON outbox (error_at) WHERE state = 'dead';
  CREATE INDEX outbox_settled ON outbox (approval) WHERE state = 'settled'`;

export const callTables = [approvals, votes, grants, sessions, definitions, tasks, outbox].join(";\n");
