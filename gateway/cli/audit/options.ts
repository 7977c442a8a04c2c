import { existsSync, readFileSync } from "node:fs";
import { Option } from "commander";
import { COSIGNATURE, ED25519, type NoteKey, parseVkey, type SignatureType } from "../../lib/tlog/note.ts";
import { NoCheckpoint, NoLog, verifyLog } from "../../record/audit/verify-log.ts";
import type { AuditReport } from "../../record/audit/audit-report.ts";
import type { Printer } from "../common/printer.ts";
import { makeFolderOf, writeOutput } from "../common/output-file.ts";
import { CliFailure, collect, exits } from "../common/verb.ts";

/** Several may be given; each is a vkey or a file with one a line. */
export const keyOption = new Option(
  "--key <vkey>",
  "verifier key of the log (C2SP signed-note), or a file with such keys; may be repeated",
)
  .argParser(collect)
  .default([]);

/** Into a folder that is made when it is missing. @throws CliFailure file_not_written */
export function writeFiles(files: readonly (readonly [file: string, text: string])[]): void {
  for (const [file, text] of files) {
    makeFolderOf(file);
    writeOutput(file, text);
  }
}

/** At least one for each that is given: a file without a key would leave its check out. @throws CliFailure key_invalid, key_missing */
export function keysOf(given: readonly string[], type: SignatureType = ED25519): NoteKey[] {
  const texts = given.flatMap((one) => (existsSync(one) ? keyLinesOf(one) : [one]));
  return texts.map((text) => {
    try {
      return parseVkey(text, type);
    } catch (failure) {
      throw new CliFailure(exits.usage, "key_invalid", `${(failure as Error).message}.`);
    }
  });
}

/** @throws CliFailure file_unreadable */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (failure) {
    throw new CliFailure(exits.usage, "file_unreadable", `${file} cannot be read: ${(failure as Error).message}`);
  }
}

/** @throws CliFailure key_missing, file_unreadable */
function keyLinesOf(file: string): string[] {
  const lines = readText(file)
    .split("\n")
    .flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  if (lines.length === 0) throw new CliFailure(exits.usage, "key_missing", `There is no key in ${file}.`);
  return lines;
}

/** The one key of a witness. @throws CliFailure key_invalid, key_missing */
export function witnessKeyOf(given: string): NoteKey {
  const [key, ...more] = keysOf([given], COSIGNATURE);
  if (key === undefined || more.length > 0)
    throw new CliFailure(exits.usage, "key_invalid", `${given} has ${more.length + 1} keys; give that of one witness.`);
  return key;
}

/** What keeps all of a log from being read, in one sentence; another failure as it is. */
export function unreadable(log: string, failure: unknown): unknown {
  if (!(failure instanceof Error) || !("syscall" in failure)) return failure;
  return new CliFailure(exits.usage, "log_unreadable", `The log in ${log} cannot be read: ${failure.message}.`);
}

/** Verifies a log and shows how far it is. @throws CliFailure no_log, log_invalid, log_unreadable */
export async function verifiedLog(
  printer: Pick<Printer, "progress">,
  options: Omit<Parameters<typeof verifyLog>[0], "progress">,
): Promise<AuditReport> {
  const progress = (done: number, of: number): void =>
    printer.progress(`${Math.floor((100 * done) / Math.max(1, of))} % verified`);
  return verifyLog({ ...options, progress }).catch((failure: unknown) => {
    if (failure instanceof NoLog) throw new CliFailure(exits.usage, "no_log", `${failure.message}.`);
    if (failure instanceof NoCheckpoint) throw new CliFailure(exits.negative, "log_invalid", `${failure.message}.`);
    throw unreadable(options.dir, failure);
  });
}
