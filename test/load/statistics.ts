export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Rounded to `digits`. @throws RangeError without a value */
export function spread(values: readonly number[], digits: number): Spread {
  const round = (value: number): number => Number(value.toFixed(digits));
  return { median: round(median(values)), min: round(Math.min(...values)), max: round(Math.max(...values)) };
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("no values");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
