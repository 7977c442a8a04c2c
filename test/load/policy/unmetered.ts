import { ByteReader, ByteWriter } from "../../../gateway/decide/fuel/bytes.ts";
import { patchModule } from "../../../gateway/decide/runtime-patches/patch.ts";
import { type Metering, meterModule } from "../../../gateway/decide/fuel/meter.ts";
import { outlineModule, sectionId } from "../../../gateway/decide/fuel/sections.ts";

const nop = 0x01;

/**
 * The metered module with every charge overwritten by as many `nop`s, which cost nothing once compiled: all else stays
 * as it is, so the difference between the two is the fuel alone.
 * @throws Error when there is no charge to remove
 */
export function unmeteredModule(metered: Uint8Array): Uint8Array<ArrayBuffer> {
  const module = Buffer.from(new Uint8Array(metered).buffer);
  let removed = 0;
  for (let units = 1; units < 64; units++) {
    const charge = chargeOf(metered, units);
    for (let at = module.indexOf(charge); at >= 0; at = module.indexOf(charge, at + charge.length)) {
      module.fill(nop, at, at + charge.length);
      removed += 1;
    }
  }
  const bytes = new Uint8Array(module);
  if (removed === 0 || !WebAssembly.validate(bytes))
    throw new Error("the charges of the metered module were not found");
  return bytes;
}

export function meteredModule(wasm: Uint8Array, redirects: Metering["redirects"] & {}): Uint8Array<ArrayBuffer> {
  const { wasm: faster, prices } = patchModule(wasm);
  return meterModule(faster, outlineModule(faster), { redirects, prices });
}

/** fuel = fuel - units; if (fuel < 0) unreachable: the fuel is the module's last global. */
function chargeOf(metered: Uint8Array, units: number): Buffer {
  const outline = outlineModule(metered);
  const globals = outline.sections.find(({ id }) => id === sectionId.global);
  if (globals === undefined) throw new Error("the metered module has no globals");
  const fuel = outline.importedGlobalCount + new ByteReader(metered, globals.start, globals.end).u32() - 1;
  const code = new ByteWriter(32).byte(0x23).u32(fuel).byte(0x41).byte(units).byte(0x6b).byte(0x24).u32(fuel);
  code.byte(0x23).u32(fuel).byte(0x41).byte(0).byte(0x48).byte(0x04).byte(0x40).byte(0x00).byte(0x0b);
  return Buffer.from(code.written.slice());
}
