import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonValue } from "../../lib/json.ts";
import type {
  ActivePolicy,
  Clock,
  Entrypoint,
  LoadedPolicy,
  Logger,
  PolicyEngine,
  Printed,
} from "../../domain/ports.ts";
import { PolicyFault } from "../../domain/ports.ts";
import { isLarge, releaseBuild } from "../thread/build-thread.ts";
import { BundlePolicy, PolicyFaults } from "./active-policy.ts";
import type { Archive, ArchiveContent } from "../archive/archive.ts";
import type { Compiled } from "../build/compile.ts";
import { ENTRYPOINTS } from "../build/entrypoints.ts";
import { readsHistory, readsProvenance, readsRisk } from "../projection/may-read.ts";
import { asFailure, asLine, BundleFailure, type Location } from "../failure.ts";
import { difference, type GoldenCase } from "../golden-cases.ts";
import { PolicyPrints, withPrinted } from "./policy-prints.ts";

export interface Activation {
  readonly engine: PolicyEngine;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws when `results` is not a well-formed answer of the entrypoint (`checkAnswer` of `decide/`). */
  readonly checkAnswer: (entrypoint: Entrypoint, results: unknown) => void;
}

/** What the gateway itself reads of the data. The rest may be large, and only the module needs it. */
const DOCUMENTS_READ = ["sallyport"];

type Evaluating = Pick<ActivePolicy, "evaluate">;

/** Evaluations after which the optimising compiler has handled the module's hot functions. */
const WARM_ROUNDS = 200;
const MAX_TURN_MS = 4;

/** The module of an archive with its data, which are given away. @throws BundleFailure */
export async function loadArchive(
  { wasm, dataBytes, projections }: ArchiveContent,
  engine: PolicyEngine,
): Promise<LoadedPolicy> {
  if (isLarge(dataBytes.length)) await releaseBuild();
  try {
    return await engine.load(wasm, dataBytes, projections, DOCUMENTS_READ);
  } catch (error) {
    throw asFailure(error, "activate");
  }
}

/**
 * Loads the archive, runs the golden cases and warms up; the result is ready for traffic. `loading`: a load of it that was begun before.
 * @throws BundleFailure
 */
export async function activate(
  archive: Archive,
  { rules, warnings }: Pick<Compiled, "rules" | "warnings">,
  cases: readonly GoldenCase[],
  { engine, clock, logger, checkAnswer }: Activation,
  loading: Promise<LoadedPolicy> | null = null,
): Promise<BundlePolicy> {
  const { revision, digest, projections, results, exports } = archive;
  const loaded = await (loading ?? loadArchive(archive, engine));
  const { policy: prepared, data, foreign, isWarm } = loaded;
  const missing = ENTRYPOINTS.filter((entrypoint) => !prepared.entrypoints.includes(entrypoint));
  if (missing.length > 0) throw new BundleFailure("load", `the bundle lacks the entrypoint ${missing.join(", ")}`);
  const faults = new PolicyFaults(revision, { clock, logger });
  const policy = new BundlePolicy({
    revision,
    digest,
    activatedAt: clock.now(),
    rules,
    results,
    exports,
    readsProvenance: readsProvenance(projections),
    readsHistory: readsHistory(projections),
    readsRisk: readsRisk(projections),
    warnings,
    data,
    prepared,
    faults,
    prints: new PolicyPrints(revision, { clock, logger }),
  });
  await selfTest(policy, cases, checkAnswer);
  // What compiled the hot functions of a module is kept with it, and after an edit of data it is the same.
  if (!isWarm) await warmUp(policy, cases, clock);
  loaded.warmed();
  if (foreign !== null)
    logger.warn("the policy was compiled by another OPA than the gateway's, and is slower", { reason: foreign });
  return policy;
}

/** @throws BundleFailure that names every golden case with another answer */
export async function selfTest(
  policy: Evaluating,
  cases: readonly GoldenCase[],
  checkAnswer: Activation["checkAnswer"],
): Promise<void> {
  const failed: Location[] = [];
  for (const golden of cases) {
    await nextTurn();
    const wrong = wrongAnswer(policy, golden, checkAnswer);
    if (wrong !== null) failed.push({ file: golden.file ?? "self-test", line: 1, message: `${golden.name}: ${wrong}` });
  }
  if (failed.length > 0) throw new BundleFailure("self-test", failed.map(asLine).join("\n"), failed);
}

function wrongAnswer(
  policy: Evaluating,
  { entrypoint, input, want }: GoldenCase,
  checkAnswer: Activation["checkAnswer"],
): string | null {
  let printed: Printed | null = null;
  try {
    const evaluation = policy.evaluate(entrypoint, input);
    printed = evaluation.printed ?? null;
    checkAnswer(entrypoint, evaluation.results);
    const [answer] = evaluation.results as readonly { readonly result: JsonValue }[];
    return withPrinted(difference(want, answer?.result), printed);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return withPrinted(message, error instanceof PolicyFault ? error.printed : printed);
  }
}

/** In short turns, because this thread serves requests with the policy that is still active. */
async function warmUp(policy: Evaluating, cases: readonly GoldenCase[], clock: Clock): Promise<void> {
  let turnBegan = clock.monotonic();
  for (let round = 0; round < WARM_ROUNDS; round += 1) {
    const golden = cases[round % cases.length] as GoldenCase;
    policy.evaluate(golden.entrypoint, golden.input);
    if (clock.monotonic() - turnBegan < MAX_TURN_MS) continue;
    await nextTurn();
    turnBegan = clock.monotonic();
  }
}
