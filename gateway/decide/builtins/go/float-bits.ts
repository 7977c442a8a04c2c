/** Go's %x and %b of a float64: the bits, not the decimal value. */

function unpack(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  return { mantissa: biased === 0 ? fraction : fraction | (1n << 52n), exponent: (biased === 0 ? 1 : biased) - 1075 };
}

/** Mantissa and exponent in decimal: 4503599627370496p-52. */
export function binaryText(value: number): string {
  const { mantissa, exponent } = unpack(value);
  return `${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
}

/** 0x1.8p+00; a precision rounds to that many digits, half to even. */
export function hexText(value: number, precision: number): string {
  let { mantissa, exponent } = unpack(value);
  if (mantissa === 0n) exponent = 0;
  else {
    // One leading bit, then sixty of fraction.
    const shift = 61 - mantissa.toString(2).length;
    mantissa <<= BigInt(shift);
    exponent += 60 - shift;
  }
  if (precision >= 0 && precision < 15) {
    const drop = BigInt(60 - precision * 4);
    const rest = mantissa & ((1n << drop) - 1n);
    let kept = mantissa >> drop;
    const half = 1n << (drop - 1n);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
    mantissa = kept << drop;
    if (mantissa >> 61n !== 0n) {
      mantissa >>= 1n;
      exponent += 1;
    }
  }
  const digits = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, "0");
  const shown = precision < 0 ? digits.replace(/0+$/, "") : digits.padEnd(precision, "0").slice(0, precision);
  const power = `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return `0x${mantissa >> 60n}${shown === "" ? "" : `.${shown}`}p${power}`;
}
