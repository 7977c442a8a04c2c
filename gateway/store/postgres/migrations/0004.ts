/** Whether a tool server has begun a session, or a caller has only named it. Of those before, nobody knows. */
const sessions = "ALTER TABLE transport_sessions ADD COLUMN begun BOOLEAN NOT NULL DEFAULT TRUE";

/**
 * What callers and people have written may have texts that JSON can say and no text of PostgreSQL can be: U+0000, and halves of
 * surrogate pairs. To look into such JSON would fail, so they are read as U+FFFD, the character for what cannot be shown.
 * https://www.postgresql.org/docs/13/datatype-json.html
 */
const readable = String.raw`
  CREATE FUNCTION sallyport_readable(json_text TEXT) RETURNS json LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(json_text, '\\u(0000|d[89a-f][0-9a-f]{2})', '\\ufffd', 'g')::json $$;
  CREATE OR REPLACE FUNCTION sallyport_vote_cast() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO approval_votes (approval, approver, vote, at, seen_ms, rules, name)
      SELECT NEW.id, coalesce(v ->> 'account', v ->> 'approver'), v ->> 'vote', (v ->> 'at')::bigint, (v ->> 'seen_ms')::bigint,
        (SELECT coalesce(json_agg(DISTINCT r ->> 'rule'), '[]'::json)
          FROM json_array_elements(sallyport_readable(NEW.body) -> 'reasons') AS r)::text,
        v ->> 'approver'
      FROM json_array_elements(sallyport_readable(NEW.votes)) AS v ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$`;

export const fourth = [sessions, readable].join(";\n");
