import { type BuildCache, LaterCache } from "../../../../gateway/bundles/cache/build-cache.ts";
import { Later } from "../../../../gateway/lib/later.ts";

test("a later cache gives what is there at once, and keeps in order what it was given only when it is told to", async () => {
  const kept: string[] = [];
  const cache: BuildCache = {
    get: async (kind) => Buffer.from(kind),
    async put(kind, parts, content) {
      const bytes = typeof content === "function" ? await content() : content;
      kept.push(`${kind} ${parts.join()} ${Buffer.from(bytes).toString()}`);
    },
  };
  const later = new Later();
  const waiting = new LaterCache(cache, later);
  await waiting.put("rules", ["a", "b"], async () => Buffer.from("one"));
  await waiting.put("data", ["c"], Buffer.from("two"));
  expect((await waiting.get("rules", []))?.toString()).toBe("rules");
  expect(kept).toEqual([]);
  const failed = (): never => {
    throw new Error("nothing fails");
  };
  await later.run(failed);
  await later.run(failed);
  expect(kept).toEqual(["rules a,b one", "data c two"]);
});
