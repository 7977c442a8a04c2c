import { accessSync, constants, lstatSync, mkdirSync, statSync, writeFileSync, type WriteFileOptions } from "node:fs";
import { dirname } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { CliFailure, exits } from "./verb.ts";

/** Writes a file that a command line asks for, into a folder that is there. @throws CliFailure file_not_written */
export function writeOutput(file: string, text: string, options: WriteFileOptions = {}): void {
  whereWritable(file, () => writeFileSync(file, text, options));
}

/** Makes the folders above a file. @throws CliFailure file_not_written */
export function makeFolderOf(file: string): void {
  const folder = dirname(file);
  whereWritable(folder, () => mkdirSync(folder, { recursive: true }));
}

/** Before work whose result goes into the file: its folder is there, and neither is closed to us. @throws CliFailure file_not_written */
export function assertWritable(file: string | undefined): void {
  if (file === undefined) return;
  whereWritable(file, () => {
    const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory();
    if (isFolder === true)
      throw new CliFailure(exits.usage, "file_not_written", `${file} cannot be written: it is a folder.`);
    accessSync(isFolder === undefined ? `${dirname(file)}/` : file, constants.W_OK);
  });
}

/** Whether something has this name, also a link to nothing. @throws CliFailure file_not_written */
export function isTaken(file: string): boolean {
  return whereWritable(file, () => lstatSync(file, { throwIfNoEntry: false })) !== undefined;
}

function whereWritable<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (failure) {
    const { errno } = failure as NodeJS.ErrnoException;
    if (errno === undefined) throw failure;
    const why = getSystemErrorMessage(errno);
    throw new CliFailure(exits.usage, "file_not_written", `${file} cannot be written: ${why}.`, { file });
  }
}
