/**
 * Which of `parts`, at most 32,768, a number of 32 bits falls in: `floor(half * parts / 2 ** 32)`, without a number that does not fit into 32
 * bits, which the runtime would have to compute as a fraction.
 * @param half signed or not
 */
export function scaled(half: number, parts: number): number {
  return (Math.imul(half >>> 16, parts) + (Math.imul(half & 0xffff, parts) >>> 16)) >>> 16;
}
