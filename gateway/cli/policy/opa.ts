import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OpaCommand } from "../../bundles/build/opa.ts";
import { environmentVariable, environmentWithout } from "../../config/environment.ts";
import { readConfig } from "../../config/read-config.ts";
import type { JsonValue } from "../../lib/json.ts";
import { findOpa } from "../../compose/find-opa.ts";
import { CliFailure, exits } from "../common/verb.ts";
import type { PolicyQuestion } from "./questions.ts";
import { parseJson } from "../../lib/parse-json.ts";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";

/** Path of the `opa` command. @throws CliFailure opa_missing */
export function neededOpa(): string {
  const found = findOpa();
  if (found !== null) return found;
  const configured = environmentVariable("SALLYPORT_OPA");
  const said =
    configured === null
      ? "The opa command is not here; run `npm run sallyport -- …`, which installs the pinned one, or name one in SALLYPORT_OPA."
      : `SALLYPORT_OPA names ${configured}, which is no program that can be run; name the opa command, or take the variable away.`;
  throw new CliFailure(exits.usage, "opa_missing", said);
}

/**
 * The `opa` command as the gateway runs it: with the time limit of the configuration, where there is one, and without OPA's own flags in the
 * environment. @throws CliFailure, ConfigError
 */
export function configuredOpa(config: string): Exclude<OpaCommand, string> {
  const command = { path: neededOpa(), environment: environmentWithout("OPA_") };
  if (!existsSync(config)) return command;
  return { ...command, timeoutMs: readConfig(config, { secrets: false }).policy.buildTimeoutMs };
}

interface OpaResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs opa in the policy's folder. An exit status above 0 is a result and not an error. */
export function runOpa(args: readonly string[], folder: string, env = environmentWithout("OPA_")): Promise<OpaResult> {
  return new Promise((resolve, reject) => {
    execFile(neededOpa(), args, { cwd: folder, env, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ status: error.code, stdout, stderr });
      else reject(new Error(`${args[0]}: opa could not be run`, { cause: error }));
    });
  });
}

/** How much of its trace OPA prints. */
export type TraceLevel = "notes" | "fails" | "full";

/** The answer of OPA's own interpreter to a question. */
export interface OpaAnswer {
  /** Absent when the rule is undefined or OPA reported an error. */
  readonly value?: JsonValue;
  /** OPA's error; null when it evaluated. */
  readonly error: string | null;
  /** Null when it was not asked for. */
  readonly trace: string | null;
}

/** Runs `opa eval` on the folder, with the time of the question as `time.now_ns`. `level`: null for no trace. */
export async function askOpa(folder: string, question: PolicyQuestion, level: TraceLevel | null): Promise<OpaAnswer> {
  return inTemporaryFolder("sallyport-explain-", async (directory) => {
    const file = join(directory, "input.json");
    writeFileSync(file, question.input.text, { mode: 0o600 });
    const command = ["eval", "--bundle", ".", "--input", file, queryOf(question)];
    const answer = await runOpa([...command, "--format", "json"], folder);
    const found = readAnswer(answer.stdout, answer.stderr);
    if (level === null) return { ...found, trace: null };
    const traced = await runOpa([...command, "--format", "pretty", "--explain", level], folder);
    return { ...found, trace: traceOf(traced.stdout) };
  });
}

function queryOf({ entrypoint, input }: PolicyQuestion): string {
  const clock = input.timeNs === undefined ? "" : ` with time.now_ns as ${input.timeNs}`;
  return `x := data.sallyport.main.${entrypoint}${clock}`;
}

interface EvalOutput {
  readonly errors?: readonly { readonly message: string; readonly location?: { file: string; row: number } }[];
  readonly result?: readonly { readonly bindings?: { readonly x?: JsonValue } }[];
}

/** What `x` is in the answer of `opa eval --format json`. */
export function readAnswer(stdout: string, stderr: string): Pick<OpaAnswer, "value" | "error"> {
  let output: EvalOutput;
  try {
    output = parseJson(stdout) as EvalOutput;
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

/** OPA prints the trace, and after it a table with the value or the word undefined. */
function traceOf(pretty: string): string {
  const end = pretty.search(/^(?:┌|\+-|undefined$)/m);
  return (end < 0 ? pretty : pretty.slice(0, end)).trimEnd();
}
