import { hash } from "node:crypto";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { JsonValue } from "../../../lib/json.ts";
import { readText, removeEmpty, removeFile, writeWhole } from "./disk.ts";
import { parseJson } from "../../../lib/parse-json.ts";

const putEntry = z.object({
  path: z.array(z.string()).readonly(),
  value: z.custom<JsonValue>(),
  kind: z.enum(["set", "append"]),
  there: z.number(),
});

const record = z.object({
  version: z.literal(1),
  file: z.string(),
  format: z.enum(["json", "toml"]),
  /** The file as it was, which is the backup too; null when there was none. */
  original: z.string().nullable(),
  /** Of the text that was written last. */
  written: z.string(),
  /** Folders that were made for it, the outermost first. */
  folders: z.array(z.string()).readonly(),
  entries: z.array(putEntry).readonly(),
  /** Of a TOML file: the texts that were put between markers. */
  sections: z.array(z.string()).readonly().default([]),
});

/** What was done to one file, so that exactly that can be taken out again. */
export type Record = z.output<typeof record>;

/** Records of what was written, one file for each file that was changed; they hold copies, so only their user can read them. */
export class Records {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Null when nothing is known of the file. */
  of(file: string): Record | null {
    const text = readText(this.placeOf(file));
    if (text === null) return null;
    const { data } = record.safeParse(jsonOrNull(text));
    return data?.file === file ? data : null;
  }

  keep(kept: Record): void {
    writeWhole(this.placeOf(kept.file), `${JSON.stringify(kept, null, 2)}\n`, 0o600);
  }

  forget(file: string): void {
    removeFile(this.placeOf(file));
    removeEmpty([this.#folder, dirname(this.#folder)]);
  }

  placeOf(file: string): string {
    return join(this.#folder, `${hash("sha256", file).slice(0, 32)}.json`);
  }
}

export function digest(text: string): string {
  return hash("sha256", text);
}

function jsonOrNull(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
