/** ".000" to ".999". */
export const thousandths: readonly string[] = Array.from({ length: 1_000 }, (_, n) => `.${String(n).padStart(3, "0")}`);

/** Milliseconds to the microsecond, from two whole numbers: to print a double takes several times longer. */
export function millisecondsText(milliseconds: number): string {
  const microseconds = Math.max(0, Math.round(milliseconds * 1_000));
  const whole = Math.floor(microseconds / 1_000);
  return `${whole}${thousandths[microseconds - whole * 1_000]}`;
}
