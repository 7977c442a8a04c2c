import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { environmentVariable } from "../environment.ts";

/** What is found in an OPA configuration: mistakes, and options without effect. */
export interface OpaNotes {
  readonly faults: Finding[];
  readonly ignored: Finding[];
}

/** One mapping of an OPA configuration. What nobody takes of it has no effect, and is told with its name. */
export class Section {
  readonly path: Path;
  readonly #value: JsonObject;
  readonly #notes: OpaNotes;
  readonly #taken = new Set<string>();

  constructor(value: JsonObject, path: Path, notes: OpaNotes) {
    this.#value = value;
    this.path = path;
    this.#notes = notes;
  }

  get names(): string[] {
    return Object.keys(this.#value);
  }

  /** As it is written. */
  raw(name: string): JsonValue | undefined {
    this.#taken.add(name);
    return Object.hasOwn(this.#value, name) ? this.#value[name] : undefined;
  }

  /** With `${NAME}` replaced. */
  take(name: string): JsonValue | undefined {
    return expanded(this.raw(name));
  }

  /** Null when it is absent, or no mapping, which is a mistake. */
  section(name: string): Section | null {
    const value = this.raw(name);
    if (value === undefined || value === null) return null;
    if (isJsonObject(value)) return new Section(value, [...this.path, name], this.#notes);
    this.fault(name, "expected a mapping");
    return null;
  }

  /** The secret behind a text that consists of `${NAME}` alone is read when it is needed. */
  secret(name: string): JsonValue | undefined {
    const value = this.raw(name);
    const variable = typeof value === "string" ? /^\$\{([A-Za-z_]\w*)\}$/.exec(value)?.[1] : undefined;
    return variable === undefined ? expanded(value) : `env:${variable}`;
  }

  fault(name: string, message: string): void {
    this.#notes.faults.push({ path: [...this.path, name], at: "key", message });
  }

  ignore(name: string, message: string): void {
    this.#notes.ignored.push({ path: [...this.path, name], at: "key", message });
  }

  /** Nothing else of it is known here. */
  end(): void {
    for (const name of this.names) if (!this.#taken.has(name)) this.ignore(name, "is not supported and has no effect");
  }
}

/**
 * As OPA replaces `${NAME}`: by the variable, or not at all when it is not set. A text that then is a number or a truth value is one, since
 * OPA replaces before it reads.
 */
function expanded<Value extends JsonValue | undefined>(value: Value): JsonValue | Value {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => expanded(item));
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, expanded(item)]));
  if (typeof value !== "string" || !value.includes("${")) return value;
  const text = value.replace(/\$\{(.*?)\}/g, (whole, name: string) => environmentVariable(name) ?? whole);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return text === "true" || text === "false" ? text === "true" : text;
}
