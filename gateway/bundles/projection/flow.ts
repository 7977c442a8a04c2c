import type { Condition } from "../../domain/ports.ts";
import { equalityOf, Guards, refusedBy } from "./guards.ts";
import {
  type Block,
  CONSUMING_STATEMENTS,
  CREATING_STATEMENTS,
  type PlannedFunction,
  type Statement,
  type StatementBody,
  TYPE_CHECKS,
} from "./plan.ts";
import {
  dataOrigin,
  inputOrigin,
  Locals,
  markRead,
  memberOf,
  type Origin,
  originOf as origin,
  pathOf,
  ReadNode,
  union,
  unknownOrigin,
} from "./read-places.ts";

/** The program that is analysed. */
export interface Program {
  readonly strings: readonly string[];
  readonly functions: ReadonlyMap<string, PlannedFunction>;
  readonly builtins: ReadonlySet<string>;
  /** The functions that a call with a computed name may reach, except those that are analysed separately. */
  readonly reachable: (call: StatementBody, parts: readonly Origin[]) => readonly PlannedFunction[];
}

interface Frame {
  readonly guard: string;
  readonly blocks: readonly Block[];
  readonly params: Map<number, Origin>;
}

/**
 * Follows the input through a plan: a lookup by a constant name goes one member deeper, and any other use of a value reads
 * all of it. Only conditions that the host can evaluate too are recorded (guards.ts), so that the result may contain too
 * much and never too little.
 */
export class Flow {
  readonly guards = new Guards();
  readonly root = new ReadNode(this.guards.reading);
  readonly #program: Program;
  readonly #frames = new Map<string, Frame>();
  readonly #waiting = new Set<Frame>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** Starts at `name`, whose parameters are the input and the data. */
  enter(name: string, blocks: readonly Block[], params: readonly number[]): void {
    this.#reach(name, blocks, params, [inputOrigin([this.root], true), dataOrigin([])]);
  }

  /** @throws Error for an unknown statement: no projection is better than a wrong one */
  run(): void {
    for (const frame of this.#waiting) {
      this.#waiting.delete(frame);
      this.guards.now = frame.guard;
      this.#blocks(frame.blocks, new Locals(frame.params));
    }
  }

  #blocks(blocks: readonly Block[], locals: Locals): void {
    for (const block of blocks) locals.nested(() => this.#statements(block, locals));
  }

