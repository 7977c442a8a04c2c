import { askedEntrypoint, askedEntrypoints } from "../../../../gateway/bundles/layers/asked-documents.ts";
import {
  librarySource,
  policySources,
  sourceLabels,
  sourceNames,
  type PolicySource,
} from "../../../../gateway/bundles/layers/policy-source.ts";

const folder = (path: string): PolicySource => ({ kind: "folder", path });

test.each<[readonly PolicySource[], readonly string[]]>([
  [
    [librarySource, folder("/srv/gate/policy")],
    ["library", "policy"],
  ],
  [
    [folder("/srv/a/policy"), folder("/srv/b/policy")],
    ["a/policy", "b/policy"],
  ],
  [
    [folder("/a/policy"), folder("/b/a/policy")],
    ["a/policy", "b/a/policy"],
  ],
  [
    [librarySource, folder("/srv/library")],
    ["library", "srv/library"],
  ],
  [
    [folder("/srv/team"), { kind: "archive", path: "/etc/team.tar.gz" }],
    ["team", "team.tar.gz"],
  ],
])("names sources by the end of their paths that tells them apart", (sources, labels) => {
  expect(sourceLabels(sources)).toEqual(labels);
});

const archive = (path: string): PolicySource => ({ kind: "archive", path });
const generated: PolicySource = { kind: "generated", path: "adopted", files: [] };

test.each<readonly PolicySource[]>([
  [folder("/srv/team"), folder("/srv/team")],
  [librarySource, folder("/library")],
  [folder("/adopted"), generated],
  [folder("/c/a"), folder("/a/x"), folder("/b/x")],
  [archive("/x.tar.gz"), folder("/x.tar.gz")],
])("refuses sources that cannot be told apart", (...sources) => {
  expect(() => sourceLabels(sources)).toThrow(/cannot be told apart/);
});

test("tells people what a policy is made of", () => {
  expect(sourceNames([librarySource, folder("/srv/policy"), { kind: "archive", path: "/x/team.tar.gz" }])).toBe(
    "library, folder policy, archive team.tar.gz",
  );
});

test("compiles each path of the Data API as an entrypoint of its own, whatever the paths are called", () => {
  const paths = ["a/b_c", "a_b/c", "a/b/c", "a", "default/if"];
  const sources = policySources({ sources: [{ kind: "library" }], adopted: [], dataApi: { paths } });
  const asked = sources.at(-1);
  const files = asked?.kind === "generated" ? asked.files : [];
  const read = files.map(({ path, text }) => ({ path: `asked/${path}`, bytes: Buffer.from(text) }));
  expect(askedEntrypoints(read)).toEqual(paths.map(askedEntrypoint));
  expect(new Set(askedEntrypoints(read)).size).toBe(paths.length);
  expect(policySources({ sources: [{ kind: "library" }], adopted: [], dataApi: null })).toEqual([librarySource]);
});
