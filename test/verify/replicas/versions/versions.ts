import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { schemaState, schemaVersion } from "../../../../gateway/store/postgres/migrations.ts";
import { openPostgres } from "../../../../gateway/store/postgres/open.ts";
import { type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";
import type { Check } from "../../check.ts";
import { underLoad } from "../../rolling/under-load.ts";
import type { SharedStore } from "../../world/shared-store.ts";
import { earlierGateway, migrateBy } from "./earlier.ts";

const present = fileURLToPath(new URL("../../../../", import.meta.url));

/** Which gateway is replaced by which version, one after the other: one also goes back. */
const replacements = [
  { at: 0, isNew: true },
  { at: 1, isNew: true },
  { at: 0, isNew: false },
  { at: 2, isNew: true },
  { at: 0, isNew: true },
] as const;

/**
 * Three gateways of the version before are on one database. Its tables are brought to the newest version under them, and they are replaced
 * one after the other, while agents call, wait for people and listen, and people work at the console: no request fails at either
 * version, and no held call is lost.
 */
export const versions: Check = {
  name: "versions",
  full: 3,
  quick: 1,
  async run({ count, progress }) {
    const tried = [];
    for (let round = 0; round < count; round++) {
      tried.push(await upgrade());
      progress(round + 1);
    }
    return {
      count: tried.reduce((sum, one) => sum + one.count, 0),
      failures: tried.flatMap(({ failures }) => failures),
      figures: { upgrades: count, to_version: schemaVersion, ...tried.at(-1)!.figures },
    };
  },
};

async function upgrade() {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-versions-"));
  try {
    const root = await earlierGateway(dir);
    let server: PostgresServer | null = null;
    const store = async (of: string): Promise<SharedStore> => {
      server = await startPostgres();
      await migrateBy(root, server.url(), dir);
      return sharedStore(server, of);
    };
    return await underLoad({ store, root }, async ({ house, failures, restart }) => {
      const versionOf = () => stateOf(server!);
      const before = await versionOf();
      if (before >= schemaVersion) failures.add(`the earlier gateway makes tables of version ${before}`);
      await migrateBy(present, server!.url(), dir);
      if ((await versionOf()) !== schemaVersion) failures.add(`the tables are of version ${await versionOf()}`);
      for (const [step, { at, isNew }] of replacements.entries())
        await restart(at, `${step}`, () => house.gateways[at]!.runFrom(isNew ? present : root));
      return replacements.length;
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function sharedStore(server: PostgresServer, dir: string): Promise<SharedStore> {
  const urlFile = join(dir, "store.url");
  await writeFile(urlFile, server.url(), { mode: 0o600 });
  return {
    section: { postgres: { url: `file:${urlFile}` } },
    async look(use) {
      const { connection } = await openPostgres(() => server.url(), "proof");
      try {
        return await use(connection);
      } finally {
        await connection.close();
      }
    },
    close: () => server.close(),
  };
}

async function stateOf(server: PostgresServer): Promise<number> {
  const { connection } = await openPostgres(() => server.url(), "proof");
  try {
    return (await schemaState(connection)).version;
  } finally {
    await connection.close();
  }
}
