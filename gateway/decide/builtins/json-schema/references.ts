import type { Value } from "../../value.ts";
import { RegoObject } from "../../value.ts";
import { queryUnescape } from "../encoding.ts";
import { isArray } from "../operands.ts";
import { BuiltinError } from "../types.ts";

/** Targets of `$ref` within one document; nothing is ever fetched. */
export class References {
  readonly #root: Value;
  readonly #byId = new Map<string, Value>();

  constructor(root: Value) {
    this.#root = root;
    this.#collect(root);
  }

  /** @throws BuiltinError for a reference that leads nowhere, or out of the document */
  resolve(reference: string): Value {
    const named = this.#byId.get(reference) ?? this.#byId.get(reference.replace(/#$/, ""));
    if (named !== undefined) return named;
    const [base = "", pointer = ""] = reference.split("#");
    const start = base === "" ? this.#root : this.#byId.get(base);
    if (start === undefined) throw new BuiltinError(`remote reference loading disabled: ${reference}`);
    return pointer === "" ? start : follow(start, pointer);
  }

  #collect(node: Value): void {
    if (isArray(node)) for (const item of node) this.#collect(item);
    if (!(node instanceof RegoObject)) return;
    const id = node.get("$id") ?? node.get("id");
    if (typeof id === "string") this.#byId.set(id.replace(/#$/, ""), node);
    for (const item of node.values()) this.#collect(item);
  }
}

function follow(start: Value, pointer: string): Value {
  if (!pointer.startsWith("/")) throw new BuiltinError(`Invalid reference '${pointer}'`);
  return pointer
    .split("/")
    .slice(1)
    .reduce((node, part) => {
      const key = queryUnescape(part.replaceAll("+", "%2B")).replaceAll("~1", "/").replaceAll("~0", "~");
      const next = node instanceof RegoObject ? node.get(key) : isArray(node) ? node[Number(key)] : undefined;
      if (next === undefined) throw new BuiltinError(`Object has no key '${key}'`);
      return next;
    }, start);
}
