/** One line of the result. */
export interface Check {
  readonly name: string;
  readonly count: number;
  readonly failures: number;
}

/** Progress, for people. */
export type Say = (text: string) => void;
