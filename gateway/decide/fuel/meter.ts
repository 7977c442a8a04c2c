import { ByteReader, ByteWriter } from "./bytes.ts";
import { opcode, skipImmediates, type ModuleOutline, sectionId } from "./sections.ts";

/** Name of the exported counter; the host sets it before and reads it after each evaluation. */
export const FUEL_EXPORT = "sallyport_fuel";

/** A native function of OPA's runtime (by its name in the name section) whose work a host builtin does instead. */
export interface Redirect {
  readonly native: string;
  /** Passed as the builtin id; outside the range OPA's compiler numbers from zero. */
  readonly id: number;
  /** Only calls whose argument at this index is a set go to the host builtin; null: every call. */
  readonly onlyForSetAt: number | null;
}

/** Fuel of one function: for each call, and for each round of its loops. At most 63. */
export interface Price {
  readonly entry: number;
  readonly round: number;
}

export interface Metering {
  readonly redirects?: readonly Redirect[];
  /**
   * Functions, by index, that do not cost one unit each. A function that is free to enter does constant work outside
   * its loops; whatever else it calls is reached only through functions that are charged.
   */
  readonly prices?: ReadonlyMap<number, Price>;
}

const ONE: Price = { entry: 1, round: 1 };

/**
 * Adds a counter to a module: every function entry and every loop header takes one unit and traps below zero.
 * All repetition in WebAssembly is a loop or a call, so the count bounds the work; functions that have neither
 * are a constant amount of work and are left as they are.
 * @throws RangeError when the module has something the rewriter does not know, or does not validate afterwards.
 */
export function meterModule(
  wasm: Uint8Array,
  outline: ModuleOutline,
  { redirects = [], prices = new Map() }: Metering = {},
): Uint8Array<ArrayBuffer> {
  const fuelGlobal = outline.importedGlobalCount + globalCount(wasm, outline);
  const handedOver = redirectBodies(outline, redirects);
  const priceOf = (defined: number): Price => prices.get(defined + outline.importedFunctionCount) ?? ONE;
  const output = new ByteWriter(Math.ceil(wasm.length * 1.25)).raw(wasm, 0, 8);
  let written = 0;
  for (const section of outline.sections) {
    const reader = new ByteReader(wasm, section.start, section.end);
    if (section.id === sectionId.global) appendSection(output, section.id, addGlobal(reader));
    else if (section.id === sectionId.export) appendSection(output, section.id, addExport(reader, fuelGlobal));
    else if (section.id === sectionId.code)
      appendSection(output, section.id, meterCode(reader, fuelGlobal, handedOver, priceOf));
    else
      output
        .byte(section.id)
        .u32(section.end - section.start)
        .raw(wasm, section.start, section.end);
    if (section.id === sectionId.global || section.id === sectionId.export || section.id === sectionId.code)
      written += 1;
  }
  const metered = new Uint8Array(output.written);
  if (written !== 3 || !WebAssembly.validate(metered))
    throw new RangeError("the metered module is not valid WebAssembly");
  return metered;
}

function globalCount(wasm: Uint8Array, outline: ModuleOutline): number {
  const section = outline.sections.find(({ id }) => id === sectionId.global);
  return section === undefined ? 0 : new ByteReader(wasm, section.start, section.end).u32();
}

function appendSection(output: ByteWriter, id: number, content: ByteWriter): void {
  output.byte(id).u32(content.written.length).raw(content.written);
}

/** One more mutable i32, full at first: the module's start function runs before the host can set a limit. */
function addGlobal(reader: ByteReader): ByteWriter {
  const content = new ByteWriter(reader.end - reader.at + 16)
    .u32(reader.u32() + 1)
    .raw(reader.bytes, reader.at, reader.end);
  return content.byte(0x7f).byte(1).byte(0x41).s32(0x7fff_ffff).byte(0x0b);
}

function addExport(reader: ByteReader, fuelGlobal: number): ByteWriter {
  const content = new ByteWriter(reader.end - reader.at + 32)
    .u32(reader.u32() + 1)
    .raw(reader.bytes, reader.at, reader.end);
  return content.name(FUEL_EXPORT).byte(3).u32(fuelGlobal);
}

