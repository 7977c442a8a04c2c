import {
  librarySource,
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
    ["srv/team", "etc/team"],
  ],
])("names sources by the end of their paths that tells them apart", (sources, labels) => {
  expect(sourceLabels(sources)).toEqual(labels);
});

test("tells people what a policy is made of", () => {
  expect(sourceNames([librarySource, folder("/srv/policy"), { kind: "archive", path: "/x/team.tar.gz" }])).toBe(
    "library, folder policy, archive team.tar.gz",
  );
});
