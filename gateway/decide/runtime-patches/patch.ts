import { createHash } from "node:crypto";
import { ByteReader, ByteWriter } from "../fuel/bytes.ts";
import type { Price } from "../fuel/meter.ts";
import { type ModuleOutline, outlineModule, sectionId } from "../fuel/sections.ts";
import { assemble } from "./assemble.ts";
import { hashConstants } from "./constants.ts";
import type { PolicyFunctions } from "./memory.ts";
import { type Replacement, replacements } from "./table.ts";

/** By the index among the module's own functions. */
type Chosen = ReadonlyMap<number, Replacement>;

export interface PatchedModule {
  readonly wasm: Uint8Array;
  /** Of the replacements, by index. */
  readonly prices: ReadonlyMap<number, Price>;
}

/**
 * The module with the hottest functions of OPA's runtime replaced by ones that do the same in less time. What they leave
 * to the original goes to a copy of it behind all other functions. A module whose runtime is another than the known one
 * is given back as it is: the replacements know where it keeps its variables, and that nobody else computes its hashes.
 * @throws RangeError when the bytes are no WebAssembly module
 */
export function patchModule(wasm: Uint8Array): PatchedModule {
  const outline = outlineModule(wasm);
  const bodies = functionBodies(wasm, outline);
  const chosen = choose(outline, bodies);
  const policy = policyFunctions(outline);
  if (chosen === null || policy === null) return { wasm, prices: new Map() };
  const sections = new Map([
    [sectionId.function, functionSection(outline, chosen)],
    [sectionId.code, codeSection(outline, bodies, chosen, policy)],
  ]);
  const output = new ByteWriter(wasm.length * 2).raw(wasm, 0, 8);
  for (const { id, start, end } of outline.sections) {
    const content = sections.get(id as 3 | 10)?.written ?? wasm.subarray(start, end);
    output.byte(id).u32(content.length).raw(content);
  }
  const faster = output.written.slice();
  hashConstants(faster, outlineModule(faster));
  const prices = new Map([...chosen].map(([index, { price }]) => [index + outline.importedFunctionCount, price]));
  return { wasm: faster, prices };
}

function functionBodies(wasm: Uint8Array, { sections }: ModuleOutline): Uint8Array[] {
  const code = sections.find(({ id }) => id === sectionId.code);
  if (code === undefined) return [];
  const reader = new ByteReader(wasm, code.start, code.end);
  return Array.from({ length: reader.u32() }, () => {
    const { at, end } = reader.part(reader.u32());
    return wasm.subarray(at, end);
  });
}

/** The compiler takes the names of functions that a policy does not need out of the module; all others have to be known. */
function choose({ names, importedFunctionCount }: ModuleOutline, bodies: readonly Uint8Array[]): Chosen | null {
  if (!names.has("opa_value_hash")) return null;
  const chosen = new Map<number, Replacement>();
  for (const [name, replacement] of Object.entries(replacements)) {
    const index = names.get(name);
    if (index === undefined) continue;
    const body = bodies[index - importedFunctionCount];
    if (body === undefined || sha256(body) !== replacement.digest) return null;
    chosen.set(index - importedFunctionCount, replacement);
  }
  return chosen;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The compiler puts them behind all of the runtime, under the names of their rules: `g0.data.…`. */
function policyFunctions({ names, functionTypes, importedFunctionCount }: ModuleOutline): PolicyFunctions | null {
  let first = Infinity;
  for (const [name, index] of names) if (/^g\d+\.data\./.test(name)) first = Math.min(first, index);
  return first === Infinity ? null : { first, count: importedFunctionCount + functionTypes.length - first };
}

function functionSection({ functionTypes }: ModuleOutline, chosen: Chosen): ByteWriter {
  const originals = [...chosen.keys()].map((index) => functionTypes[index] as number);
  const output = new ByteWriter().u32(functionTypes.length + originals.length);
  for (const type of [...functionTypes, ...originals]) output.u32(type);
  return output;
}

function codeSection(
  { names, importedFunctionCount }: ModuleOutline,
  bodies: readonly Uint8Array[],
  chosen: Chosen,
  policy: PolicyFunctions,
): ByteWriter {
  const originals = [...chosen.keys()];
  const output = new ByteWriter(1024 * 1024).u32(bodies.length + originals.length);
  const put = (body: Uint8Array): void => void output.u32(body.length).raw(body);
  bodies.forEach((body, index) => {
    const original = importedFunctionCount + bodies.length + originals.indexOf(index);
    const functions = (name: string): number => (name === "$original" ? original : (names.get(name.slice(1)) ?? -1));
    const replacement = chosen.get(index);
    put(replacement === undefined ? body : assemble(replacement.body(policy), functions));
  });
  for (const index of originals) put(bodies[index] as Uint8Array);
  return output;
}
