import { isJsonObject, type JsonValue } from "../../../gateway/lib/json.ts";
import { figuresOf } from "../machine/own-process.ts";
import { benchResults } from "./results.ts";
import { BenchSession } from "./session.ts";
import type { SessionMemory } from "./tell-memory.ts";

const contentOf = (bytes: Buffer): JsonValue => JSON.parse(bytes.toString()) as JsonValue;

describe("the results of the bench", () => {
  it("have the sizes that their names say", () => {
    for (const { name, bytes } of benchResults(1)) {
      const kb = Number(/(\d+) KB$/.exec(name)?.[1]);
      expect([name, bytes.length / 1_024 / kb > 0.85, bytes.length / 1_024 / kb < 1.15]).toEqual([name, true, true]);
      expect(isJsonObject(contentOf(bytes))).toBe(true);
    }
  });

  it("differ from one variant to the next", () => {
    const [one, other] = [benchResults(1), benchResults(2)];
    for (const [at, { bytes }] of one.entries()) expect(bytes.equals(other[at]!.bytes)).toBe(false);
  });
});

describe("a session of the bench", () => {
  it("traces the values of its calls, and is tainted by the mails that it reads", async () => {
    const session = new BenchSession();
    const mails = benchResults(0).find(({ name }) => name === "mails 4 KB")!;
    const call = session.call(mails);
    expect(await session.trace(call)).toBeGreaterThan(4);
    await session.sent(call);
    expect(await session.learn(call, contentOf(mails.bytes))).toContain("read:untrusted");
  });

  it("takes some 16 KiB when it is full, and less before", async () => {
    // In this process the engine would collect what tests before have left, each time that it is asked.
    const { fresh, full } = await figuresOf<SessionMemory>(new URL("./tell-memory.ts", import.meta.url));
    expect(fresh).toBeGreaterThan(8_000);
    expect(fresh).toBeLessThan(13_000);
    expect(full).toBeGreaterThan(14_000);
    expect(full).toBeLessThan(18_000);
  }, 60_000);
});