function meterCode(
  reader: ByteReader,
  fuelGlobal: number,
  handedOver: ReadonlyMap<number, HandOver>,
  priceOf: (defined: number) => Price,
): ByteWriter {
  const content = new ByteWriter(Math.ceil((reader.end - reader.at) * 1.25));
  const body = new ByteWriter(4096);
  const count = reader.u32();
  content.u32(count);
  for (let index = 0; index < count; index += 1) {
    const original = reader.part(reader.u32());
    const handOver = handedOver.get(index);
    if (handOver?.always === true) body.clear().u32(0).raw(handOver.code).byte(0x0b);
    else {
      const { entry, round } = priceOf(index);
      const onEntry = Buffer.concat([chargeSequence(fuelGlobal, entry), handOver?.code ?? nothing]);
      meterBody(
        original,
        { onEntry, onRound: chargeSequence(fuelGlobal, round), always: handOver !== undefined },
        body.clear(),
      );
    }
    content.u32(body.written.length).raw(body.written);
  }
  return content;
}

/** fuel = fuel - units; if (fuel < 0) unreachable */
function chargeSequence(fuelGlobal: number, units: number): Uint8Array {
  if (units === 0) return nothing;
  const code = new ByteWriter(32);
  code.byte(0x23).u32(fuelGlobal).byte(0x41).s32(units).byte(0x6b).byte(0x24).u32(fuelGlobal);
  code.byte(0x23).u32(fuelGlobal).byte(0x41).byte(0).byte(0x48).byte(0x04).byte(0x40).byte(0x00).byte(0x0b);
  return code.written.slice();
}

const nothing = new Uint8Array(0);

interface Additions {
  readonly onEntry: Uint8Array;
  readonly onRound: Uint8Array;
  /** Applies also to a function without loops or calls. */
  readonly always: boolean;
}

function meterBody(code: ByteReader, { onEntry, onRound, always }: Additions, output: ByteWriter): void {
  const start = code.at;
  for (let groups = code.u32(); groups > 0; groups -= 1) {
    code.skipInteger();
    code.skip(1);
  }
  const entry = code.at;
  const loops: number[] = [];
  let calls = false;
  while (!code.done) {
    const op = code.byte();
    skipImmediates(code, op);
    if (op === opcode.loop) loops.push(code.at);
    else if (op === opcode.call || op === opcode.callIndirect) calls = true;
  }
  if (!calls && loops.length === 0 && !always) {
    output.raw(code.bytes, start, code.end);
    return;
  }
  let copied = start;
  for (const at of [entry, ...loops]) {
    output.raw(code.bytes, copied, at).raw(at === entry ? onEntry : onRound);
    copied = at;
  }
  output.raw(code.bytes, copied, code.end);
}

interface HandOver {
  readonly code: Uint8Array;
  /** The function's own code is replaced entirely. */
  readonly always: boolean;
}

/** Code that passes a function's arguments to a host builtin: `opa_builtinN(id, no context, arguments…)`. */
function redirectBodies(outline: ModuleOutline, redirects: readonly Redirect[]): Map<number, HandOver> {
  const bodies = new Map<number, HandOver>();
  for (const { native, id, onlyForSetAt } of redirects) {
    const index = outline.names.get(native);
    if (index === undefined || index < outline.importedFunctionCount) continue;
    const defined = index - outline.importedFunctionCount;
    const parameters = outline.typeParameters[outline.functionTypes[defined] ?? -1] ?? 0;
    const target = outline.importedFunctions.get(`env.opa_builtin${parameters}`);
    if (target === undefined)
      throw new RangeError(`${native} cannot be redirected: no import takes ${parameters} arguments`);
    const code = new ByteWriter(48);
    if (onlyForSetAt !== null) ifSet(code, outline, onlyForSetAt);
    code.byte(0x41).s32(id).byte(0x41).byte(0);
    for (let local = 0; local < parameters; local += 1) code.byte(0x20).u32(local);
    code.byte(opcode.call).u32(target);
    if (onlyForSetAt !== null) code.byte(RETURN).byte(END);
    bodies.set(defined, { code: code.written.slice(), always: onlyForSetAt === null });
  }
  return bodies;
}

const RETURN = 0x0f;
const END = 0x0b;

/** OPA_SET in https://github.com/open-policy-agent/opa/blob/v1.22.2/wasm/src/value.h */
const OPA_SET = 7;

/** if (opa_value_type(argument) == OPA_SET) { */
function ifSet(code: ByteWriter, outline: ModuleOutline, argument: number): void {
  const typeOf = outline.names.get("opa_value_type");
  if (typeOf === undefined) throw new RangeError("the module has no opa_value_type");
  code.byte(0x20).u32(argument).byte(opcode.call).u32(typeOf);
  code.byte(0x41).byte(OPA_SET).byte(0x46).byte(0x04).byte(0x40);
}
