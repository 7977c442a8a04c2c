/** Decimal places that an amount may have. */
const places = 18;
const one = 10n ** BigInt(places);

/** As people and JSON write amounts: no sign, no leading zero. Numbers may have an exponent when they are turned into text. */
const written = /^(0|[1-9][0-9]{0,29})(?:\.([0-9]{1,18}))?(?:e([+-][0-9]{1,2}))?$/;

/**
 * An amount of 0 or more, exactly, in units of 10^-18: of a JSON number, whose shortest text is what was sent, or of a text
 * such as "12.50" without an exponent. Null for everything else: a sign, more places than there are, a value that is no amount.
 */
export function decimal(value: unknown): bigint | null {
  if (typeof value !== "number" && typeof value !== "string") return null;
  const [, whole, fraction = "", exponent] = written.exec(String(value)) ?? [];
  if (whole === undefined || (exponent !== undefined && typeof value === "string")) return null;
  const shift = places - fraction.length + Number(exponent ?? 0);
  const digits = BigInt(whole + fraction);
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  return digits % unit === 0n ? digits / unit : null;
}

/** The shortest text of an amount of `decimal`. */
export function decimalText(amount: bigint): string {
  const fraction = String(amount % one)
    .padStart(places, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(amount / one) : `${amount / one}.${fraction}`;
}
