/** `text` sorts and compares by bytes, as SQLite does. */
const text = 'TEXT COLLATE "C"';

/**
 * A count of a limit: what was taken in each stretch of time, oldest first, as in `limits/window.ts`. Times are of the database, in
 * microseconds since the epoch. `full_at`: when the bucket of a burst is full again. Rows change often: room is left in their pages.
 */
const table = `
  CREATE TABLE limit_counts (
    key ${text} PRIMARY KEY, began BIGINT[] NOT NULL, latest BIGINT[] NOT NULL, amounts NUMERIC[] NOT NULL, total NUMERIC NOT NULL,
    full_at DOUBLE PRECISION NOT NULL, until TIMESTAMPTZ NOT NULL
  ) WITH (fillfactor = 50);
  CREATE INDEX limit_counts_by_end ON limit_counts (until)`;

/** The rows of `keys` in their order, made where they are missing, and locked: whoever wants the same ones waits, and not in a circle. */
const lock = `
  FOR i IN 1 .. cardinality(keys) LOOP
    LOOP
      SELECT * INTO one FROM limit_counts WHERE limit_counts.key = keys[i] FOR UPDATE;
      EXIT WHEN FOUND;
      INSERT INTO limit_counts VALUES (keys[i], '{}', '{}', '{}', 0, 0, '-infinity') ON CONFLICT DO NOTHING;
    END LOOP;
    counts[i] := one;
  END LOOP;
  moment := clock_timestamp();
  now_us := (extract(epoch FROM moment) * 1000000)::bigint`;

/** What is older than the window counts no more. */
const forget = `
  FOR i IN 1 .. cardinality(keys) LOOP
    one := counts[i];
    n := 1;
    WHILE one.latest[n] + per[i] <= now_us LOOP
      one.total := one.total - one.amounts[n];
      n := n + 1;
    END LOOP;
    CONTINUE WHEN n = 1;
    one.began := one.began[n:];
    one.latest := one.latest[n:];
    one.amounts := one.amounts[n:];
    counts[i] := one;
  END LOOP`;

/** Of what is forgotten nothing is left to give back. */
const giveBack = `
  FOR b IN 1 .. cardinality(back_of) LOOP
    i := back_of[b];
    one := counts[i];
    n := array_position(one.began, back_slot[b]);
    CONTINUE WHEN n IS NULL;
    one.amounts[n] := one.amounts[n] - back_amount[b];
    one.total := one.total - back_amount[b];
    IF burst[i] IS NOT NULL THEN one.full_at := one.full_at - per[i] / most[i]::float8; END IF;
    counts[i] := one;
    changed[i] := true;
  END LOOP`;

/** For how many of the calls of a group every count has room, and which is the first that has none for the next. */
const fit = `
    granted := calls[g];
    short := NULL;
    FOR a IN 1 .. width[g] LOOP
      i := ask_of[base + a];
      one := counts[i];
      fits := greatest(0, div(most[i] - one.total, ask_amount[base + a]));
      IF burst[i] IS NOT NULL THEN
        fits := least(fits, greatest(0, floor(burst[i] - greatest(0, one.full_at - now_us) / (per[i] / most[i]::float8))));
      END IF;
      IF fits < granted THEN
        granted := fits;
        short := a;
      END IF;
    END LOOP`;

const take = `
    slots := '{}';
    FOR a IN 1 .. width[g] LOOP
      EXIT WHEN granted = 0;
      i := ask_of[base + a];
      one := counts[i];
      amount := ask_amount[base + a] * granted;
      n := cardinality(one.began);
      IF n > 0 AND (now_us = one.began[n] OR now_us - one.began[n] < stretch[i]) THEN
        one.amounts[n] := one.amounts[n] + amount;
        one.latest[n] := greatest(one.latest[n], now_us);
      ELSE
        n := n + 1;
        one.began[n] := now_us;
        one.latest[n] := now_us;
        one.amounts[n] := amount;
      END IF;
      one.total := one.total + amount;
      IF burst[i] IS NOT NULL THEN one.full_at := greatest(one.full_at, now_us) + granted * (per[i] / most[i]::float8); END IF;
      slots := slots || one.began[n];
      counts[i] := one;
      changed[i] := true;
    END LOOP`;

/** How long until the first count without room has some, in microseconds. */
const waiting = `
    wait := NULL;
    IF short IS NOT NULL THEN
      i := ask_of[base + short];
      one := counts[i];
      amount := one.total + ask_amount[base + short] - most[i];
      wait := 0;
      n := 1;
      WHILE amount > 0 AND n <= cardinality(one.amounts) LOOP
        amount := amount - one.amounts[n];
        wait := one.latest[n] + per[i] - now_us;
        n := n + 1;
      END LOOP;
      IF burst[i] IS NOT NULL THEN
        wait := greatest(wait, ceil(one.full_at - now_us - (burst[i] - 1) * (per[i] / most[i]::float8)));
      END IF;
    END IF`;

/** A row stays for twice its time, so that the index by its end changes seldom. */
const write = `
  FOR i IN 1 .. cardinality(keys) LOOP
    CONTINUE WHEN NOT changed[i];
    one := counts[i];
    ending := moment + per[i] * interval '1 microsecond';
    UPDATE limit_counts AS known SET began = one.began, latest = one.latest, amounts = one.amounts, total = one.total,
      full_at = one.full_at,
      until = CASE WHEN known.until > ending THEN known.until ELSE ending + per[i] * interval '1 microsecond' END
    WHERE known.key = keys[i];
  END LOOP`;

/**
 * What calls of one gateway take from counts and give back, as one statement: nobody holds a row between two messages of a client.
 * Of count i: its window `per`, in stretches of `stretch`, the `most` that fits in it, and its burst. Of group g: how many equal `calls`
 * it has, and how many counts each takes from (`width`); which ones, and how much, is in `ask_of` and `ask_amount`, group after group.
 */
const count = `
  CREATE FUNCTION sallyport_count(
    keys TEXT[], per BIGINT[], most NUMERIC[], stretch BIGINT[], burst BIGINT[],
    back_of INT[], back_slot BIGINT[], back_amount NUMERIC[],
    calls INT[], width INT[], ask_of INT[], ask_amount NUMERIC[]
  ) RETURNS TABLE (granted INT, short INT, wait BIGINT, slots BIGINT[]) LANGUAGE plpgsql AS $$
  DECLARE
    counts limit_counts[];
    one limit_counts;
    changed BOOLEAN[] := array_fill(false, ARRAY[cardinality(keys)]);
    moment TIMESTAMPTZ;
    ending TIMESTAMPTZ;
    now_us BIGINT;
    base INT := 0;
    i INT;
    n INT;
    fits NUMERIC;
    amount NUMERIC;
  BEGIN
  ${[lock, forget, giveBack].join(";")};
  FOR g IN 1 .. cardinality(calls) LOOP
    ${[fit, take, waiting].join(";")};
    base := base + width[g];
    RETURN NEXT;
  END LOOP;
  ${write};
  END $$`;

/** Counts of limits. */
export const eighth = [table, count].join(";\n");