  #statements({ stmts }: Block, locals: Locals): void {
    const outside = this.guards.now;
    for (const statement of stmts ?? []) this.#step(statement, locals);
    this.guards.now = outside;
  }

  #step({ type, stmt }: Statement, locals: Locals): void {
    if (type === "DotStmt") this.#look(stmt, locals);
    else if (type === "AssignVarStmt") locals.set(needed(stmt.target), origin(stmt.source, locals));
    else if (type === "EqualStmt" || type === "NotEqualStmt") this.#compare(type, stmt, locals);
    else if (type === "CallStmt") this.#call(stmt, locals);
    else if (type === "CallDynamicStmt") this.#callDynamic(stmt, locals);
    else if (type === "ScanStmt") this.#scan(stmt, locals);
    else if (type === "WithStmt") this.#replace(stmt, locals);
    else if (type === "BlockStmt") this.#blocks(needed(stmt.blocks), locals);
    else if (type === "NotStmt") this.#not(needed(stmt.block), locals);
    else if (CONSUMING_STATEMENTS.has(type) || CREATING_STATEMENTS.has(type)) {
      if (CONSUMING_STATEMENTS.has(type))
        for (const used of [stmt.source, stmt.key, stmt.value, stmt.a, stmt.b]) markRead(origin(used, locals));
      if (stmt.target !== undefined) locals.set(stmt.target, unknownOrigin);
    } else throw new Error(`the plan has a ${type}, which is not known`);
  }

  #look({ source, key, target }: StatementBody, locals: Locals): void {
    const from = origin(source, locals);
    if (from.data !== null) {
      locals.set(needed(target), this.#lookInData(from.data, key, locals));
      return;
    }
    if (typeof key === "object" && key.type === "string_index") {
      locals.set(needed(target), memberOf(from, this.#string(key.value)));
      return;
    }
    markRead(origin(key, locals));
    markRead(from);
    // The whole source is marked as read already.
    locals.set(needed(target), unknownOrigin);
  }

  /** The rest of the block is only reached when the data has the key. */
  #lookInData(data: NonNullable<Origin["data"]>, key: StatementBody["key"], locals: Locals): Origin {
    const constant = typeof key === "object" && key.type === "string_index" ? this.#string(key.value) : null;
    const step = constant ?? pathOf(origin(key, locals));
    markRead(origin(key, locals));
    if (step === null) return unknownOrigin;
    const found = [...data, step];
    this.guards.passed({ data: found });
    return dataOrigin(found);
  }

  #compare(type: string, stmt: StatementBody, locals: Locals): void {
    compare(stmt, locals);
    const equal = type === "EqualStmt" ? equalityOf(stmt, locals, this.#program.strings) : null;
    if (equal !== null) this.guards.passed(equal);
  }

  #not(block: Block, locals: Locals): void {
    let refused: Condition | null = null;
    locals.nested(() => {
      this.#statements(block, locals);
      refused = refusedBy(block, locals, this.#program.strings);
    });
    if (refused !== null) this.guards.passed(refused);
  }

  #call({ func = "", args = [], result }: StatementBody, locals: Locals): void {
    const called = this.#program.functions.get(func);
    const handed = args.map((arg) => origin(arg, locals));
    if (called !== undefined) this.#reach(func, called.blocks, called.params, handed);
    else if (!this.#program.builtins.has(func)) throw new Error(`the plan calls ${func}, which it does not have`);
    else if (!TYPE_CHECKS.has(func)) handed.forEach(markRead);
    // A function's return statement has marked its value as read.
    locals.set(needed(result), unknownOrigin);
  }

  #callDynamic(stmt: StatementBody, locals: Locals): void {
    const parts = (stmt.path ?? []).map((part) => origin(part, locals));
    parts.forEach(markRead);
    const handed = (stmt.args ?? []).map((arg) => origin(arg, locals));
    for (const { name, blocks, params } of this.#program.reachable(stmt, parts))
      this.#reach(name, blocks, params, handed);
    locals.set(needed(stmt.result), unknownOrigin);
  }

  #scan({ source, key, value, block }: StatementBody, locals: Locals): void {
    const from = origin(source, locals);
    markRead(from);
    const outside = this.guards.now;
    if (from.data !== null) this.guards.passed({ data: [...from.data, null] });
    const round = (): void => {
      for (const local of [key, value]) locals.set(needed(local) as number, unknownOrigin);
      this.#statements(needed(block), locals);
    };
    // Until a fixed point: a round that adds no origin.
    while (locals.nested(round));
    this.guards.now = outside;
  }

  /** `with` replaces a whole local, or the value at a path; the objects on the path are rebuilt and so count as visited. */
  #replace({ local, path, value, block }: StatementBody, locals: Locals): void {
    const [before, replacement] = [locals.get(needed(local)), origin(value, locals)];
    let inside = replacement;
    if (path !== null && path !== undefined && path.length > 0) {
      markRead(replacement);
      let place = before;
      for (const part of path) place = memberOf(place, this.#string(part as number));
      inside = { ...before, sure: false, data: null };
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
    const key = `${this.guards.now} ${name}`;
    const known = this.#frames.get(key);
    const frame = known ?? { guard: this.guards.now, blocks, params: new Map<number, Origin>() };
    if (known === undefined) this.#frames.set(key, frame);
    let changed = known === undefined;
    for (const [index, param] of params.entries()) {
      const [before, more] = [frame.params.get(param), handed[index] ?? unknownOrigin];
      const now = before === undefined ? more : union(before, more);
      changed ||= now !== before;
      frame.params.set(param, now);
    }
    if (changed) this.#waiting.add(frame);
  }
}

/** A comparison with a constant depends on presence, type and scalars, which a projection keeps; any other reads both sides. */
function compare({ a, b }: StatementBody, locals: Locals): void {
  if ([a, b].some((side) => typeof side === "object" && side.type !== "local")) return;
  markRead(origin(a, locals));
  markRead(origin(b, locals));
}

function needed<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the plan has a statement without one of its parts");
  return value;
}
