import { createHash } from "node:crypto";
import { ByteReader, ByteWriter } from "../fuel/bytes.ts";
import type { Price } from "../fuel/meter.ts";
import { type ModuleOutline, outlineModule, sectionId } from "../fuel/sections.ts";
import { assemble, type Body } from "./assemble.ts";
import { hashConstants } from "./constants.ts";
import type { PolicyFunctions } from "./memory.ts";
import * as collections from "./collections.ts";
import * as json from "./json.ts";
import * as memory from "./memory.ts";
import * as strings from "./strings.ts";

/** By the index among the module's own functions. */
type Chosen = ReadonlyMap<number, Replacement>;

export interface PatchedModule {
  readonly wasm: Uint8Array;
  /** Prices of the replaced functions, by function index. */
  readonly prices: ReadonlyMap<number, Price>;
  /** Why nothing is replaced, so that the policy is slower; null when the runtime is the known one. */
  readonly foreign: string | null;
}

/**
 * Replaces the most used functions of OPA's runtime by faster ones with the same results (`KNOWN_RUNTIME` and `replacements`
 * below say of which version, and their digests). For cases that a replacement does not handle, the original is kept as a copy
 * after all other functions. A module with an unknown runtime is returned unchanged, with the reason: the replacements depend
 * on the addresses of its variables and on every function that computes hashes.
 * @throws RangeError when the bytes are no WebAssembly module
 */
export function patchModule(wasm: Uint8Array): PatchedModule {
  const outline = outlineModule(wasm);
  const bodies = functionBodies(wasm, outline);
  const chosen = choose(outline, bodies);
  const policy = policyFunctions(outline);
  if (typeof chosen === "string") return { wasm, prices: new Map(), foreign: chosen };
  if (policy === null) return { wasm, prices: new Map(), foreign: "the module names no function of a policy" };
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
  return { wasm: faster, prices, foreign: null };
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

/**
 * The compiler removes the names of functions that a policy does not need; all other functions must have a known digest.
 * @returns what is to be replaced, or why nothing is
 */
function choose({ names, importedFunctionCount }: ModuleOutline, bodies: readonly Uint8Array[]): Chosen | string {
  if (!names.has("opa_value_hash")) return "the module does not name opa_value_hash";
  const chosen = new Map<number, Replacement>();
  for (const [name, replacement] of Object.entries(replacements)) {
    const index = names.get(name);
    if (index === undefined) continue;
    const body = bodies[index - importedFunctionCount];
    if (body === undefined || sha256(body) !== replacement.digest) return `${name} is not that of ${KNOWN_RUNTIME}`;
    chosen.set(index - importedFunctionCount, replacement);
  }
  return chosen;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The policy's own functions. The compiler puts them after the whole runtime, under the names of their rules: `g0.data.…`. */
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

interface Replacement {
  /** SHA-256 of the original body that the replacement was written and tested for. */
  readonly digest: string;
  readonly body: (policy: PolicyFunctions) => Body;
  readonly price: Price;
}

/** One round does the work of four or more rounds of the original; a call alone does constant work. */
const fast: Price = { entry: 0, round: 4 };
/** Allocations are charged, so that the limit of fuel also bounds memory. */
const allocating = (pieces: number): Price => ({ entry: pieces, round: 4 });

const replaced = (digest: string, body: Replacement["body"] | Body, price = fast): Replacement => ({
  digest,
  price,
  body: typeof body === "function" ? body : () => body,
});

/**
 * The compiler whose modules are patched. A module of any other runs as it is, and a warning says so when it is activated. To
 * support another version, read each function whose digest differs, adapt its replacement and write the new digest here; the
 * tests compare the answers with those of the unpatched module.
 */
export const KNOWN_RUNTIME = "OPA 1.22.2";

/**
 * The hottest functions of the known runtime by their names in the name section, each with the digest that it must have. Functions that compute hashes must
 * be replaced together, and so must the four that share the memoization table.
 */
export const replacements: Readonly<Record<string, Replacement>> = {
  opa_value_hash: replaced("515e69618152c3569753cb1a20ccd22f2709b9924d1a3f1b47a087dcf4fbb18e", strings.hash),
  opa_value_compare: replaced("89581e22004c9fbb28163d8dbe552ca39adf959bcf41dfd8d7116fe97455fe35", strings.compare),
  opa_value_get: replaced("11886defce67010a3210d06f3e5763fb09c4c738e38a047a00869a6f025c1576", collections.get),
  opa_value_iter: replaced("8f90a1da787928302b99f36b30ef226ca29bc47418138b6bbbb06efc16c45e52", collections.iterate),
  __opa_object_insert: replaced("504c4075a37cccfa8805192fbb6780fccfaef02a3f47575a94f1c7405f12b94c", collections.insert),
  builtin_member: replaced("ac5aff59de280de43e3c9a3326d0b0f3cf80b28f2b757702410d5a738402b4a8", collections.member),
  opa_object: replaced(
    "3a5bd87380eff7ccb7860d821a393f94f5f11d1e9a4fce825125224c5bb96b13",
    memory.object,
    allocating(5),
  ),
  opa_set: replaced("ea90313ee2e1b865b4755e372ea1e9a33b0a57d04d97b4a48b10723404c1f8bf", memory.set, allocating(5)),
  opa_malloc: replaced(
    "9a1191664e2768f69105cacfdd57efb1284e0c41312f35ae3ad723c6d5a99e76",
    memory.malloc,
    allocating(2),
  ),
  opa_memoize_init: replaced("79da65e74229e15fa680b8365ac8894faead6272114affa91da3fc421cff6e19", memory.memoizeInit),
  opa_memoize_push: replaced("560d78e053ca9b353447265c3068c801e76dad75e19282e85adcaf6e180473e5", memory.memoizePush),
  opa_memoize_get: replaced("1cee11785a6ad2f43e51b4ca4b5ed7443e1bc475a21ac69475764999496bafd7", memory.memoizeGet),
  opa_memoize_insert: replaced(
    "b477508bcff8eaaa8197b974a05ec8a5910f5d9b866cc122bab59d1c3d95c715",
    memory.memoizeInsert,
  ),
  opa_json_lex_read_string: replaced(
    "ecabdc6aa4ccd82d6b3a85b0a79b841c188efb700db5734442802f7b8292f65b",
    json.lexString,
  ),
  opa_json_parse_string: replaced("eec7a81e8279a6d52cb965be863174e18e7237ec3bbe8d94ba98cbc59625dbd0", json.parseString),
  opa_json_writer_emit_string: replaced(
    "8de5a1b01afa828587123f744be4d68734db2e2ec613f55811b22a15c0ffc358",
    json.writeString,
  ),
};
