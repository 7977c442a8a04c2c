import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mintDevToken, openDevIssuer } from "../../../gateway/identify/dev-issuer.ts";
import { caller, callPath, labellingPath, routePrefix } from "../world/call.ts";
import type { World } from "../world/world.ts";

/** What calls have in common with those before them, which decides what they ask of the store. */
export interface Load {
  readonly name: LoadName;
  readonly what: string;
  /** Writes what the next run of wrk sends. @returns for how many calls it is enough */
  prepare(seconds: number): Promise<number>;
  /** For wrk. */
  readonly script: string;
}

export const loadNames = ["steady", "first", "limited"] as const;
export type LoadName = (typeof loadNames)[number];

const agents = 256;
/** No gateway of one CPU answers as many. */
const mostCallsPerSecond = 4_000;
const tokenLifetimeS = 3600;

/** The route whose calls a limit counts: more than there are, so that all go through. */
export const limitedRoute = { id: "limited", prefix: "/limited" };
export const limits = [
  { name: "calls", by: "subject", routes: [limitedRoute.id], rate: { max: 1_000_000_000, per: "1m" } },
];

export async function writeLoads(world: World): Promise<Record<LoadName, Load>> {
  const token = tokens(world);
  const script = async (name: LoadName, path: string): Promise<string> => {
    const file = join(world.dir, `${name}.lua`);
    await writeFile(file, lua(world, tokenFile(world, name), path));
    return file;
  };
  const inTurn = async (name: LoadName): Promise<number> => {
    const all = Array.from({ length: agents }, (_, at) => token(`agent-${at}`));
    await write(world, name, all);
    return Infinity;
  };
  let session = 0;
  return {
    steady: {
      name: "steady",
      what: `${agents} agents in turn, each of whose calls is one of many in its session`,
      script: await script("steady", callPath),
      prepare: () => inTurn("steady"),
    },
    limited: {
      name: "limited",
      what: "the same, and a rate for each agent counts the call",
      script: await script("limited", callPath.replace(routePrefix, limitedRoute.prefix)),
      prepare: () => inTurn("limited"),
    },
    first: {
      name: "first",
      what: "each call is the first of a session that a token of its own names, and its answer gives the session a label",
      script: await script("first", labellingPath),
      async prepare(seconds) {
        const calls = seconds * mostCallsPerSecond;
        const next = (): string => token(`agent-${(session += 1) % agents}`, `session-${session}`);
        await write(world, "first", Array.from({ length: calls }, next));
        return calls;
      },
    },
  };
}

function tokens({ keyFile }: Pick<World, "keyFile">): (agent: string, session?: string) => string {
  const issuer = { ...openDevIssuer(keyFile), issuer: "urn:sallyport:development:dev" };
  const shared = { roles: [caller.role], audience: caller.audience, ttl: tokenLifetimeS };
  return (sub, session) =>
    mintDevToken(issuer, { ...shared, sub, ...(session === undefined ? {} : { session }) }, Date.now());
}

function tokenFile({ dir }: Pick<World, "dir">, name: LoadName): string {
  return join(dir, `${name}.tokens`);
}

function write(world: World, name: LoadName, lines: readonly string[]): Promise<void> {
  return writeFile(tokenFile(world, name), lines.join("\n"));
}

/** As `writeWrkScript`, with one token after the other. */
function lua({ dir }: Pick<World, "dir">, file: string, path: string): string {
  return `dofile(${JSON.stringify(join(dir, "post.lua"))})
local tokens, at = {}, 0
for line in io.lines(${JSON.stringify(file)}) do tokens[#tokens + 1] = line end
request = function()
  at = at + 1
  wrk.headers["Authorization"] = "Bearer " .. tokens[(at - 1) % #tokens + 1]
  return wrk.format(nil, ${JSON.stringify(path)})
end
`;
}
