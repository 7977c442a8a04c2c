import type { z } from "zod";
import type { JsonObject, JsonValue } from "../lib/json.ts";

/** Members of an entity, taken one by one into the contract where they have its form; the rest is only asserted. */
export class PropertyReader {
  readonly #left: Map<string, JsonValue>;

  constructor(members: JsonObject | undefined) {
    this.#left = new Map(Object.entries(members ?? {}));
  }

  take<Form extends z.ZodType, Absent>(name: string, form: Form, absent: Absent): z.output<Form> | Absent {
    const value = this.#left.get(name);
    const read = form.safeParse(value);
    if (value === undefined || !read.success) return absent;
    this.#left.delete(name);
    return read.data;
  }

  drop(names: readonly string[]): this {
    for (const name of names) this.#left.delete(name);
    return this;
  }

  get rest(): JsonObject {
    return Object.fromEntries(this.#left);
  }
}
