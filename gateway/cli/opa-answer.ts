import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "../lib/json.ts";
import type { AskedInput } from "./asked-input.ts";
import { opa } from "./opa.ts";

export type Explain = "notes" | "fails" | "full";

/** What OPA's own interpreter says to the same question. */
export interface OpaAnswer {
  /** Absent when undefined or refused. */
  readonly value?: JsonValue;
  /** OPA's error; null when it evaluated. */
  readonly error: string | null;
  readonly trace: string;
}

/** `opa eval` on the folder, with the clock that the gateway gives its policies. */
export async function askOpa(folder: string, asked: AskedInput, explain: Explain): Promise<OpaAnswer> {
  const directory = mkdtempSync(join(tmpdir(), "sallyport-explain-"));
  try {
    const file = join(directory, "input.json");
    writeFileSync(file, asked.input.text, { mode: 0o600 });
    const question = ["eval", "--bundle", ".", "--input", file, queryOf(asked)];
    const answer = await opa([...question, "--format", "json"], folder);
    const traced = await opa([...question, "--format", "pretty", "--explain", explain], folder);
    return { ...readAnswer(answer.stdout, answer.stderr), trace: traceOf(traced.stdout) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function queryOf({ entrypoint, input }: AskedInput): string {
  const clock = input.timeNs === undefined ? "" : ` with time.now_ns as ${input.timeNs}`;
  return `x := data.sallyport.main.${entrypoint}${clock}`;
}

interface EvalOutput {
  readonly errors?: readonly { readonly message: string; readonly location?: { file: string; row: number } }[];
  readonly result?: readonly { readonly bindings?: { readonly x?: JsonValue } }[];
}

function readAnswer(stdout: string, stderr: string): Pick<OpaAnswer, "value" | "error"> {
  let output: EvalOutput;
  try {
    output = JSON.parse(stdout) as EvalOutput;
  } catch {
    return { error: (stderr || stdout).trim() || "opa gave no answer" };
  }
  if (output.errors !== undefined)
    return {
      error: output.errors
        .map(({ message, location }) =>
          location === undefined ? message : `${location.file}:${location.row}: ${message}`,
        )
        .join("\n"),
    };
  const value = output.result?.[0]?.bindings?.x;
  return value === undefined ? { error: null } : { value, error: null };
}

/** The trace comes first; a table with the value, or the word undefined, follows it. */
function traceOf(pretty: string): string {
  const end = pretty.search(/^(?:┌|\+-|undefined$)/m);
  return (end < 0 ? pretty : pretty.slice(0, end)).trimEnd();
}
