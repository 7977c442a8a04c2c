import { type BuildCache, LaterCache } from "../../../../gateway/bundles/cache/build-cache.ts";

test("a later cache gives what is there at once, and keeps in order what it was given only when it is told to", async () => {
  const kept: string[] = [];
  const cache: BuildCache = {
    get: async (kind) => Buffer.from(kind),
    put: async (kind, parts, content) => void kept.push(`${kind} ${parts.join()} ${Buffer.from(content).toString()}`),
  };
  const later = new LaterCache(cache);
  await later.put("rules", ["a", "b"], Buffer.from("one"));
  await later.put("data", ["c"], Buffer.from("two"));
  expect((await later.get("rules", []))?.toString()).toBe("rules");
  expect(kept).toEqual([]);
  await later.write();
  await later.write();
  expect(kept).toEqual(["rules a,b one", "data c two"]);
});
