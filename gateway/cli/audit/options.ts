import { existsSync, readFileSync } from "node:fs";
import { Option } from "commander";
import { ED25519, type NoteKey, parseVkey, type SignatureType } from "../../lib/tlog/note.ts";
import { NoLog, verifyLog } from "../../record/audit/verify-log.ts";
import type { AuditReport } from "../../record/audit/audit-report.ts";
import type { Printer } from "../common/printer.ts";
import { CliFailure, collect, exits } from "../common/verb.ts";

/** Several may be given; each is a vkey or a file with one a line. */
export const keyOption = new Option(
  "--key <vkey>",
  "verifier key of the log (C2SP signed-note), or a file with such keys; may be repeated",
)
  .argParser(collect)
  .default([]);

/** @throws CliFailure key_invalid */
export function keysOf(given: readonly string[], type: SignatureType = ED25519): NoteKey[] {
  const texts = given.flatMap((one) => (existsSync(one) ? linesOf(readText(one)) : [one]));
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

function linesOf(text: string): string[] {
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}

/** Verifies a log and shows how far it is. @throws CliFailure no_log */
export async function verifiedLog(
  printer: Pick<Printer, "progress">,
  options: Omit<Parameters<typeof verifyLog>[0], "progress">,
): Promise<AuditReport> {
  const progress = (done: number, of: number): void =>
    printer.progress(`${Math.floor((100 * done) / Math.max(1, of))} % verified`);
  return verifyLog({ ...options, progress }).catch((failure: unknown) => {
    if (failure instanceof NoLog) throw new CliFailure(exits.usage, "no_log", `${failure.message}.`);
    throw failure;
  });
}
