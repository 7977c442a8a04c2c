import type { ByteReader } from "./bytes.ts";

/** Opcodes that the rewriter distinguishes (https://webassembly.github.io/spec/core/binary/instructions.html). */
export const opcode = { loop: 0x03, call: 0x10, callIndirect: 0x11, prefixFc: 0xfc } as const;

const kind = {
  none: 0,
  integer: 1,
  twoIntegers: 2,
  blockType: 3,
  branchTable: 4,
  memory: 5,
  bytes4: 6,
  bytes8: 7,
  prefixed: 8,
  oneByte: 9,
  types: 10,
};
const UNKNOWN = 255;

const kinds = new Uint8Array(256).fill(UNKNOWN);
const assign = (value: number, ...ranges: readonly (readonly [number, number])[]): void => {
  for (const [first, last] of ranges) kinds.fill(value, first, last + 1);
};
assign(kind.none, [0x00, 0x01], [0x05, 0x05], [0x0b, 0x0b], [0x0f, 0x0f], [0x1a, 0x1b], [0x45, 0xc4], [0xd1, 0xd1]);
assign(kind.blockType, [0x02, 0x04]);
assign(kind.integer, [0x0c, 0x0d], [0x10, 0x10], [0x20, 0x26], [0x41, 0x42], [0xd2, 0xd2]);
assign(kind.branchTable, [0x0e, 0x0e]);
assign(kind.twoIntegers, [0x11, 0x11]);
assign(kind.types, [0x1c, 0x1c]);
assign(kind.memory, [0x28, 0x3e]);
assign(kind.oneByte, [0x3f, 0x40], [0xd0, 0xd0]);
assign(kind.bytes4, [0x43, 0x43]);
assign(kind.bytes8, [0x44, 0x44]);
assign(kind.prefixed, [opcode.prefixFc, opcode.prefixFc]);

/**
 * Moves `code` past the immediates of the instruction whose opcode was just read.
 * @throws RangeError for an instruction it does not know: a module it cannot follow must not be activated.
 */
export function skipImmediates(code: ByteReader, op: number): void {
  switch (kinds[op]) {
    case kind.none:
      return;
    case kind.integer:
    case kind.blockType:
      return code.skipInteger();
    case kind.twoIntegers:
      code.skipInteger();
      return code.skipInteger();
    case kind.memory:
      return skipMemoryArgument(code);
    case kind.oneByte:
      return code.skip(1);
    case kind.bytes4:
      return code.skip(4);
    case kind.bytes8:
      return code.skip(8);
    case kind.branchTable:
      for (let count = code.u32() + 1; count > 0; count -= 1) code.skipInteger();
      return;
    case kind.types:
      return code.skip(code.u32());
    case kind.prefixed:
      return skipTruncation(code);
    default:
      throw new RangeError(`instruction 0x${op.toString(16)} at byte ${code.at - 1} is not known to the fuel rewriter`);
  }
}

function skipMemoryArgument(code: ByteReader): void {
  // Bit 6 of the alignment announces a memory index (multi-memory), which OPA's modules never use.
  if (code.u32() >= 64) throw new RangeError(`memory index at byte ${code.at} is not known to the fuel rewriter`);
  code.skipInteger();
}

/** Only the saturating conversions: bulk memory operations do unbounded work in one instruction, so they cannot be metered here. */
function skipTruncation(code: ByteReader): void {
  const op = code.u32();
  if (op > 7) throw new RangeError(`instruction 0xfc ${op} at byte ${code.at} is not known to the fuel rewriter`);
}
