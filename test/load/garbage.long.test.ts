import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Agent, request } from "undici";
import { mayNotSkip } from "../support/found-tool.ts";
import { missingTools } from "./machine/tools.ts";
import { callPath } from "./world/call.ts";
import { type BenchGateway, startBenchGateway } from "./world/gateway.ts";
import { createWorld, type World } from "./world/world.ts";

const needed = missingTools();
const reason = `needs ${needed.join(", ")}: npm run bench as root installs them`;
const calls = 1_000;
const atOnce = 16;
/** What is kept of a call on purpose, and what the runtime itself makes meanwhile, is about 2,000 bytes. A call has 100,000. */
const mostKept = 6_000;
const tries = 6;
const inMemory = "/dev/shm";

(needed.length > 0 && !mayNotSkip ? describe.skip : describe)(
  `what calls leave behind${needed.length > 0 ? ` (${reason})` : ""}`,
  () => {
    let world: World;
    let gateway: BenchGateway;
    let folder: string;

    beforeAll(async () => {
      world = await createWorld();
      const { upstream, keyFile, dir } = world;
      // In memory, where the system has that: each call waits for its record, so that none lives longer than its call.
      folder = mkdtempSync(join(existsSync(inMemory) ? inMemory : dir, "sallyport-garbage-"));
      gateway = await startBenchGateway({
        dir: folder,
        origin: upstream.origin,
        keyFile,
        durability: "strict",
      });
      await call(gateway, world);
    }, 180_000);
    afterAll(async () => {
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
      await world.close();
    });

    /**
     * What outlives collections of young objects lies in the old space until all memory is collected, which stops everybody; and an old
     * object that is dead keeps the young ones that it points at. So garbage makes garbage, and each collection costs ten times as much.
     */
    it("is freed with the young objects, not with all memory", async () => {
      const kept: number[] = [];
      for (let left = tries; left > 0 && !kept.some((bytes) => bytes < mostKept); left -= 1) {
        const before = await gateway.oldSpace();
        await call(gateway, world);
        const after = await gateway.oldSpace();
        // Otherwise all memory was collected in between.
        if (after.collections === before.collections) kept.push((after.bytes - before.bytes) / calls);
      }
      // What calls leave they leave in every round; what the runtime adds once, such as compiled code, it adds in one.
      expect(Math.min(...kept)).toBeLessThan(mostKept);
    }, 180_000);
  },
);

async function call(gateway: BenchGateway, world: World): Promise<void> {
  let left = calls;
  // Kept connections, as agents have them.
  const agent = new Agent({ connections: atOnce });
  const headers = { authorization: `Bearer ${world.token}`, "content-type": "application/json" };
  const sent = { method: "POST", headers, body: world.body } as const;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const { statusCode, body } = await request(gateway.origin + callPath, { ...sent, dispatcher: agent });
      await body.dump();
      if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  await agent.close();
}
