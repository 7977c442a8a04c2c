import { ByteReader } from "./bytes.ts";

export const sectionId = { custom: 0, type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const;

export interface Section {
  readonly id: number;
  /** Of the content, in the module's bytes. */
  readonly start: number;
  readonly end: number;
}

/** Facts about a module that the rewriter and the host need before it is compiled. */
export interface ModuleOutline {
  readonly sections: readonly Section[];
  readonly importedFunctions: ReadonlyMap<string, number>;
  readonly importedFunctionCount: number;
  readonly importedGlobalCount: number;
  /** Pages of 64 KiB the imported memory must have at least. */
  readonly memoryMinimum: number;
  /** Parameter count of each type. */
  readonly typeParameters: readonly number[];
  /** Type index of each defined function. */
  readonly functionTypes: readonly number[];
  /** Function index by the name section's name. */
  readonly names: ReadonlyMap<string, number>;
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** @throws RangeError when the bytes are no WebAssembly 1 module. */
export function outlineModule(wasm: Uint8Array): ModuleOutline {
  if (HEADER.some((byte, at) => wasm[at] !== byte)) throw new RangeError("not a WebAssembly module");
  const sections = splitSections(wasm);
  const reader = (id: number): ByteReader | null => {
    const section = sections.find((candidate) => candidate.id === id);
    return section === undefined ? null : new ByteReader(wasm, section.start, section.end);
  };
  return {
    sections,
    ...readImports(reader(sectionId.import)),
    typeParameters: readTypes(reader(sectionId.type)),
    functionTypes: readFunctionTypes(reader(sectionId.function)),
    names: readFunctionNames(wasm, sections),
  };
}

function splitSections(wasm: Uint8Array): Section[] {
  const sections: Section[] = [];
  const reader = new ByteReader(wasm, HEADER.length);
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.part(reader.u32());
    sections.push({ id, start: content.at, end: content.end });
  }
  return sections;
}

function readImports(
  reader: ByteReader | null,
): Pick<ModuleOutline, "importedFunctions" | "importedFunctionCount" | "importedGlobalCount" | "memoryMinimum"> {
  const importedFunctions = new Map<string, number>();
  let [importedFunctionCount, importedGlobalCount, memoryMinimum] = [0, 0, 0];
  for (let left = reader?.u32() ?? 0; reader !== null && left > 0; left -= 1) {
    const name = `${reader.name()}.${reader.name()}`;
    const kind = reader.byte();
    if (kind === 0) {
      importedFunctions.set(name, importedFunctionCount++);
      reader.skipInteger();
    } else if (kind === 2) {
      memoryMinimum = readMemoryMinimum(reader);
    } else if (kind === 3) {
      importedGlobalCount += 1;
      reader.skip(2);
    } else {
      throw new RangeError(`import ${name} is of a kind the host does not give`);
    }
  }
  return { importedFunctions, importedFunctionCount, importedGlobalCount, memoryMinimum };
}

function readMemoryMinimum(reader: ByteReader): number {
  const flags = reader.byte();
  const minimum = reader.u32();
  if ((flags & 1) === 1) reader.skipInteger();
  return minimum;
}

function readTypes(reader: ByteReader | null): number[] {
  const parameters: number[] = [];
  for (let left = reader?.u32() ?? 0; reader !== null && left > 0; left -= 1) {
    if (reader.byte() !== 0x60) throw new RangeError("a type that is no function type");
    const count = reader.u32();
    parameters.push(count);
    reader.skip(count);
    reader.skip(reader.u32());
  }
  return parameters;
}

function readFunctionTypes(reader: ByteReader | null): number[] {
  return reader === null ? [] : Array.from({ length: reader.u32() }, () => reader.u32());
}

/** https://webassembly.github.io/spec/core/appendix/custom.html#name-section, subsection 1. */
function readFunctionNames(wasm: Uint8Array, sections: readonly Section[]): Map<string, number> {
  const names = new Map<string, number>();
  for (const section of sections.filter(({ id }) => id === sectionId.custom)) {
    const reader = new ByteReader(wasm, section.start, section.end);
    if (reader.name() !== "name") continue;
    while (!reader.done) {
      const kind = reader.byte();
      const part = reader.part(reader.u32());
      if (kind !== 1) continue;
      for (let left = part.u32(); left > 0; left -= 1) {
        const index = part.u32();
        names.set(part.name(), index);
      }
    }
  }
  return names;
}

/** Opcodes that the rewriter distinguishes (https://webassembly.github.io/spec/core/binary/instructions.html). */
export const opcode = { loop: 0x03, call: 0x10, callIndirect: 0x11, prefixFc: 0xfc } as const;

/** What may follow an opcode. */
const immediates = {
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
const immediatesOf = new Uint8Array(256).fill(UNKNOWN);

const assign = (value: number, ...ranges: readonly (readonly [number, number])[]): void => {
  for (const [first, last] of ranges) immediatesOf.fill(value, first, last + 1);
};

assign(immediates.none, [0x00, 0x01], [0x05, 0x05], [0x0b, 0x0b], [0x0f, 0x0f], [0x1a, 0x1b]);
assign(immediates.none, [0x45, 0xc4], [0xd1, 0xd1]);
assign(immediates.blockType, [0x02, 0x04]);
assign(immediates.integer, [0x0c, 0x0d], [0x10, 0x10], [0x20, 0x26], [0x41, 0x42], [0xd2, 0xd2]);
assign(immediates.branchTable, [0x0e, 0x0e]);
assign(immediates.twoIntegers, [0x11, 0x11]);
assign(immediates.types, [0x1c, 0x1c]);
assign(immediates.memory, [0x28, 0x3e]);
assign(immediates.oneByte, [0x3f, 0x40], [0xd0, 0xd0]);
assign(immediates.bytes4, [0x43, 0x43]);
assign(immediates.bytes8, [0x44, 0x44]);
assign(immediates.prefixed, [opcode.prefixFc, opcode.prefixFc]);

/**
 * Moves `code` past the immediates of the instruction whose opcode was just read.
 * @throws RangeError for an instruction it does not know: a module it cannot follow must not be activated.
 */
export function skipImmediates(code: ByteReader, op: number): void {
  switch (immediatesOf[op]) {
    case immediates.none:
      return;
    case immediates.integer:
    case immediates.blockType:
      return code.skipInteger();
    case immediates.twoIntegers:
      code.skipInteger();
      return code.skipInteger();
    case immediates.memory:
      return skipMemoryArgument(code);
    case immediates.oneByte:
      return code.skip(1);
    case immediates.bytes4:
      return code.skip(4);
    case immediates.bytes8:
      return code.skip(8);
    case immediates.branchTable:
      for (let count = code.u32() + 1; count > 0; count -= 1) code.skipInteger();
      return;
    case immediates.types:
      return code.skip(code.u32());
    case immediates.prefixed:
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
