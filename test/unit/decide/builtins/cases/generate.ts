/** A call as text: the builtin's name, and its arguments as one Rego array. */
export type CallText = readonly [name: string, args: string];

const json = (value: string): string => JSON.stringify(value);

/** Every combination of one text from each list, as arguments. */
export function combine(name: string, ...choices: readonly (readonly string[])[]): CallText[] {
  const all = choices.reduce<string[][]>(
    (rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])),
    [[]],
  );
  return all.map((row) => [name, `[${row.join(",")}]`]);
}

export function texts(...values: readonly string[]): string[] {
  return values.map(json);
}
