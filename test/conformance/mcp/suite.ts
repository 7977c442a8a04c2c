import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Requirements of the official suite, by the revision of MCP that they are of. */
export const revisions = ["2025-11-25", "2026-07-28"] as const;
export type Revision = (typeof revisions)[number];

/** `revision scenario/check` → whether it passed. A check that a scenario makes more than once passed when all of it did. */
export type Checks = ReadonlyMap<string, boolean>;

export interface SuiteRun {
  readonly url: string;
  readonly revision: Revision;
  /** Only this scenario; null for all that the revision requires. */
  readonly scenario: string | null;
  /** Longest time of a scenario, in milliseconds. */
  readonly timeoutMs: number;
}

const suite = fileURLToPath(
  new URL("../../../node_modules/@modelcontextprotocol/conformance/dist/index.js", import.meta.url),
);

/** What the official suite finds of the server at this URL. @throws Error when the suite itself does not run */
export async function runSuite({ url, revision, scenario, timeoutMs }: SuiteRun): Promise<Checks> {
  const which = scenario === null ? ["--requirements", revision] : ["--scenario", scenario, "--spec-version", revision];
  const { checks, said } = await run(revision, ["server", "--url", url, ...which, "--timeout", String(timeoutMs)]);
  // A scenario that the revision has not is skipped.
  if (checks.size === 0 && scenario === null)
    throw new Error(`the suite made no checks of ${url}:\n${said.slice(-2_000)}`);
  return checks;
}

/** What it finds of the client that this command starts. @throws Error when it makes no checks of it */
export async function runClientSuite(
  command: string,
  { revision, scenario, timeoutMs }: Omit<SuiteRun, "url"> & { readonly scenario: string },
): Promise<Checks> {
  const which = ["--scenario", scenario, "--spec-version", revision, "--timeout", String(timeoutMs)];
  const { checks, said } = await run(revision, ["client", "--command", command, ...which]);
  if (checks.size === 0)
    throw new Error(`the suite made no checks of the client in ${scenario}:\n${said.slice(-2_000)}`);
  return checks;
}

/** How the suite is asked about an authorization server. */
export interface AuthorizationRun {
  readonly issuer: string;
  /** Of a public client, which is sent back to `http://127.0.0.1:<port>/callback`. */
  readonly client: string;
  readonly port: number;
  readonly resource: string;
  /** Whoever is sent to the authorization server; answers with the address that they are sent back to. */
  readonly person: (asked: URL) => Promise<URL>;
}

/** What it finds of an authorization server. @throws Error when it makes no checks of it */
export async function runAuthorizationSuite(revision: Revision, given: AuthorizationRun): Promise<Checks> {
  const { issuer, client, port, resource, person } = given;
  const which = ["--url", issuer, "--client-id", client, "--resource", resource, "--port", String(port)];
  const sent = new Set<string>();
  const { checks, said } = await run(revision, ["authorization", ...which, "--spec-version", revision], (text) => {
    const [address] = new RegExp(`^${RegExp.escape(issuer)}/\\S+\\?\\S+$`, "m").exec(text) ?? [];
    if (address === undefined || sent.has(address)) return;
    sent.add(address);
    void person(new URL(address)).then((back) => fetch(back));
  });
  if (checks.size === 0) throw new Error(`the suite made no checks of ${issuer}:\n${said.slice(-2_000)}`);
  return checks;
}

/** `onSaid`: told all that it has said so far. */
async function run(
  revision: Revision,
  args: readonly string[],
  onSaid: (text: string) => void = () => undefined,
): Promise<{ readonly checks: Checks; readonly said: string }> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-conformance-"));
  try {
    const said = await node([suite, ...args, "-o", folder], onSaid);
    return { checks: await readChecks(folder, revision), said };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function node(args: readonly string[], onSaid: (text: string) => void): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => onSaid((said += text)));
    child.on("error", failed);
    child.on("close", () => done(said));
  });
}

interface Check {
  readonly id: string;
  readonly status: string;
}

/** The suite writes one `checks.json` a scenario, in a folder named after it and the time. */
async function readChecks(folder: string, revision: Revision): Promise<Checks> {
  const found = new Map<string, boolean>();
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith("checks.json")) continue;
    const scenario = dirname(file)
      .replace(/-\d{4}-\d\d-\d\dT.*$/, "")
      .replace(/^(?:authorization-)?server-/, "");
    const checks = JSON.parse(await readFile(join(folder, file), "utf8")) as readonly Check[];
    for (const { id, status } of checks) {
      if (status !== "SUCCESS" && status !== "FAILURE") continue;
      const name = `${revision} ${scenario}/${id}`;
      found.set(name, status === "SUCCESS" && (found.get(name) ?? true));
    }
  }
  return found;
}
