import type { Change, Difference, ReplayReport, UnaskedKind } from "../../domain/policy-change.ts";
import type { ChangeQuestion, WaitingChange } from "../../domain/ports.ts";
import type { ChangeApproval, ImpactRequirement } from "../../domain/settings.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { asLine, BundleFailure, type Location, TransientFailure } from "../failure.ts";
import { type Coverage, coverageLines } from "./coverage.ts";
import type { RegoTest } from "./rego-tests.ts";

/** Failed tests and examples that are named. */
const mostNamed = 5;
/** Characters of a name in an example: callers choose some of them. */
const longestName = 120;

/** A policy that does not fulfil `policy.require`. The first line of its message has the numbers. */
export function unfulfilled(
  what: "tests" | "coverage" | "impact" | "approval",
  problem: string,
  details: readonly string[] = [],
  locations: readonly Location[] = [],
): BundleFailure {
  return new BundleFailure("require", [`policy.require.${what}: ${problem}`, ...details].join("\n"), locations);
}

/** What is required could not be checked. It is tried again. */
export function notChecked(what: "tests" | "coverage" | "impact" | "approval", cause: unknown): BundleFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TransientFailure("require", `policy.require.${what} could not be checked: ${why}`, cause);
}

export function failedTests(failed: readonly RegoTest[], all: number): BundleFailure {
  const locations = failed.map(({ package: name, name: test, location: { file, row } }): Location => ({
    file: file.replace(/^\.\//, ""),
    line: row,
    message: `${name}.${test} failed`,
  }));
  const named = locations.slice(0, mostNamed).map(asLine);
  const more = locations.length > mostNamed ? [`and ${locations.length - mostNamed} more`] : [];
  return unfulfilled("tests", `${failed.length} of ${all} tests failed`, [...named, ...more]);
}

export function lowCoverage(covered: Coverage, wanted: number): BundleFailure {
  const problem = `the tests reach ${covered.percent} % of the lines of its rules, and ${wanted} % are required`;
  return unfulfilled("coverage", problem, coverageLines(covered).slice(1));
}

/** What the impact does not let pass; null: all that is known of it passes. */
export function impactProblem(
  report: ReplayReport,
  { comparedPercent }: ImpactRequirement,
): WaitingChange["why"] | null {
  if (report.widened > 0) return "widened";
  const decided = report.decisions - report.notCompared.gateway;
  if (report.compared === 0 || report.compared * 100 < comparedPercent * decided) return "unknown";
  return report.notAsked === undefined || report.notAsked.length === 0 ? null : "unasked";
}

/** The numbers of an impact, and of widenings the first examples without whose calls they were: `/readyz` needs no session. */
function impactLines({ impact, before, why }: WaitingChange): string[] {
  if (impact === null)
    return why === "unknown"
      ? [`revision ${before.revision} judged last on a gateway of this store, and is not here to compare with`]
      : [];
  const { decisions, compared, changed, widened, notCompared, kinds } = impact;
  const head = `of ${decisions} recorded decisions ${compared} were compared with revision ${before.revision}: ${changed} change, ${widened} of them widen`;
  const examples = kinds.flatMap((kind) => (kind.widens ? kind.examples : [])).slice(0, mostNamed);
  const places = notCompared.places.slice(0, mostNamed).map(({ name, count }) => `${cut(name)} ${count}`);
  const reasons = places.length === 0 ? "" : ` (by what is read and not known: ${places.join(", ")})`;
  const others = notCompared.total === 0 ? [] : [`${notCompared.total} were not compared${reasons}`];
  return [head, ...others, ...notAskedLines(impact), ...examples.map(exampleLine)];
}

const decidedBy: Readonly<Record<UnaskedKind, string>> = {
  visible: "which tools are shown",
  result: "what of results comes back",
  log: "what is logged",
};

/** What the numbers say nothing of. */
export function notAskedLines({ notAsked = [] }: Pick<ReplayReport, "notAsked">): string[] {
  const what = notAsked.map((kind) => decidedBy[kind]).join(", ");
  return notAsked.length === 0 ? [] : [`rules differ, or their data, that say ${what}; no recorded decision asks them`];
}

function exampleLine({ of, tool, change, before, after }: Difference): string {
  const said = ({ effect, reasons }: Difference["before"]): string =>
    [effect, ...reasons.slice(0, 3).map(({ code }) => cut(code))].join(" ");
  return `${cut(of)} ${kindOf(change)} ${cut(tool)}: was ${said(before)}, is ${said(after)}`;
}

function kindOf({ kind }: Change): string {
  return cut(kind);
}

function cut(text: string): string {
  return escapeControls(text.length > longestName ? `${text.slice(0, longestName)}…` : text);
}

/** What a change of the policy lacks. */
export const whyItWaits: Readonly<Record<WaitingChange["why"], string>> = {
  widened: "it lets something through that the active policy does not",
  unknown: "of too few recorded decisions it is known what it would change",
  unasked: "it changes rules that no recorded decision asks, or data that they read",
  approval: "people have to approve every change of the policy",
};

/** A change that waits for people. */
export function waitingForPeople(change: WaitingChange, approval: ChangeApproval | null): BundleFailure {
  const { why, needsApproval, question, revision } = change;
  const what = needsApproval ? "approval" : "impact";
  const next = needsApproval && approval !== null ? nextOfApproval(revision, question, approval) : accepting(revision);
  return unfulfilled(what, whyItWaits[why], [...impactLines(change), next]);
}

function accepting(revision: string): string {
  return `accept it with \`sallyport policy accept ${revision}\`, or mend the edit`;
}

function nextOfApproval(revision: string, question: ChangeQuestion | null, { role, count }: ChangeApproval): string {
  const people = count === 1 ? `somebody with the role ${role}` : `${count} people with the role ${role}`;
  if (question === null) return `ask for the approval of ${people} with \`sallyport policy accept ${revision}\``;
  // Who asked, and what people wrote, is in the approval: this is told on `/readyz` too, which needs no session.
  const { id, state } = question;
  return state === "denied" ? `it was denied in ${id}` : `it waits in ${id} for the approval of ${people}`;
}
