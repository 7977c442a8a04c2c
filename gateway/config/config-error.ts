/** One thing that is wrong in a configuration file. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Dotted path of the option, e.g. `routes[0].upstream.origin`; empty for the file itself. */
  readonly key: string;
  readonly message: string;
}

/** The configuration is refused; every problem in it is listed, in the file's order. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `file:line:column key: message`, the form editors can jump to. */
export function problemLine(problem: ConfigProblem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  return problem.key === "" ? `${place} ${problem.message}` : `${place} ${problem.key}: ${problem.message}`;
}
