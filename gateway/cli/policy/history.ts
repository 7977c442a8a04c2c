import { Option } from "commander";
import type { HistoryAnswer } from "../../admin/routes/policy.ts";
import type { PolicyPin, PolicyStatus } from "../../domain/ports.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "../common/console-client.ts";
import { table } from "../common/printer.ts";
import type { CliDeps, Verb } from "../common/verb.ts";

/** `sallyport policy history` */
export const history: Verb = {
  usage: "history",
  summary: "which revisions of the policy were active, who asked for them, and what was refused",
  examples: ["policy history", "policy history --json | jq '.items[] | select(.kept) | .revision'"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions) {
    const answer = await withConsole(options, (session) => session.get("/api/policy/history"));
    printer.result(options.json, answer, historyText(answer as unknown as HistoryAnswer));
  },
};

function historyText({ items, pinned, active }: HistoryAnswer): string {
  const rows = items.map(({ at, revision, digest, outcome, by, reason, problem, kept }) => [
    new Date(at).toISOString(),
    `${revision ?? "–"}${revision !== null && revision === active ? " *" : ""}`,
    digest === null ? "–" : digest.slice(0, "sha256:".length + 12),
    outcome,
    by ?? "sources",
    kept ? "yes" : "–",
    reason ?? problem?.split("\n")[0] ?? "",
  ]);
  const lines = [table(["AT", "REVISION", "DIGEST", "OUTCOME", "BY", "KEPT", "WHY"], rows), "*: active now"];
  if (pinned !== null) lines.push(pinText(pinned));
  return rows.length === 0 ? "No policy has become active yet." : lines.join("\n");
}

function pinText({ revision, since, by }: PolicyPin): string {
  const what = `pinned to revision ${revision} since ${new Date(since).toISOString()} by ${by}`;
  return escapeControls(`${what}; \`sallyport policy activate latest\` ends it`);
}

interface ActivateOptions extends ConsoleOptions {
  readonly reason?: string;
  readonly acceptOlder: boolean;
}

const activateOptions: readonly Option[] = [
  ...consoleOptions,
  new Option("--reason <text>", "why; kept in the history"),
  new Option("--accept-older", "also when it was signed before one that has been active, or may have been").default(
    false,
  ),
];

/** `sallyport policy activate REV` */
export const activate: Verb = {
  usage: "activate <revision>",
  summary: "judge by a revision that is kept, whatever the sources hold; latest: by the sources again",
  examples: ['policy activate 55ecb11b --reason "incident 42"', "policy activate latest"],
  options: activateOptions,
  run: (deps, options: ActivateOptions, revision: string) => ask(deps, options, revision),
};

/** `sallyport policy rollback [REV]` */
export const rollback: Verb = {
  usage: "rollback [revision]",
  summary: "judge by the revision before the active one, or by a named one, until policy activate",
  examples: ["policy rollback", 'policy rollback 55ecb11b --reason "refunds were refused"'],
  options: activateOptions,
  run: (deps, options: ActivateOptions, revision = "previous") => ask(deps, options, revision),
};

async function ask({ printer }: CliDeps, options: ActivateOptions, wanted: string): Promise<void> {
  const body = { revision: wanted, reason: options.reason ?? null, accept_older: options.acceptOlder };
  const { done, failure } = await withConsole(options, async (session) => {
    const answer = (await session.post("/api/policy/activate", body)) as unknown as Activated;
    if (answer.pinned) return { done: answer, failure: null };
    return { done: answer, failure: ((await session.get("/api/policy")) as unknown as PolicyStatus).failure };
  });
  printer.result(options.json, { ...done, failure }, escapeControls(activatedText(done, failure), true));
}

interface Activated {
  readonly revision: string;
  readonly pinned: boolean;
}

/** `failure`: why what the sources hold now is not active. */
function activatedText({ revision, pinned }: Activated, failure: PolicyStatus["failure"]): string {
  if (pinned)
    return `Revision ${revision} is active and pinned; edits of the sources have no effect until \`sallyport policy activate latest\`.`;
  if (failure === null) return `Revision ${revision} is active, as the sources have it; nothing is pinned.`;
  return `Revision ${revision} is active, and nothing is pinned. What the sources hold now is not active:\n${failure.message}`;
}
