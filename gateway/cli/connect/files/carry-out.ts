import { isDeepStrictEqual } from "node:util";
import { CliFailure } from "../../common/verb.ts";
import type { Change } from "./change-files.ts";
import { removeEmpty, removeFile, writeWhole } from "./disk.ts";
import type { Record, Records } from "./records.ts";

/**
 * Writes all changes, or none: when one cannot be written, those before it are taken back. What is known of a file is written before the
 * file and forgotten after it, so that whatever was put in can be taken out, also when the process ends between the two.
 * @throws CliFailure connect_unwritable
 */
export function carryOut(changes: readonly Change[], records: Records): void {
  const done: Step[] = [];
  try {
    for (const step of changes.flatMap((change) => stepsOf(change, records))) {
      step.carryOut();
      done.push(step);
    }
  } catch (failure) {
    if (!(failure instanceof CliFailure)) throw failure;
    const stays = takeBack(done);
    const end = stays.length === 0 ? "Nothing was changed." : notTakenBack(stays);
    throw new CliFailure(failure.exit, failure.code, `${failure.message} ${end}`);
  }
  removeEmpty(changes.flatMap(({ after, known }) => (after === null ? (known?.folders ?? []) : [])));
}

/** Done or not done, and nothing between. */
interface Step {
  readonly file: string;
  readonly carryOut: () => void;
  readonly takeBack: () => void;
}

function stepsOf({ file, before, after, mode, known, kept }: Change, records: Records): readonly Step[] {
  const text: Step = {
    file,
    carryOut: () => put(file, after, mode),
    takeBack() {
      put(file, before, mode);
      if (before === null) removeEmpty(kept?.folders ?? []);
    },
  };
  const record: Step = {
    file,
    carryOut: () => remember(file, kept, records),
    takeBack: () => remember(file, known, records),
  };
  return [
    ...(kept === null || isDeepStrictEqual(known, kept) ? [] : [record]),
    ...(after === before ? [] : [text]),
    ...(kept === null ? [record] : []),
  ];
}

/** The last step first. What is known of a file stays where the file could not be taken back. @returns such files */
function takeBack(done: readonly Step[]): readonly string[] {
  const stays = new Set<string>();
  for (const { file, takeBack: undo } of done.toReversed()) {
    if (stays.has(file)) continue;
    try {
      undo();
    } catch (failure) {
      if (!(failure instanceof CliFailure)) throw failure;
      stays.add(file);
    }
  }
  return [...stays];
}

function notTakenBack(files: readonly string[]): string {
  return `What was changed before could not be taken back in ${files.join(", ")}; when that can be written, run this again, or with --undo.`;
}

function put(file: string, text: string | null, mode: number): void {
  if (text === null) removeFile(file);
  else writeWhole(file, text, mode);
}

function remember(file: string, record: Record | null, records: Records): void {
  if (record === null) records.forget(file);
  else records.keep(record);
}
