import { hash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeAside } from "../record/tree/tree-folder.ts";
import { parseJson } from "../lib/parse-json.ts";

/** What the first line of a segment says of it; see `SegmentHeader`. */
const headSchema = z.strictObject({ seq: z.number(), timestamp: z.string() });

const positionSchema = z.strictObject({
  version: z.literal(1),
  segment: z.string().regex(/^decisions-\d{6,}\.jsonl$/),
  number: z.int().nonnegative(),
  log: z.string().nullable(),
  head: headSchema.nullable(),
  offset: z.int().nonnegative(),
  seq: z.int().nonnegative(),
  last: z.strictObject({ bytes: z.int().positive(), digest: z.string() }).nullable(),
});

/**
 * How far a destination has come in the log. `log`: its origin, of the segment or of the one before. `offset`: bytes of the uncompressed segment, from its begin. `seq`: number of the last
 * record that it has had. `last`: that record's line, by which it is known whether the log still is what was sent.
 */
export type Position = z.output<typeof positionSchema>;
export type SegmentHead = z.output<typeof headSchema>;

/** Before the first line of a segment, where the last record that was sent has the number `seq` and is of the log `log`. */
export function beginOf({ name, number }: Named, seq: number, log: string | null): Position {
  return { version: 1, segment: name, number, log, head: null, offset: 0, seq, last: null };
}

interface Named {
  readonly name: string;
  readonly number: number;
}

export function lineDigest(line: string | Buffer): string {
  return hash("sha256", line, "base64url");
}

/** Number of the record in a line; 0 when there is none. */
export function seqOf(line: string): number {
  return Number(/^\{"seq":(\d{1,15})[,}]/.exec(line)?.[1] ?? 0);
}

/** A cursor that cannot be used: what was sent is not known. */
export class CursorDamaged extends Error {
  override readonly name = "CursorDamaged";
}

/** The file that keeps how far one destination has come. */
export class CursorFile {
  readonly #dir: string;
  readonly #path: string;

  /** `dir`: the folder of all of them. */
  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#path = join(dir, `${name}.json`);
  }

  /** Null when nothing was sent yet. @throws CursorDamaged, Error when it cannot be read */
  read(): Position | null {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw failure;
    }
    const found = positionSchema.safeParse(parsed(text));
    if (!found.success) throw new CursorDamaged(`${this.#path} is damaged`);
    return found.data;
  }

  /** On disk when this returns, whole or as it was before. */
  write(position: Position): void {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    writeAside(this.#path, Buffer.from(`${JSON.stringify(position)}\n`));
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
