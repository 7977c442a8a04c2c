import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { segmentNames } from "./segments.ts";

/** Which decisions are read: the latest, or those from a moment on (ISO 8601, UTC). */
export type DecisionRange = { readonly last: number } | { readonly since: string };

/** Every record begins so: its sequence number, then its kind. */
const isDecision = /^\{"seq":\d+,"kind":"decision",/;
const timestamp = /"timestamp":"([^"]+)"/;

type Wanted = (line: string) => boolean;

/**
 * The lines of recorded decisions in their order, oldest first; a last line that is not written to its end is left out. `wanted`: others
 * are passed over, and not counted.
 */
export function decisionLines(dir: string, range: DecisionRange, wanted: Wanted = () => true): AsyncGenerator<string> {
  const isWanted: Wanted = (line) => isDecision.test(line) && line.endsWith("}") && wanted(line);
  return "last" in range ? latestLines(dir, range.last, isWanted) : linesSince(dir, range.since, isWanted);
}

/** Of a decision line: nothing of the input was kept, or there was none. */
export function hasInput(line: string): boolean {
  return !line.endsWith(',"input":null}');
}

async function* latestLines(dir: string, last: number, wanted: Wanted): AsyncGenerator<string> {
  const counted = await countDecisions(dir, last, wanted);
  let before = counted.reduce((sum, { count }) => sum + count, 0) - last;
  let left = last;
  for (const { name } of counted)
    for await (const line of decisionsOf(dir, name, wanted)) {
      if (before-- > 0) continue;
      // A running gateway writes on: what came after the counting is not of the latest then.
      if (left-- > 0) yield line;
    }
}

async function* linesSince(dir: string, since: string, wanted: Wanted): AsyncGenerator<string> {
  for (const name of await segmentsFrom(dir, since))
    for await (const line of decisionsOf(dir, name, wanted)) if ((timestamp.exec(line)?.[1] ?? "") >= since) yield line;
}

async function* decisionsOf(dir: string, name: string, wanted: Wanted): AsyncGenerator<string> {
  for await (const line of linesOf(join(dir, name))) if (wanted(line)) yield line;
}

/** Segments from the last on that begins before the moment. */
async function segmentsFrom(dir: string, since: string): Promise<string[]> {
  const names = await segmentNames(dir);
  let first = names.length - 1;
  while (first > 0 && (await firstTimestamp(join(dir, names[first] ?? ""))) >= since) first -= 1;
  return names.slice(Math.max(0, first));
}

/** Empty when it has no record yet. */
async function firstTimestamp(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4_096), 0, 4_096, 0);
    return timestamp.exec(buffer.toString("utf8", 0, bytesRead))?.[1] ?? "";
  } finally {
    await handle.close();
  }
}

interface Counted {
  readonly name: string;
  readonly count: number;
}

/** The newest segments, as many as hold `last` decisions, oldest first. */
async function countDecisions(dir: string, last: number, wanted: Wanted): Promise<Counted[]> {
  const counted: Counted[] = [];
  let total = 0;
  for (const name of (await segmentNames(dir)).toReversed()) {
    if (total >= last) break;
    let count = 0;
    for await (const _line of decisionsOf(dir, name, wanted)) count += 1;
    counted.unshift({ name, count });
    total += count;
  }
  return counted;
}

/** Splits at line feeds only: `node:readline` would also split at U+2028, which is allowed inside JSON strings. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8" }) as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
