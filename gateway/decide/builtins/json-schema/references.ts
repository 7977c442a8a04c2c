import type { Value } from "../../value.ts";
import { RegoObject } from "../../value.ts";
import { isArray } from "../operands.ts";
import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";
import type { Url } from "./url.ts";
import { isCanonical, parseUrl, resolveUrl, urlText, withoutFragment } from "./url.ts";

/** Their members are named by the schema's author, and are schemas only below. */
const MAPS = new Set(["properties", "dependencies", "patternProperties"]);
/** Values to compare with, whatever they look like. */
const LITERAL = new Set(["const", "enum"]);

/** Reading and resolving one URL costs as much as some dozen keywords. */
const URL_FUEL = 500;

/** Targets of `$ref` within one document, relative to the ids around them; nothing is ever fetched. */
export class References {
  readonly #context: BuiltinContext;
  readonly #byId = new Map<string, Value>();
  readonly #absolute = new Map<Value, string>();

  /** @throws BuiltinError when two parts of the document have one id */
  constructor(context: BuiltinContext, root: Value) {
    this.#context = context;
    this.#collect(root, parseUrl(""));
    this.#byId.set("", root);
  }

  /** The reference of an object in full: what is written, when that is no URL. */
  absolute(node: RegoObject, written: string): string {
    return this.#absolute.get(node) ?? written;
  }

  /** @throws BuiltinError for a reference that leads nowhere, or out of the document */
  resolve(reference: string): Value {
    const url = parseUrl(reference);
    const text = urlText(url);
    const named = this.#byId.get(text);
    if (named !== undefined) return named;
    const start = this.#byId.get(urlText(withoutFragment(url)));
    if (start !== undefined) {
      const target = follow(start, url.fragment);
      this.#byId.set(text, target);
      return target;
    }
    if (!isCanonical(url)) throw new BuiltinError(`Reference ${text} must be canonical`);
    throw new BuiltinError(`remote reference loading disabled: ${text}`);
  }

  #collect(node: Value, base: Url): void {
    if (isArray(node)) for (const item of node) this.#collect(item, base);
    if (!(node instanceof RegoObject)) return;
    const own = this.#identify(node, base);
    const target = this.#urlOf(node.get("$ref"));
    if (target !== undefined) this.#absolute.set(node, urlText(resolveUrl(own, target)));
    for (const [key, value] of node.entries()) {
      if (LITERAL.has(key as string)) continue;
      if (!MAPS.has(key as string)) this.#collect(value, own);
      else if (value instanceof RegoObject) for (const child of value.values()) this.#collect(child, own);
    }
  }

  #identify(node: RegoObject, base: Url): Url {
    const id = this.#urlOf(node.get(node.has("id") ? "id" : "$id"));
    if (id === undefined) return base;
    const own = resolveUrl(base, id);
    const text = urlText(own);
    if (this.#byId.has(text)) throw new BuiltinError(`Reference already exists: "${text}"`);
    this.#byId.set(text, node);
    return own;
  }

  #urlOf(value: Value | undefined): Url | undefined {
    if (typeof value !== "string") return undefined;
    this.#context.charge(URL_FUEL);
    try {
      return parseUrl(value);
    } catch (error) {
      if (error instanceof BuiltinError) return undefined;
      throw error;
    }
  }
}

/** A fragment that is no pointer means the whole document. */
function follow(start: Value, pointer: string): Value {
  if (!pointer.startsWith("/")) return start;
  return pointer.slice(1).split("/").reduce(step, start);
}

function step(node: Value, token: string): Value {
  if (node instanceof RegoObject) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    const next = node.get(key);
    if (next === undefined) throw new BuiltinError(`Object has no key '${key}'`);
    return next;
  }
  if (!isArray(node)) throw new BuiltinError(`Invalid token reference '${token}'`);
  if (!/^[+-]?\d+$/.test(token)) throw new BuiltinError(`Invalid array index '${token}'`);
  const item = node[Number(token)];
  if (item === undefined) throw new BuiltinError(`Out of bound array[0,${node.length}] index '${Number(token)}'`);
  return item;
}
