import { RegoObject } from "../../value.ts";
import type { BuiltinContext } from "../types.ts";
import type { Template } from "./parse.ts";
import type { Nodes, Operand, Pipe } from "./syntax.ts";
import { Int, failed } from "./syntax.ts";
import type { Datum } from "./values.ts";
import { FUNCTIONS, isTrue, printf, show, toDatum } from "./values.ts";

const MAX_DEPTH = 1_000;

/** @throws BuiltinError */
export function renderTemplate(context: BuiltinContext, template: Template, data: RegoObject): string {
  const renderer = new Renderer(context, template);
  renderer.run(template.body, data, [["$", data]]);
  return renderer.output;
}

type Scope = [string, Datum][];
type Signal = "break" | "continue" | undefined;

class Renderer {
  output = "";
  readonly #context: BuiltinContext;
  readonly #template: Template;
  #depth = 0;

  constructor(context: BuiltinContext, template: Template) {
    this.#context = context;
    this.#template = template;
  }

  run(nodes: Nodes, dot: Datum, scope: Scope): Signal {
    for (const node of nodes) {
      this.#context.charge(20);
      switch (node.kind) {
        case "text":
          this.#write(node.text);
          break;
        case "action": {
          const value = this.#pipe(node.pipe, dot, scope);
          if (node.pipe.variables.length === 0) this.#write(show(value));
          break;
        }
        case "template":
          this.#call(node.name, node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot, scope));
          break;
        case "break":
        case "continue":
          return node.kind;
        default: {
          const signal = node.kind === "range" ? this.#range(node, dot, scope) : this.#branch(node, dot, scope);
          if (signal !== undefined) return signal;
        }
      }
    }
    return undefined;
  }

  #write(text: string): void {
    this.#context.charge(text.length >>> 2);
    this.output += text;
  }

  #call(name: string, dot: Datum): void {
    const nodes = this.#template.named.get(name);
    if (nodes === undefined) throw failed(`template ${JSON.stringify(name)} not defined`);
    if (this.#depth >= MAX_DEPTH) throw failed("exceeded maximum template depth");
    this.#depth += 1;
    this.run(nodes, dot, [["$", dot]]);
    this.#depth -= 1;
  }

  #branch(node: { kind: string; pipe: Pipe; body: Nodes; otherwise: Nodes }, dot: Datum, scope: Scope): Signal {
    const inner = [...scope];
    const value = this.#pipe(node.pipe, dot, inner);
    const holds = isTrue(value);
    return this.run(holds ? node.body : node.otherwise, holds && node.kind === "with" ? value : dot, inner);
  }

  #range(node: { pipe: Pipe; body: Nodes; otherwise: Nodes }, dot: Datum, scope: Scope): Signal {
    const { variables } = node.pipe;
    const items = itemsOf(this.#context, this.#pipe({ ...node.pipe, variables: [] }, dot, scope));
    if (items.length === 0) return this.run(node.otherwise, dot, [...scope]);
    for (const [key, item] of items) {
      const values = variables.length === 2 ? [key, item] : [item];
      const inner: Scope = [...scope, ...variables.map((name, i): [string, Datum] => [name, values[i]])];
      if (this.run(node.body, item, inner) === "break") break;
    }
    return undefined;
  }

  #pipe(pipe: Pipe, dot: Datum, scope: Scope): Datum {
    let value: Datum;
    for (const [index, command] of pipe.commands.entries()) {
      value = this.#command(command, index === 0 ? [] : [value], dot, scope);
    }
    const [name] = pipe.variables;
    if (name !== undefined && pipe.assigns) this.#assign(name, value, scope);
    else if (name !== undefined) scope.push([name, value]);
    return value;
  }

  #assign(name: string, value: Datum, scope: Scope): void {
    const variable = scope.findLast(([known]) => known === name);
    if (variable === undefined) throw failed(`undefined variable ${name}`);
    variable[1] = value;
  }

  #command(command: readonly Operand[], piped: readonly Datum[], dot: Datum, scope: Scope): Datum {
    const [first, ...rest] = command as [Operand, ...Operand[]];
    this.#context.charge(10);
    if (first.kind !== "function") {
      if (rest.length > 0 || piped.length > 0) throw failed("can't give argument to non-function");
      if (first.kind === "nil") throw failed("nil is not a command");
      return this.#operand(first, dot, scope);
    }
    // These two leave off as soon as the answer is known.
    if (first.name === "and" || first.name === "or") {
      if (rest.length + piped.length === 0) throw failed(`wrong number of args for ${first.name}`);
      let value: Datum;
      for (const operand of rest) {
        value = this.#operand(operand, dot, scope);
        if (isTrue(value) === (first.name === "or")) return value;
      }
      return piped.length > 0 ? piped[0] : value;
    }
    if (first.name === "printf") {
      const args = [...rest.map((operand) => this.#operand(operand, dot, scope)), ...piped];
      return printf((work) => this.#context.charge(1 + (work >>> 2)), args);
    }
    const run = Object.hasOwn(FUNCTIONS, first.name) ? FUNCTIONS[first.name] : undefined;
    if (run === undefined) throw failed(`function ${JSON.stringify(first.name)} not defined`);
    const args = [...rest.map((operand) => this.#operand(operand, dot, scope)), ...piped];
    if (args.length === 0) throw failed(`wrong number of args for ${first.name}`);
    this.#context.charge(args.reduce<number>((sum, arg) => sum + (typeof arg === "string" ? arg.length : 10), 0));
    return run(...args);
  }

  #operand(operand: Operand, dot: Datum, scope: Scope): Datum {
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "literal":
        return operand.value;
      case "variable": {
        const variable = scope.findLast(([name]) => name === operand.name);
        if (variable === undefined) throw failed(`undefined variable ${operand.name}`);
        return variable[1];
      }
      case "pipe":
        return this.#pipe(operand.pipe, dot, [...scope]);
      case "function":
        return this.#command([operand], [], dot, scope);
      default:
        return operand.names.reduce(fieldOf, this.#operand(operand.of, dot, scope));
    }
  }
}

function fieldOf(value: Datum, name: string): Datum {
  if (value === undefined || value === null) return undefined;
  if (value instanceof RegoObject) return toDatum(value.get(name));
  throw failed(`can't evaluate field ${name}`);
}

function itemsOf(context: BuiltinContext, value: Datum): readonly (readonly [Datum, Datum])[] {
  if (value === undefined || value === null) return [];
  if (value instanceof RegoObject) return value.entries().map(([key, item]) => [String(key), toDatum(item)] as const);
  if (Array.isArray(value)) {
    return (value as readonly Datum[]).map((item, index) => [new Int(BigInt(index)), item] as const);
  }
  if (!(value instanceof Int)) throw failed("range can't iterate over this value");
  context.charge(value.value > 1_000_000n ? Number.MAX_SAFE_INTEGER : Math.max(Number(value.value), 0) * 50);
  return Array.from(
    { length: Math.max(Number(value.value), 0) },
    (_, i) => [new Int(BigInt(i)), new Int(BigInt(i))] as const,
  );
}
