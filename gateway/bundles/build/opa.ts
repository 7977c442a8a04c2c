import { runOnThread } from "../thread/opa-thread.ts";
import { type ProgramEnd, type ProgramRun, runProgram } from "../thread/run-program.ts";
import { asFailure, asLine, BundleFailure, type Location, type Stage, TransientFailure } from "../failure.ts";
import { shownSchemas } from "./hidden-schemas.ts";

/**
 * The OPA command: its path or name, and the time limit of one run when it is not the default. `environment`: OPA takes flags from it too
 * (`OPA_BUILD_OPTIMIZE`), and a bundle would depend on who started the gateway; absent, it is that of this process.
 */
export type OpaCommand =
  string | { readonly path: string; readonly timeoutMs?: number; readonly environment?: NodeJS.ProcessEnv };

/** Bytes of which OPA needs little memory. */
const SMALL_BYTES = 1024 * 1024;

/**
 * The command for a run that reads so many bytes. Of few, OPA collects garbage less often; of many that would take
 * nearly a gigabyte more (ADR 105). A `GOGC` that the environment has stays.
 */
export function opaFor(bytes: number, opa: OpaCommand): OpaCommand {
  if (typeof opa === "string" || opa.environment === undefined || bytes > SMALL_BYTES) return opa;
  return { ...opa, environment: { GOGC: "400", ...opa.environment } };
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Runs of OPA, each as long as it may take, that an answer of a thread may take. */
const RUNS_OF_ANSWER = 10;

/** How long a thread may take to answer a question for which it runs OPA: never less than any other question. */
export function answerLimitMs(opa: OpaCommand): number {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = typeof opa === "string" ? {} : opa;
  return RUNS_OF_ANSWER * Math.max(timeoutMs, DEFAULT_TIMEOUT_MS);
}

interface OpaOutput {
  /** 0 when opa was content. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the OPA command in `directory`, so that every path it prints is below it. @throws BundleFailure with parsed locations */
export async function runOpa(
  opa: OpaCommand,
  args: readonly string[],
  directory: string,
  stage: Stage,
): Promise<string> {
  return contentOutput(await opaOutput(opa, args, directory, stage), stage);
}

/** The same, as a process of the calling thread, which stands still while OPA starts: for threads of the build. @throws BundleFailure */
export async function runOpaHere(
  opa: OpaCommand,
  args: readonly string[],
  directory: string,
  stage: Stage,
): Promise<string> {
  const run = programRun(opa, args, directory);
  return contentOutput(outputOf(await runProgram(run), run, stage), stage);
}

/** As `runOpa`, of a verb for which another exit status is an answer, as it is for `opa test`. @throws TransientFailure when opa cannot be run to its end */
export async function opaOutput(
  opa: OpaCommand,
  args: readonly string[],
  directory: string,
  stage: Stage,
): Promise<OpaOutput> {
  const run = programRun(opa, args, directory);
  const end = await runOnThread(run, answerLimitMs(opa)).catch((error: unknown) => {
    throw asFailure(error, stage);
  });
  return outputOf(end, run, stage);
}

function programRun(opa: OpaCommand, args: readonly string[], directory: string): ProgramRun {
  const command = typeof opa === "string" ? { path: opa } : opa;
  const { path, timeoutMs = DEFAULT_TIMEOUT_MS, environment = null } = command;
  return { path, args, directory, timeoutMs, environment };
}

function contentOutput({ status, stdout, stderr }: OpaOutput, stage: Stage): string {
  if (status === 0) return stdout;
  throw parseOpaErrors(stderr === "" ? stdout : stderr, stage);
}

/** @throws TransientFailure when opa did not run to its end, which says nothing about the policy */
function outputOf({ stdout, stderr, code, killed, signal }: ProgramEnd, run: ProgramRun, stage: Stage): OpaOutput {
  const verb = String(run.args[0]);
  if (typeof code === "string") throw new TransientFailure(stage, notRun(code));
  if (killed)
    throw new TransientFailure(stage, `opa ${verb} took longer than ${run.timeoutMs / 1_000} s (policy.build_timeout)`);
  if (signal !== null) throw new TransientFailure(stage, `opa ${verb} was ended by ${signal}`);
  return { status: code, stdout, stderr };
}

/** `npm run` puts the pinned opa on PATH; a process started by hand needs it there. */
function notRun(code: string): string {
  const hint = code === "ENOENT" ? "; start with `npm run sallyport -- serve`, or put opa on PATH" : "";
  return `the opa command could not be run: ${code}${hint}`;
}

/** `path.rego:12: rego_parse_error: …`, alone on a line or behind `1 error occurred: `. */
const REGO = /(?:^|\s)([^\s:][^:\n]*\.rego):(\d+): (.+)/;
const DATA = /bundle load failed on ([^\s:]+): (.+)/;
const YAML_LINE = /line (\d+):? ?/;

/** The output of `opa` as a failure with file and line of each error. */
export function parseOpaErrors(output: string, stage: Stage): BundleFailure {
  const locations = output.split("\n").flatMap(locate);
  const message = locations.length > 0 ? locations.map(asLine).join("\n") : plain(output);
  return new BundleFailure(stage, message, locations);
}

function locate(line: string): Location[] {
  const rego = REGO.exec(line);
  if (rego !== null)
    return [{ file: relative(rego[1] as string), line: Number(rego[2]), message: advise(rego[3] as string) }];
  const data = DATA.exec(line);
  if (data === null) return [];
  const text = data[2] as string;
  const at = YAML_LINE.exec(text);
  return [
    { file: relative(data[1] as string), line: at === null ? 1 : Number(at[1]), message: text.replace(YAML_LINE, "") },
  ];
}

function relative(path: string): string {
  return path.replace(/^.*(?:error occurred|errors occurred): /, "").replace(/^\.\//, "");
}

function advise(message: string): string {
  const known = [...refusedBuiltins].find(([name]) => message.includes(`undefined function ${name}`));
  return known === undefined ? message : `${message} (${known[1]})`;
}

/** The message of an error without a location, with the lines that OPA quotes as they were written, without the usage text that follows it. */
function plain(output: string): string {
  const text =
    shownSchemas(output)
      .split(/^Usage:/m)[0]
      ?.trim()
      .replace(/^error: /i, "") ?? "";
  return text === "" ? "opa failed without a message" : text;
}

/** Builtins of OPA that this gateway refuses on purpose, and what a policy does instead; policies that use one do not compile. */
export const refusedBuiltins: ReadonlyMap<string, string> = new Map([
  ["http.send", "a policy that calls out cannot be replayed; have the gateway put the fact into the input"],
  [
    "net.lookup_ip_addr",
    "a policy that resolves names cannot be replayed; read input.context.urls, which has the class of each address",
  ],
  ["opa.runtime", "the environment is in input.context.gateway"],
  [
    "rego.parse_module",
    "no call is judged by the syntax of a policy; parse with `opa parse` before the policy is built",
  ],
]);
