/** One line of a metrics page. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads the Prometheus text format. @throws Error with a line that cannot be read */
export function seriesOf(page: string): Series[] {
  return page
    .split("\n")
    .filter((text) => text !== "" && !text.startsWith("#"))
    .map((text) => {
      const [, name, labels = "", value] = line.exec(text) ?? [];
      if (name === undefined) throw new Error(`no line of the Prometheus text format: ${text}`);
      const pairs = [...labels.matchAll(label)].map(([, key, quoted]) => [String(key), unescaped(String(quoted))]);
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
    });
}

function unescaped(quoted: string): string {
  return quoted.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
