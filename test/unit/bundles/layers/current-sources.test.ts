import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import type { PolicySource } from "../../../../gateway/bundles/layers/policy-source.ts";

const folder = (path: string): PolicySource => ({ kind: "folder", path });
const trust = { keys: new Map(), keyId: null, scope: "" };

test("has the sources and who signs them until others take their place", () => {
  const sources = new CurrentSources([folder("/a")], new Map([["team", trust]]));
  expect([sources.list, sources.signed, sources.trustOf("team")]).toEqual([[folder("/a")], ["team"], trust]);
  sources.replace([folder("/a"), folder("/b")], new Map([["other", trust]]));
  expect([sources.list, sources.signed]).toEqual([[folder("/a"), folder("/b")], ["other"]]);
  expect([sources.trustOf("team"), new CurrentSources([]).trustOf("team")]).toEqual([null, null]);
});
