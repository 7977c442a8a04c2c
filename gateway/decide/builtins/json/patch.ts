import type { Value } from "../../value.ts";
import { RegoObject, RegoSet, equalValues } from "../../value.ts";
import { int64At, isArray, objectAt, parseInt64, typeName } from "../operands.ts";
import type { Builtin, BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";
import { parsePath } from "./path.ts";

/** JSON Patch (RFC 6902) over Rego values: sets are containers whose members are their own keys. */

type Path = readonly Value[];

class Document {
  root: Value | undefined;
  readonly #context: BuiltinContext;
  readonly #weights = new Map<object, number>();

  constructor(context: BuiltinContext, root: Value) {
    this.#context = context;
    this.root = root;
  }

  get(path: Path): Value {
    let value = this.#present();
    for (const key of path) {
      this.#context.charge(5);
      value = childOf(value, key);
    }
    return value;
  }

  add(path: Path, value: Value): void {
    this.root = path.length === 0 ? value : this.#rewrite(this.#present(), path, value);
  }

  remove(path: Path): void {
    this.root = path.length === 0 ? (this.#present(), undefined) : this.#rewrite(this.#present(), path, undefined);
  }

  /** Copies share what they copy, so a document that holds itself forty times is small until it is written out. */
  chargeCopy(value: Value): void {
    this.#context.charge(Math.min(this.#weight(value), Number.MAX_SAFE_INTEGER));
  }

  /** Values that would be written, about; each shared part is counted once and remembered. */
  #weight(value: Value): number {
    if (typeof value === "string") return 1 + (value.length >>> 4);
    if (typeof value !== "object" || value === null) return 1;
    const known = this.#weights.get(value);
    if (known !== undefined) return known;
    const weight = 1 + partsOf(value).reduce<number>((sum, part) => sum + this.#weight(part), 0);
    this.#weights.set(value, weight);
    return weight;
  }

  #present(): Value {
    if (this.root === undefined) throw new BuiltinError("deleted node encountered");
    return this.root;
  }

  /** A copy of `parent` in which the end of the path holds `value`, or is gone when undefined. */
  #rewrite(parent: Value, path: Path, value: Value | undefined): Value {
    const [key, ...rest] = path as [Value, ...Value[]];
    this.#context.charge(20 + sizeOf(parent));
    if (rest.length > 0) return replaceChild(parent, key, this.#rewrite(childOf(parent, key), rest, value));
    return value === undefined ? withoutChild(parent, key) : withChild(parent, key, value);
  }
}

function partsOf(value: Value): readonly Value[] {
  if (value instanceof RegoObject) return value.entries().flat();
  if (value instanceof RegoSet) return value.values();
  return isArray(value) ? value : [];
}

function sizeOf(value: Value): number {
  if (value instanceof RegoObject || value instanceof RegoSet) return value.size * 6;
  return isArray(value) ? value.length : 0;
}

function childOf(parent: Value, key: Value): Value {
  if (parent instanceof RegoObject) {
    const child = parent.get(key);
    if (child !== undefined) return child;
  } else if (parent instanceof RegoSet) {
    const member = parent.values().find((item) => equalValues(item, key));
    if (member !== undefined) return member;
  } else if (isArray(parent)) {
    const item = parent[indexOf(parent.length, key)];
    if (item !== undefined) return item;
  }
  throw missing(parent);
}

function missing(parent: Value): BuiltinError {
  return new BuiltinError(`path does not exist in ${typeName(parent)}`);
}

function indexOf(length: number, key: Value): number {
  if (key === "-") return length;
  if (typeof key === "string") {
    const index = parseInt64(key);
    if (index === undefined) throw new BuiltinError("invalid string for indexing");
    if (key !== "0" && key.startsWith("0")) throw new BuiltinError("leading zeros are not allowed in JSON paths");
    return Number(index);
  }
  return Number(int64At(1, key));
}

function withChild(parent: Value, key: Value, value: Value): Value {
  if (parent instanceof RegoObject) return RegoObject.from(parent.entries()).set(key, value);
  if (parent instanceof RegoSet) {
    if (!equalValues(key, value)) throw new BuiltinError("set key does not equal value to be inserted");
    return RegoSet.from(parent.values()).add(value);
  }
  if (!isArray(parent)) throw missing(parent);
  const index = indexOf(parent.length, key);
  if (index < 0 || index > parent.length) throw missing(parent);
  return parent.toSpliced(index, 0, value);
}

function withoutChild(parent: Value, key: Value): Value {
  childOf(parent, key);
  if (parent instanceof RegoObject) {
    return RegoObject.from(parent.entries().filter(([name]) => !equalValues(name, key)));
  }
  if (parent instanceof RegoSet) return RegoSet.from(parent.values().filter((item) => !equalValues(item, key)));
  return isArray(parent) ? parent.toSpliced(indexOf(parent.length, key), 1) : parent;
}

function replaceChild(parent: Value, key: Value, value: Value): Value {
  if (parent instanceof RegoObject) return RegoObject.from(parent.entries()).set(key, value);
  if (parent instanceof RegoSet) {
    return RegoSet.from(parent.values().filter((item) => !equalValues(item, key))).add(value);
  }
  return isArray(parent) ? parent.with(indexOf(parent.length, key), value) : parent;
}

function required(operation: RegoObject, name: string): Value {
  const value = operation.get(name);
  if (value === undefined) throw new BuiltinError(`missing required attribute '${name}'`);
  return value;
}

function apply(document: Document, operation: RegoObject): void {
  const rawPath = required(operation, "path");
  const name = required(operation, "op");
  if (typeof name !== "string") throw new BuiltinError(`attribute 'op' must be a string but found: ${typeName(name)}`);
  const path = parsePath(rawPath);
  switch (name) {
    case "add":
      return document.add(path, required(operation, "value"));
    case "remove":
      return document.remove(path);
    case "replace":
      document.remove(path);
      return document.add(path, required(operation, "value"));
    case "move":
    case "copy": {
      const from = parsePath(required(operation, "from"));
      const value = document.get(from);
      document.chargeCopy(value);
      if (name === "move") document.remove(from);
      return document.add(path, value);
    }
    case "test":
      if (equalValues(document.get(path), required(operation, "value"))) return;
      throw new BuiltinError("value from EditTree != patch value");
    default:
      throw new BuiltinError(`unrecognized op: '${name}'`);
  }
}

export const patch: Builtin = (context, source, operations) => {
  if (!isArray(operations)) throw new BuiltinError(`operand 2 must be array but got ${typeName(operations)}`);
  context.charge(10);
  const document = new Document(context, source);
  for (const operation of operations) {
    if (!(operation instanceof RegoObject)) {
      throw new BuiltinError("must be an array of JSON-Patch objects, but at least one element is not an object");
    }
    context.charge(50);
    apply(document, objectAt(2, operation));
  }
  return document.root;
};
