/** One test in a JUnit report. */
export interface JunitCase {
  readonly suite: string;
  readonly name: string;
  readonly seconds: number;
  /** Null when it did not fail. */
  readonly failure: string | null;
  readonly skipped: boolean;
}

/** The form of JUnit's XML that CI systems read: a suite for each package. */
export function junitText(cases: readonly JunitCase[]): string {
  const suites = [...Map.groupBy(cases, ({ suite }) => suite)].map(([suite, own]) => {
    const [failures, skipped] = [own.filter(({ failure }) => failure !== null), own.filter((one) => one.skipped)];
    const counts = `tests="${own.length}" failures="${failures.length}" skipped="${skipped.length}"`;
    return [`  <testsuite name="${escaped(suite)}" ${counts}>`, ...own.map(caseText), "  </testsuite>"].join("\n");
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...suites, "</testsuites>", ""].join("\n");
}

function caseText({ suite, name, seconds, failure, skipped }: JunitCase): string {
  const head = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${seconds.toFixed(6)}"`;
  if (failure !== null) return `${head}><failure message="${escaped(failure)}"/></testcase>`;
  return skipped ? `${head}><skipped/></testcase>` : `${head}/>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML 1.0 does not have (§2.2) become U+FFFD. */
function escaped(text: string): string {
  const plain = text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return plain.replace(/[&<>"]/g, (character) => entities[character] ?? character).replaceAll("\n", "&#10;");
}
