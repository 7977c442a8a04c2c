/** Who has access: revocations, accounts, tasks as leases, authorizations; signals and marks. `text` as in the tables of calls. */
const text = 'TEXT COLLATE "C"';
const order = "rowid BIGINT GENERATED ALWAYS AS IDENTITY";

const revocations = `
  CREATE TABLE revocations (${order}, id ${text} PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE end_notices (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id ${text} NOT NULL UNIQUE, at BIGINT NOT NULL, body TEXT NOT NULL
  );
  CREATE TABLE end_answers (
    notice ${text} NOT NULL, process ${text} NOT NULL, body TEXT NOT NULL, PRIMARY KEY (notice, process)
  )`;

const people = `
  CREATE TABLE console_people (
    id ${text} PRIMARY KEY, name ${text} NOT NULL, password TEXT, roles TEXT NOT NULL, teams TEXT NOT NULL, also TEXT NOT NULL,
    created_at BIGINT NOT NULL, issuer ${text}, subject ${text}, groups TEXT, verified_at BIGINT
  );
  CREATE INDEX console_people_by_name ON console_people (name);
  CREATE INDEX console_people_by_subject ON console_people (subject);
  CREATE INDEX console_people_local ON console_people (id) WHERE issuer IS NULL;
  CREATE TABLE passkeys (
    ${order}, id ${text} PRIMARY KEY, account ${text} NOT NULL REFERENCES console_people (id) ON DELETE CASCADE,
    label TEXT NOT NULL, public_key TEXT NOT NULL, counter BIGINT NOT NULL, transports TEXT NOT NULL, synced BIGINT NOT NULL,
    created_at BIGINT NOT NULL, used_at BIGINT
  );
  CREATE INDEX passkeys_by_account ON passkeys (account)`;

const leases = `
  CREATE TABLE leases (
    id ${text} PRIMARY KEY, parent ${text}, opener ${text} NOT NULL, opened BIGINT NOT NULL, until BIGINT NOT NULL,
    body TEXT NOT NULL, calls BIGINT NOT NULL, spent TEXT NOT NULL, ended BIGINT, "end" TEXT
  );
  CREATE INDEX leases_by_parent ON leases (parent) WHERE parent IS NOT NULL;
  CREATE INDEX leases_open ON leases (until) WHERE ended IS NULL;
  CREATE INDEX leases_by_opener ON leases (opener) WHERE ended IS NULL;
  CREATE INDEX leases_by_time ON leases (opened DESC, id DESC);
  CREATE TABLE lease_slots (
    lease ${text} NOT NULL, process ${text} NOT NULL, held BIGINT NOT NULL, PRIMARY KEY (lease, process)
  );
  CREATE TABLE lease_keys (pem ${text} PRIMARY KEY, made BIGINT NOT NULL);
  CREATE TABLE processes (id ${text} PRIMARY KEY, heard BIGINT NOT NULL)`;

const authorizations = `
  CREATE TABLE oauth_grants (id ${text} PRIMARY KEY, document TEXT NOT NULL, ends_at BIGINT NOT NULL);
  CREATE INDEX oauth_grants_end ON oauth_grants (ends_at);
  CREATE TABLE oauth_codes (
    digest ${text} PRIMARY KEY, grant_id ${text} NOT NULL, document TEXT NOT NULL, expires_at BIGINT NOT NULL, used BIGINT NOT NULL
  );
  CREATE INDEX oauth_codes_end ON oauth_codes (expires_at);
  CREATE TABLE oauth_refresh_tokens (
    digest ${text} PRIMARY KEY, grant_id ${text} NOT NULL, expires_at BIGINT NOT NULL, used BIGINT NOT NULL
  );
  CREATE INDEX oauth_refresh_tokens_end ON oauth_refresh_tokens (expires_at);
  CREATE INDEX oauth_refresh_tokens_of ON oauth_refresh_tokens (grant_id);
  CREATE TABLE oauth_access_tokens (digest ${text} PRIMARY KEY, grant_id ${text} NOT NULL, expires_at BIGINT NOT NULL);
  CREATE INDEX oauth_access_tokens_end ON oauth_access_tokens (expires_at);
  CREATE INDEX oauth_access_tokens_of ON oauth_access_tokens (grant_id);
  CREATE TABLE oauth_once (key ${text} PRIMARY KEY, expires_at BIGINT NOT NULL);
  CREATE INDEX oauth_once_end ON oauth_once (expires_at);
  CREATE TABLE oauth_clients (id ${text} PRIMARY KEY, document TEXT NOT NULL, ends_at BIGINT NOT NULL);
  CREATE INDEX oauth_clients_end ON oauth_clients (ends_at);
  CREATE TABLE oauth_clients_used (id ${text} PRIMARY KEY)`;

const connected = `
  CREATE TABLE connected_accounts (
    id ${text} PRIMARY KEY, account ${text} NOT NULL, credential ${text} NOT NULL, upstream TEXT, scopes TEXT NOT NULL,
    connected_at BIGINT NOT NULL, used_at BIGINT, used_by TEXT, token_ends_at BIGINT, renewed BIGINT NOT NULL,
    end_why TEXT, end_reason TEXT, end_at BIGINT,
    sealed_key ${text}, sealed TEXT, claimed_by ${text}, claimed_until BIGINT NOT NULL DEFAULT 0
  );
  CREATE UNIQUE INDEX connected_accounts_of ON connected_accounts (account, credential);
  CREATE TABLE owed_revocations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account ${text} NOT NULL, credential ${text} NOT NULL,
    sealed_key ${text} NOT NULL, sealed TEXT NOT NULL, since BIGINT NOT NULL, tries BIGINT NOT NULL DEFAULT 0,
    due BIGINT NOT NULL DEFAULT 0
  );
  CREATE INDEX owed_revocations_due ON owed_revocations (due)`;

const signals = `
  CREATE TABLE signal_sets (transmitter ${text} NOT NULL, jti ${text} NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (transmitter, jti));
  CREATE INDEX signal_sets_by_end ON signal_sets (until);
  CREATE TABLE signal_streams (transmitter ${text} PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE outside_signals (
    ${order}, issuer ${text} NOT NULL, subject ${text} NOT NULL, name ${text} NOT NULL, source ${text} NOT NULL,
    level DOUBLE PRECISION NOT NULL, evidence TEXT NOT NULL, at BIGINT NOT NULL, until BIGINT,
    PRIMARY KEY (issuer, subject, name, source)
  );
  CREATE INDEX outside_signals_by_end ON outside_signals (until)`;

const marks = `
  CREATE TABLE store_identity (id ${text} NOT NULL, revocations BIGINT NOT NULL);
  CREATE FUNCTION sallyport_revocations_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE store_identity SET revocations = revocations + 1;
      RETURN NULL;
    END $$;
  CREATE TRIGGER revocation_changed AFTER INSERT OR DELETE ON revocations
    FOR EACH ROW EXECUTE FUNCTION sallyport_revocations_changed();
  CREATE TABLE log_marks (folder ${text} PRIMARY KEY, last BIGINT NOT NULL, reserved BIGINT NOT NULL);
  CREATE TABLE bundle_marks (
    revision ${text} PRIMARY KEY, content TEXT NOT NULL, issued_at DOUBLE PRECISION, active_at BIGINT NOT NULL
  )`;

export const accessTables = [revocations, people, leases, authorizations, connected, signals, marks].join(";\n");
