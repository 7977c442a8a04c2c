import { ByteWriter } from "../fuel/bytes.ts";

/** A function body in WebAssembly's text format, unfolded; `;;` begins a comment. */
export interface Body {
  readonly params: readonly string[];
  readonly locals: Readonly<Record<string, "i32" | "i64">>;
  readonly code: string;
}

/** Resolves names that the body does not define: function indices of `call $name`. */
export type Functions = (name: string) => number;

/** https://webassembly.github.io/spec/core/appendix/index-instructions.html, as far as our bodies use it. */
// prettier-ignore
const plain: Readonly<Record<string, number>> = {
  unreachable: 0x00, else: 0x05, return: 0x0f, select: 0x1b,
  "i32.eqz": 0x45, "i32.eq": 0x46, "i32.ne": 0x47, "i32.lt_u": 0x49, "i32.gt_u": 0x4b, "i32.le_u": 0x4d, "i32.ge_u": 0x4f,
  "i64.eqz": 0x50, "i64.eq": 0x51, "i64.ne": 0x52, "i64.lt_u": 0x54,
  "i32.add": 0x6a, "i32.sub": 0x6b, "i32.mul": 0x6c, "i32.and": 0x71, "i32.or": 0x72, "i32.shl": 0x74, "i32.shr_u": 0x76, "i32.rem_u": 0x70,
  "i64.ctz": 0x7a, "i64.add": 0x7c, "i64.sub": 0x7d, "i64.mul": 0x7e, "i64.and": 0x83, "i64.or": 0x84, "i64.xor": 0x85,
  "i64.shl": 0x86, "i64.shr_u": 0x88, "i32.wrap_i64": 0xa7, "i64.extend_i32_u": 0xad,
};
const memory: Readonly<Record<string, number>> = {
  "i32.load": 0x28,
  "i64.load": 0x29,
  "i32.load8_u": 0x2d,
  "i64.load8_u": 0x31,
  "i64.load16_u": 0x33,
  "i64.load32_u": 0x35,
  "i32.store": 0x36,
  "i64.store": 0x37,
  "i32.store8": 0x3a,
};
const opening: Readonly<Record<string, number>> = { block: 0x02, loop: 0x03, if: 0x04 };
const branching: Readonly<Record<string, number>> = { br: 0x0c, br_if: 0x0d };
const onLocals: Readonly<Record<string, number>> = { "local.get": 0x20, "local.set": 0x21, "local.tee": 0x22 };
const valueTypes = { i32: 0x7f, i64: 0x7e };
const EMPTY = 0x40;
const END = 0x0b;

/** The body's bytes, locals and final `end` included. @throws RangeError for a word it does not know */
export function assemble({ params, locals, code }: Body, functions: Functions): Uint8Array {
  const names = [...params, ...Object.keys(locals)];
  const output = new ByteWriter(1024).u32(Object.keys(locals).length);
  for (const type of Object.values(locals)) output.u32(1).byte(valueTypes[type]);
  const labels: string[] = [];
  const words = code
    .replace(/;;.*/g, "")
    .split(/\s+/)
    .filter((word) => word !== "");
  for (let op = words.shift(); op !== undefined; op = words.shift())
    instruction(output, op, op in plain || op === "end" ? "" : (words.shift() ?? ""), { names, labels, functions });
  if (labels.length > 0) throw new RangeError(`${labels.at(-1)} has no end`);
  return output.byte(END).written.slice();
}

interface Scope {
  readonly names: readonly string[];
  readonly labels: string[];
  readonly functions: Functions;
}

function instruction(output: ByteWriter, op: string, argument: string, scope: Scope): void {
  const { names, labels, functions } = scope;
  if (op === "end") {
    labels.pop();
    output.byte(END);
  } else if (op in opening) {
    labels.push(argument);
    output.byte(opening[op] as number).byte(EMPTY);
  } else if (op in branching) {
    output.byte(branching[op] as number).u32(found(labels.toReversed().indexOf(argument), argument));
  } else if (op in onLocals) {
    output.byte(onLocals[op] as number).u32(found(names.indexOf(argument), argument));
  } else if (op in memory) {
    // Alignment of one byte: texts begin at any address.
    output
      .byte(memory[op] as number)
      .u32(0)
      .u32(Number(argument));
  } else if (op === "call") output.byte(0x10).u32(found(functions(argument), argument));
  else if (op === "i32.const") output.byte(0x41).s64(BigInt(argument));
  else if (op === "i64.const") output.byte(0x42).s64(BigInt.asIntN(64, BigInt(argument)));
  else output.byte(found(plain[op] ?? -1, op));
}

function found(index: number, name: string): number {
  if (index < 0) throw new RangeError(`${name} is not known to the assembler`);
  return index;
}
