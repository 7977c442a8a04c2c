import pg from "pg";
import { eventually, pause } from "../../../support/eventually.ts";
import type { Random } from "../../check.ts";
import { type FaultyStore, gatewayUser } from "./faulty-store.ts";

/** Ends the cause. Resolves when the database could be used again. */
type End = () => Promise<void> | void;

export interface FaultKind {
  readonly name: string;
  /** Begins the fault. A fault of one moment has nothing to end. */
  begin(store: FaultyStore, random: Random): Promise<End>;
}

/** Only where the disk is one of its own. */
export const diskFullKind = "disk-full";

const nothing: End = () => undefined;
const commit = "COMMIT\0";
/** States that a held call moves to in the transaction whose COMMIT is lost; or any transaction. */
const steps = ["approved", "released", "delivered", undefined] as const;
const commitWithinMs = 5_000;
const rights = "INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public";

function gone(signal: NodeJS.Signals): FaultKind["begin"] {
  return async ({ server }) => {
    await server.end(signal);
    return () => server.startAgain();
  };
}

/** The COMMIT of whatever comes next arrives or does not, and nobody is told. `isGone`: nor can anybody ask what has become of it. */
function lostCommit(isPassedOn: boolean, isGone: boolean): FaultKind["begin"] {
  return async (store, random) => {
    const { line } = store;
    const disarm = new AbortController();
    const cut = line.cutAt(commit, isPassedOn, random.pick(steps), disarm.signal).then(() => true);
    if (await Promise.race([cut, pause(commitWithinMs).then(() => false)])) store.commitsCut += 1;
    // One that has not come is no part of the next fault.
    disarm.abort();
    if (!isGone) return nothing;
    line.set("cut");
    return () => line.set("whole");
  };
}

function slow(leastMs: number, mostMs: number): FaultKind["begin"] {
  return async ({ line }, random) => {
    line.delay(leastMs + random.below(mostMs - leastMs));
    return () => line.delay(0);
  };
}

async function readOnly(store: FaultyStore): Promise<End> {
  const set = async (change: string): Promise<void> => {
    await store.admin(`ALTER SYSTEM ${change}`);
    await store.admin("SELECT pg_reload_conf()");
  };
  await set("SET default_transaction_read_only = on");
  return () => set("RESET default_transaction_read_only");
}

async function noRights(store: FaultyStore): Promise<End> {
  await store.admin(`REVOKE ${rights} FROM ${gatewayUser}`);
  return () => store.admin(`GRANT ${rights} TO ${gatewayUser}`);
}

/** Others take every connection, also those that the gateways had. */
async function noConnections(store: FaultyStore): Promise<End> {
  const others: pg.Client[] = [];
  const take = async (): Promise<boolean> => {
    const client = new pg.Client(store.urlOfOthers());
    client.on("error", () => undefined);
    const isThere = await client.connect().then(
      () => true,
      () => false,
    );
    if (isThere) others.push(client);
    return isThere;
  };
  while (await take());
  await store.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${gatewayUser}'`);
  while (await take());
  return async () => void (await Promise.all(others.map((client) => client.end())));
}

async function diskFull({ disk, server }: FaultyStore): Promise<End> {
  await disk?.fill();
  return async () => {
    await disk?.empty();
    // PostgreSQL ends itself where it cannot write its log.
    await eventually("PostgreSQL can be used", async () => {
      if (!server.isRunning()) await server.startAgain();
      return server.admin("SELECT 1").then(
        () => true,
        () => null,
      );
    });
  };
}

/** What a database that gateways share may do to them. */
export const faultKinds: readonly FaultKind[] = [
  { name: "killed", begin: gone("SIGKILL") },
  { name: "stopped", begin: gone("SIGINT") },
  { name: "slow", begin: slow(20, 150) },
  { name: "too-slow", begin: slow(600, 1_500) },
  { name: "cut", begin: async ({ line }) => (line.set("cut"), () => line.set("whole")) },
  { name: "reset", begin: async ({ line }) => (line.reset(), nothing) },
  { name: "stalled", begin: async ({ line }) => (line.set("dead"), () => line.set("whole")) },
  { name: "half-open", begin: async ({ line }) => (line.abandon(), nothing) },
  { name: "commit-arrived", begin: lostCommit(true, false) },
  { name: "commit-lost", begin: lostCommit(false, false) },
  { name: "commit-arrived-gone", begin: lostCommit(true, true) },
  { name: "commit-lost-gone", begin: lostCommit(false, true) },
  { name: "read-only", begin: readOnly },
  { name: "no-rights", begin: noRights },
  { name: "no-connections", begin: noConnections },
  { name: diskFullKind, begin: diskFull },
];
