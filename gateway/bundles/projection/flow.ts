import { Locals } from "./locals.ts";
import { at, either, elsewhere, memberOf, type Origin, take } from "./origin.ts";
import type { Block, Operand, PlannedFunction, Statement, StatementBody } from "./plan.ts";
import { ReadNode } from "./read-node.ts";
import { INERT, TYPE_CHECKS, USING } from "./statements.ts";

/** The program that the input is followed through. */
export interface Program {
  readonly strings: readonly string[];
  readonly functions: ReadonlyMap<string, PlannedFunction>;
  readonly builtins: ReadonlySet<string>;
  /** Whom a call may reach whose name has variable parts, beyond those that are looked at on their own. */
  readonly reachable: (call: StatementBody, parts: readonly Origin[]) => readonly PlannedFunction[];
}

interface Frame {
  readonly blocks: readonly Block[];
  readonly params: Map<number, Origin>;
}

/**
 * Follows the input through a plan: every lookup by a constant name goes one member deeper, and whatever else is done
 * with a value reads all of it. Conditions are not looked at, so what is found is never too little.
 */
export class Flow {
  readonly root = new ReadNode();
  readonly #program: Program;
  readonly #frames = new Map<string, Frame>();
  readonly #waiting = new Set<Frame>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** Begins at `name`, whose first parameter is the input. */
  enter(name: string, blocks: readonly Block[], params: readonly number[]): void {
    this.#reach(name, blocks, params, [at([this.root], true)]);
  }

  /** @throws Error for a plan with something in it that is not known: no projection is better than a wrong one */
  run(): void {
    for (const frame of this.#waiting) {
      this.#waiting.delete(frame);
      this.#blocks(frame.blocks, new Locals(frame.params));
    }
  }

  #blocks(blocks: readonly Block[], locals: Locals): void {
    for (const block of blocks) locals.nested(() => this.#statements(block, locals));
  }

  #statements({ stmts }: Block, locals: Locals): void {
    for (const statement of stmts ?? []) this.#step(statement, locals);
  }

  #step({ type, stmt }: Statement, locals: Locals): void {
    if (type === "DotStmt") this.#look(stmt, locals);
    else if (type === "AssignVarStmt") locals.set(needed(stmt.target), origin(stmt.source, locals));
    else if (type === "EqualStmt" || type === "NotEqualStmt") compare(stmt, locals);
    else if (type === "CallStmt") this.#call(stmt, locals);
    else if (type === "CallDynamicStmt") this.#callDynamic(stmt, locals);
    else if (type === "ScanStmt") this.#scan(stmt, locals);
    else if (type === "WithStmt") this.#replace(stmt, locals);
    else if (type === "BlockStmt") this.#blocks(needed(stmt.blocks), locals);
    else if (type === "NotStmt") this.#blocks([needed(stmt.block)], locals);
    else if (USING.has(type) || INERT.has(type)) {
      if (USING.has(type))
        for (const used of [stmt.source, stmt.key, stmt.value, stmt.a, stmt.b]) take(origin(used, locals));
      if (stmt.target !== undefined) locals.set(stmt.target, elsewhere);
    } else throw new Error(`the plan has a ${type}, which is not known`);
  }

  #look({ source, key, target }: StatementBody, locals: Locals): void {
    const from = origin(source, locals);
    if (typeof key === "object" && key.type === "string_index") {
      locals.set(needed(target), memberOf(from, this.#string(key.value)));
      return;
    }
    take(origin(key, locals));
    take(from);
    // Of what is found there, all is taken already.
    locals.set(needed(target), elsewhere);
  }

  #call({ func = "", args = [], result }: StatementBody, locals: Locals): void {
    const called = this.#program.functions.get(func);
    const handed = args.map((arg) => origin(arg, locals));
    if (called !== undefined) this.#reach(func, called.blocks, called.params, handed);
    else if (!this.#program.builtins.has(func)) throw new Error(`the plan calls ${func}, which it does not have`);
    else if (!TYPE_CHECKS.has(func)) handed.forEach(take);
    // Returning a value takes all of it.
    locals.set(needed(result), elsewhere);
  }

  #callDynamic(stmt: StatementBody, locals: Locals): void {
    const parts = (stmt.path ?? []).map((part) => origin(part, locals));
    parts.forEach(take);
    const handed = (stmt.args ?? []).map((arg) => origin(arg, locals));
    for (const { name, blocks, params } of this.#program.reachable(stmt, parts))
      this.#reach(name, blocks, params, handed);
    locals.set(needed(stmt.result), elsewhere);
  }

  #scan({ source, key, value, block }: StatementBody, locals: Locals): void {
    take(origin(source, locals));
    const round = (): void => {
      for (const local of [key, value]) locals.set(needed(local) as number, elsewhere);
      this.#statements(needed(block), locals);
    };
    // Until a round leaves nothing to the next that was not there before.
    while (locals.nested(round));
  }

  /** `with`: all of a local is replaced, or what lies at a path, whose places decide what is built around the value. */
  #replace({ local, path, value, block }: StatementBody, locals: Locals): void {
    const [before, replacement] = [locals.get(needed(local)), origin(value, locals)];
    let inside = replacement;
    if (path !== null && path !== undefined && path.length > 0) {
      take(replacement);
      let place = before;
      for (const part of path) place = memberOf(place, this.#string(part as number));
      inside = { ...before, sure: false };
    }
    locals.nested(() => {
      locals.set(needed(local), inside);
      this.#statements(needed(block), locals);
    });
    locals.set(needed(local), before);
  }

  #string(index: number): string {
    return needed(this.#program.strings[index]);
  }

  #reach(name: string, blocks: readonly Block[], params: readonly number[], handed: readonly Origin[]): void {
    const known = this.#frames.get(name);
    const frame = known ?? { blocks, params: new Map<number, Origin>() };
    if (known === undefined) this.#frames.set(name, frame);
    let changed = known === undefined;
    for (const [index, param] of params.entries()) {
      const [before, more] = [frame.params.get(param), handed[index] ?? elsewhere];
      const now = before === undefined ? more : either(before, more);
      changed ||= now !== before;
      frame.params.set(param, now);
    }
    if (changed) this.#waiting.add(frame);
  }
}

function origin(from: Operand | number | undefined, locals: Locals): Origin {
  if (typeof from === "number") return locals.get(from);
  return from?.type === "local" ? locals.get(from.value) : elsewhere;
}

/** Compared with a constant, presence and type decide, and scalars are sent as they are. */
function compare({ a, b }: StatementBody, locals: Locals): void {
  if ([a, b].some((side) => typeof side === "object" && side.type !== "local")) return;
  take(origin(a, locals));
  take(origin(b, locals));
}

function needed<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the plan has a statement without one of its parts");
  return value;
}
