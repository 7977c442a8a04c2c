/** Callers program against codes and statuses: taking one away or giving it another status must be two deliberate edits. */

type Catalogue = Readonly<Record<string, { readonly status: number; readonly sentence: string }>>;

export function statusesOf(catalogue: Catalogue): Record<string, number> {
  const codes = Object.keys(catalogue).toSorted();
  return Object.fromEntries(codes.map((code) => [code, catalogue[code]?.status ?? 0]));
}

export function catalogueProblems(catalogue: Catalogue, pinned: Readonly<Record<string, number>>): string[] {
  const now = statusesOf(catalogue);
  return [
    ...Object.keys(pinned)
      .filter((code) => now[code] === undefined)
      .map((code) => `${code} is pinned and no longer in the catalogue`),
    ...Object.entries(now).flatMap(([code, status]) => {
      if (pinned[code] === undefined) return [`${code} (${status}) is new: add it to the pinned catalogue`];
      return pinned[code] === status ? [] : [`${code} has status ${status}, pinned is ${pinned[code]}`];
    }),
    ...Object.entries(catalogue).flatMap(([code, entry]) => formProblems(code, entry)),
  ];
}

function formProblems(
  code: string,
  { status, sentence }: { readonly status: number; readonly sentence: string },
): string[] {
  const problems = [];
  if (!/^[a-z][a-z0-9_]*$/.test(code)) problems.push(`${code} is not in lower snake case`);
  if (!Number.isInteger(status) || status < 200 || status > 599) problems.push(`${code} has no HTTP status`);
  if (!/^[A-Z].*\.$/.test(sentence)) problems.push(`${code} does not tell callers a whole sentence`);
  return problems;
}
