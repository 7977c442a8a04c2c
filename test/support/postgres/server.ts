/** A real PostgreSQL in a folder of its own, for one test file. Nothing of it is left afterwards. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../eventually.ts";

const tools = process.env["SALLYPORT_TOOLS"] ?? fileURLToPath(new URL("../../../.tools", import.meta.url));

interface Found {
  /** The folder of its programs. */
  readonly path: string | null;
  readonly reason: string;
}

/** Where its programs are, as set-up wrote it (`scripts/setup/postgres.mjs`). */
function findPostgres(): Found {
  const file = join(tools, "postgres.json");
  if (!existsSync(file)) return { path: null, reason: "set-up has not looked for it" };
  return JSON.parse(readFileSync(file, "utf8")) as Found;
}

/** `describe` where PostgreSQL is; else reported as skipped with the reason, and a failure when CI says that nothing may be skipped. */
export function describeWithPostgres(name: string, body: () => void): void {
  const { path, reason } = findPostgres();
  if (path !== null) return void describe(name, body);
  if (process.env["CI"] === "true") {
    return void test(`${name} runs with PostgreSQL`, () => {
      throw new Error(reason);
    });
  }
  describe.skip(`${name} (skipped: ${reason})`, body);
}

export interface PostgresServer {
  readonly port: number;
  /** Of the superuser. */
  readonly user: string;
  readonly password: string;
  /** Runs statements as the superuser. */
  admin(text: string, database?: string): Promise<pg.QueryResult>;
  url(database?: string): string;
  close(): Promise<void>;
}

/** PostgreSQL refuses to run as root: then the user `nobody` runs it. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const [user, password] = ["sallyport", "secret of the test"];

/** Listens on 127.0.0.1 alone. Whether a power cut loses something is not what tests look at: it does not wait for the disk. */
export async function startPostgres(): Promise<PostgresServer> {
  const { path } = findPostgres();
  if (path === null) throw new Error("there is no PostgreSQL");
  const folder = mkdtempSync(join(tmpdir(), "sallyport-postgres-"));
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
  initialize(path, folder);
  const port = await freePort();
  const options = ["-D", join(folder, "data"), "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"];
  const server = spawn(join(path, "postgres"), [...options, "-F"], { ...nobody, stdio: ["ignore", "ignore", "pipe"] });
  const url = (database = "postgres") =>
    `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  const admin = (text: string, database?: string) => query(url(database), text);
  await started(server, () => admin("SELECT 1"));
  return {
    ...{ port, user, password, url, admin },
    async close() {
      if (server.exitCode === null) {
        const ended = once(server, "exit");
        server.kill("SIGINT"); // "fast": ends its connections, https://www.postgresql.org/docs/15/server-shutdown.html
        await ended;
      }
      rmSync(folder, { recursive: true });
    },
  };
}

function initialize(path: string, folder: string): void {
  const secret = join(folder, "password");
  writeFileSync(secret, password);
  const options = ["-D", join(folder, "data"), "-U", user, `--pwfile=${secret}`, "--auth=scram-sha-256", "--no-sync"];
  const { status, stderr } = spawnSync(join(path, "initdb"), [...options, "--encoding=UTF8", "--locale=C"], {
    ...nobody,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`initdb: ${stderr}`);
}

async function query(url: string, text: string): Promise<pg.QueryResult> {
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
  server.stderr?.on("data", (data: Buffer) => (told += data.toString()));
  await eventually("PostgreSQL answers", async () => {
    if (server.exitCode !== null) throw new Error(`PostgreSQL has ended: ${told}`);
    return ask().then(
      () => true,
      () => null,
    );
  });
}
