import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { noteKey } from "../../../../gateway/lib/tlog/note.ts";
import type { Random } from "../../check.ts";
import type { Trusted } from "../both-verifiers.ts";
import { logFolder, logKey, type LogShape, openLog, openWriter, writeCalls } from "../made-log.ts";
import { shorten, shortenPastRemoved } from "../shortened.ts";
import { lineMutations, type Mutation } from "./line-mutations.ts";
import { treeMutations } from "./tree-mutations.ts";
import { wholeMutations } from "./whole-mutations.ts";

/** A log that is to be changed, what an auditor has of it, and every kind of change. */
export interface LogState {
  readonly dir: string;
  readonly trusted: Trusted;
  readonly kinds: Readonly<Record<string, Mutation>>;
}

/** Bytes of a line, about. */
const LINE_BYTES = 500;
const SEGMENTS = 100;
/** Segments that retention leaves, about. */
const LEFT = 5;
/** Calls of the log that parts are taken from. */
const CALLS_ELSEWHERE = 900;

/** `whole`: a log with all of its lines; `shortened`: the same log after retention, which has its whole tree and the newest lines. */
export interface LogStates {
  readonly whole: LogState;
  readonly shortened: LogState;
}

/** Logs of about so many lines. */
export async function makeStates(folder: string, lines: number, random: Random): Promise<LogStates> {
  const segmentBytes = Math.max(20_000, (lines * LINE_BYTES) / SEGMENTS);
  const shape = { dir: join(folder, "whole"), segmentBytes, key: logKey() };
  const earlier = join(folder, "whole-earlier");
  await write(shape, random, lines / 3, 0);
  cpSync(logFolder(shape.dir), earlier, { recursive: true });
  await write(shape, random, lines / 6, lines / 3);
  const elsewhere = { dir: join(folder, "elsewhere"), segmentBytes: 200_000, key: logKey() };
  await write(elsewhere, random, CALLS_ELSEWHERE, 0);

  const short = { ...shape, dir: join(folder, "shortened") };
  cpSync(logFolder(shape.dir), logFolder(short.dir), { recursive: true });
  const opened = openLog(short);
  await opened.writer.open();
  await shorten(short.dir, opened, LEFT * segmentBytes);
  await opened.writer.close();
  const shortEarlier = join(folder, "shortened-earlier");
  cpSync(logFolder(short.dir), shortEarlier, { recursive: true });
  await write(short, random, 100, lines);

  const other = logFolder(elsewhere.dir);
  return {
    whole: await stateOf(shape, { folder, other, earlier }, random),
    shortened: await stateOf(short, { folder, other, earlier: shortEarlier }, random),
  };
}

interface Besides {
  readonly folder: string;
  /** Another log, and this one as it was earlier. */
  readonly other: string;
  readonly earlier: string;
}

async function stateOf(shape: LogShape, { folder, other, earlier }: Besides, random: Random): Promise<LogState> {
  const pastRemoved = { ...shape, dir: `${shape.dir}-past-removed` };
  cpSync(logFolder(shape.dir), logFolder(pastRemoved.dir), { recursive: true });
  await shortenPastRemoved(pastRemoved, random);
  return {
    dir: logFolder(shape.dir),
    trusted: trustedOf(shape, folder),
    kinds: {
      ...lineMutations,
      ...treeMutations(logKey()),
      ...wholeMutations(other, earlier, logFolder(pastRemoved.dir)),
    },
  };
}

async function write(shape: LogShape, random: Random, calls: number, from: number): Promise<void> {
  const writer = openWriter(shape);
  // Several writes a segment: it ends with the one that fills it.
  const together = Math.min(250, Math.ceil(shape.segmentBytes / LINE_BYTES / 8));
  await writeCalls(writer, random, Math.round(calls), Math.round(from), together);
  await writer.close();
}

/** As an auditor has it: the key, and a checkpoint that was kept elsewhere. */
function trustedOf({ dir, key }: LogShape, folder: string): Trusted {
  const text = readFileSync(join(logFolder(dir), "tlog", "checkpoint"), "utf8");
  const file = join(folder, `${dir.split("/").at(-1) ?? ""}.checkpoint`);
  writeFileSync(file, text);
  return { vkey: noteKey(parseCheckpoint(text)?.origin ?? "", key).vkey, checkpoint: { file, text } };
}
