/** How much of the rules the tests reach. */
export interface Coverage {
  /** Of the lines with rules, of all files that are counted; 100 where there are none. */
  readonly percent: number;
  /** Lines with rules that are counted. */
  readonly lines: number;
  /** Files with lines that no test reaches, the most first. */
  readonly files: readonly { readonly file: string; readonly percent: number; readonly lines: readonly number[] }[];
}

/** A report of `opa test --coverage --format json`. */
interface OpaCoverage {
  readonly files?: Readonly<Record<string, FileCoverage>>;
}

interface FileCoverage {
  readonly coverage?: number;
  readonly covered_lines?: number;
  readonly not_covered_lines?: number;
  readonly not_covered?: readonly { readonly start: { readonly row: number } }[];
}

/** OPA counts the lines of tests too, all of which are reached; here they are left out. */
export function coverageOf(report: unknown, isCounted: (file: string) => boolean): Coverage {
  const counted = Object.entries((report as OpaCoverage).files ?? {}).filter(
    ([file]) => !file.endsWith("_test.rego") && isCounted(file),
  );
  const sum = (of: (file: FileCoverage) => number | undefined): number =>
    counted.reduce((all, [, file]) => all + (of(file) ?? 0), 0);
  const [reached, missed] = [sum((file) => file.covered_lines), sum((file) => file.not_covered_lines)];
  const files = counted.flatMap(([file, { coverage = 0, not_covered = [] }]) => {
    const lines = [...new Set(not_covered.map(({ start }) => start.row))];
    return lines.length === 0 ? [] : [{ file, percent: coverage, lines }];
  });
  return {
    lines: reached + missed,
    // Rounded down, so that what is shown as enough is enough.
    percent: reached + missed === 0 ? 100 : Math.floor((1_000 * reached) / (reached + missed)) / 10,
    files: files.toSorted((a, b) => b.lines.length - a.lines.length),
  };
}

/** Files that are named, and lines of each. */
const mostNamed = 8;

export function coverageLines({ percent, files }: Coverage): string[] {
  const named = files.slice(0, mostNamed).map(({ file, lines }) => {
    const more = lines.length > mostNamed ? " …" : "";
    return `  ${file}: no test reaches line ${lines.slice(0, mostNamed).join(", ")}${more}`;
  });
  const others = files.length > mostNamed ? [`  and ${files.length - mostNamed} more files (--json)`] : [];
  return [`coverage ${percent} %`, ...named, ...others];
}
