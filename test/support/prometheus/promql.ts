import type { Series } from "./exposition.ts";

interface Matcher {
  readonly label: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

/** What a query reads: selectors, and the labels that it groups by. */
interface QueryReads {
  readonly selectors: readonly Selector[];
  readonly groupedBy: readonly string[];
}

/** Added by Prometheus when it reads a page. */
const targetLabels: ReadonlySet<string> = new Set(["instance", "job"]);

const words = /^(and|or|unless|bool|offset|inf|nan)$/i;
const grouping = /\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const selector = /(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?/g;
const matcher = /([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;

/** A simple reader: names that are neither functions, aggregations nor words of the language, with what stands in braces behind them. */
export function readsOf(query: string): QueryReads {
  const groupedBy: string[] = [];
  const rest = query.replaceAll(/\[[^\]]*\]/g, "").replaceAll(grouping, (_, _word, labels: string) => {
    groupedBy.push(...labels.split(",").map((name) => name.trim()));
    return " ";
  });
  const selectors = [...rest.matchAll(selector)].flatMap((found) => {
    const [whole, metric = "", braces = ""] = found;
    const isFunction = /^\s*\(/.test(rest.slice(found.index + whole.length));
    if (words.test(metric) || (isFunction && braces === "")) return [];
    const matchers = [...braces.matchAll(matcher)].map(([, label, op, value]) => ({ label, op, value }) as Matcher);
    return [{ metric, matchers }];
  });
  return { selectors, groupedBy };
}

/** Why a query would show nothing, or group by a label that nothing has; empty when it shows something. */
export function emptyParts(query: string, page: readonly Series[]): string[] {
  const { selectors, groupedBy } = readsOf(query);
  if (selectors.length === 0) return [`${query}: reads no metric`];
  const chosen = selectors.map((one) => ({ one, series: page.filter((series) => fits(one, series)) }));
  const empty = chosen.filter(({ series }) => series.length === 0).map(({ one }) => `${query}: no ${textOf(one)}`);
  const ungrouped = groupedBy
    .filter((label) => !targetLabels.has(label))
    .filter((label) => chosen.some(({ series }) => !series.some(({ labels }) => label in labels)));
  return [...empty, ...ungrouped.map((label) => `${query}: no label ${label}`)];
}

function fits({ metric, matchers }: Selector, { name, labels }: Series): boolean {
  return (
    name === metric &&
    matchers.every(({ label, op, value }) => label in labels && holds(labels[label] ?? "", op, value))
  );
}

function holds(actual: string, op: Matcher["op"], value: string): boolean {
  if (op === "=" || op === "!=") return (actual === value) === (op === "=");
  return new RegExp(`^(?:${value})$`).test(actual) === (op === "=~");
}

function textOf({ metric, matchers }: Selector): string {
  return `${metric}{${matchers.map(({ label, op, value }) => `${label}${op}"${value}"`).join(",")}}`;
}
