/** A real PostgreSQL in a folder of its own, for one test file. Nothing of it is left afterwards. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../eventually.ts";
import { describeWith, foundTool } from "../found-tool.ts";

/** `path`: the folder of its programs. */
const found = foundTool("postgres");

export function describeWithPostgres(name: string, body: () => void): void {
  describeWith("PostgreSQL", found, name, body);
}

export interface PostgresServer {
  readonly port: number;
  /** Of the first of its processes. */
  pid(): number;
  /** Of the superuser. */
  readonly user: string;
  readonly password: string;
  /** Runs statements as the superuser. */
  admin(text: string, database?: string): Promise<pg.QueryResult>;
  url(database?: string): string;
  /** Ends it, and with it every connection. */
  end(signal: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
  /** In the same folder and at the same port, after `end`. Resolves when it answers. */
  startAgain(): Promise<void>;
  close(): Promise<void>;
}

/** PostgreSQL refuses to run as root: then the user `nobody` runs it. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const [user, password] = ["sallyport", "secret of the test"];

export interface PostgresOptions {
  /** Settings beyond its defaults, `name=value`. */
  readonly settings?: readonly string[];
  /** Whether it waits for the disk. Absent: false, since what a power cut loses is not what tests look at. */
  readonly syncs?: boolean;
  /** The one CPU it may run on; anywhere when absent. */
  readonly cpu?: number;
  /** Where its folder is made. */
  readonly parent?: string;
}

/** Listens on 127.0.0.1 alone. */
export async function startPostgres({ parent = tmpdir(), ...options }: PostgresOptions = {}): Promise<PostgresServer> {
  const { path } = found;
  if (path === null) throw new Error("there is no PostgreSQL");
  const folder = mkdtempSync(join(parent, "sallyport-postgres-"));
  try {
    return await startIn(folder, path, options);
  } catch (failure) {
    rmSync(folder, { recursive: true });
    throw failure;
  }
}

async function startIn(
  folder: string,
  path: string,
  { settings = [], syncs = false, cpu }: PostgresOptions,
): Promise<PostgresServer> {
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
  initialize(path, folder);
  const port = await freePort();
  const options = ["-D", join(folder, "data"), "-p", String(port), "-k", folder, ...(syncs ? [] : ["-F"])];
  for (const setting of ["listen_addresses=127.0.0.1", ...settings]) options.push("-c", setting);
  const [program = "", ...args] = [
    ...(cpu === undefined ? [] : ["taskset", "-c", String(cpu)]),
    join(path, "postgres"),
    ...options,
  ];
  const url = (database = "postgres") =>
    `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  const admin = (text: string, database?: string) => query(url(database), text);
  let server: ChildProcess;
  async function start(): Promise<void> {
    server = spawn(program, args, {
      ...nobody,
      // Its user may not be allowed to read the folder that the tests run in.
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      await started(server, () => admin("SELECT 1"));
    } catch (failure) {
      await ended(server);
      throw failure;
    }
  }
  await start();
  return {
    port,
    user,
    password,
    url,
    admin,
    pid: () => server.pid ?? 0,
    isRunning: () => !hasEnded(server),
    end: (signal) => ended(server, signal),
    // The processes of one that was killed hold its memory until they have noticed.
    async startAgain() {
      await eventually("PostgreSQL has started again", () => start().then(...isDone));
    },
    async close() {
      await ended(server);
      // Its processes may still be ending when something else has ended the first of them.
      rmSync(folder, { recursive: true, maxRetries: 5 });
    },
  };
}

const isDone = [() => true as const, () => null] as const;

/** Also when something else has ended it. */
async function ended(server: ChildProcess, signal: NodeJS.Signals = "SIGINT"): Promise<void> {
  if (hasEnded(server)) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill(signal); // SIGINT is "fast": ends its connections, https://www.postgresql.org/docs/15/server-shutdown.html
  await gone;
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

function initialize(path: string, folder: string): void {
  const secret = join(folder, "password");
  writeFileSync(secret, password);
  const options = ["-D", join(folder, "data"), "-U", user, `--pwfile=${secret}`, "--auth=scram-sha-256", "--no-sync"];
  const { status, stderr, error } = spawnSync(join(path, "initdb"), [...options, "--encoding=UTF8", "--locale=C"], {
    ...nobody,
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`initdb: ${error?.message ?? stderr}`);
}

/** Asks once, over a connection of its own, without a prepared statement. */
export async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url);
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

async function started(server: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  let told = "";
  server.on("error", ({ message }) => (told += message));
  server.stderr?.on("data", (data: Buffer) => (told += data.toString()));
  await eventually("PostgreSQL answers", async () => {
    if (hasEnded(server)) throw new Error(`PostgreSQL has ended: ${told}`);
    return ask().then(
      () => true,
      () => null,
    );
  });
}
