import { createHmac } from "node:crypto";
import type { Renaming } from "../../domain/exchange.ts";
import { callerKey, type Subject } from "../../domain/subject.ts";
import type { ToolCall } from "../../domain/tool-call.ts";

/** A name that nobody has, to be asked for in the place of one that is hidden. */
export interface DecoyName {
  readonly name: string;
  readonly renaming: Renaming;
}

/** Characters that the reader of requests takes for the name of a tool, and for any other. */
const longestOfTool = 128;
const longest = 2_048;

/** Makes up names that nobody has. */
export class DecoyNames {
  readonly #key: Uint8Array;

  /** `key`: secret, and the same for all processes on a store. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /**
   * Names in the place of this one: a similar one first, since servers have other words for one part of their URIs than for another, and
   * policy may tell names by how they begin; then one that has nothing in common with it.
   */
  of({ resourceType, name, route }: Named, subject: Subject): readonly DecoyName[] {
    const word = this.#word(JSON.stringify([callerKey(subject), route.id, resourceType, name]));
    const scheme = resourceType === "tool" || resourceType === "prompt" ? "" : schemeOf(name);
    const rest = name.slice(scheme.length);
    const last = [...rest.matchAll(wordsAndOthers)].findLast(([text]) => /^\w/.test(text));
    const similar = last === undefined ? [] : [replaced(name, scheme.length + last.index, last[0].length, word)];
    const unrelated = replaced(name, scheme.length, rest.length, word + (rest.includes("{") ? "/{id}" : ""));
    const most = resourceType === "tool" ? longestOfTool : longest;
    return [...similar, unrelated].filter((one) => one.name.length <= most);
  }

  /**
   * The same for the same caller and name, so that a call which is made again is the same call; nobody can guess it, so no tool server has
   * it, and no caller has it in its arguments.
   */
  #word(asked: string): string {
    return `x${createHmac("sha256", this.#key).update(asked).digest("hex").slice(0, 24)}`;
  }
}

type Named = Pick<ToolCall, "resourceType" | "name" | "route">;

/** Runs of ASCII letters and digits; expressions of templates and escapes are none. */
const wordsAndOthers = /\{[^}]*\}|%[0-9A-Fa-f]{2}|[A-Za-z0-9]+/g;

function schemeOf(uri: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/)?/.exec(uri)?.[0] ?? "";
}

function replaced(name: string, at: number, length: number, placeholder: string): DecoyName {
  const original = name.slice(at, at + length);
  return { name: name.slice(0, at) + placeholder + name.slice(at + length), renaming: { placeholder, original } };
}
