import type { JsonValue } from "../../lib/json.ts";

/** Where something stands in a file. */
export interface Place {
  /** Keys from the root to it. */
  readonly path: readonly string[];
}

/** One value that goes into a JSON file. Its place for `append`: the list that gets it as its last item. */
export interface JsonEntry extends Place {
  readonly value: JsonValue;
  readonly kind: "set" | "append";
}

/** What goes into a JSON file, with or without comments. */
export interface JsonEdit {
  readonly format: "json";
  readonly path: string;
  readonly entries: readonly JsonEntry[];
}

/** What goes into a TOML file, as text between markers: nothing else of the file is touched. */
export interface TomlEdit {
  readonly format: "toml";
  readonly path: string;
  /** Keys of the root table, which must stand before every table. */
  readonly head: string;
  readonly tables: string;
}

export type Edit = JsonEdit | TomlEdit;

/** What is done to the files of one client. */
export interface Plan {
  readonly edits: readonly Edit[];
  /** What a person has to know or do besides. */
  readonly notes: readonly string[];
}
