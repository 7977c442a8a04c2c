import type { DefinitionKind } from "../../../gateway/domain/definition-kinds.ts";
import type { CountedKind, DefinitionStore } from "../../../gateway/domain/ports.ts";
import { AlikeNames } from "../../../gateway/gather/alike-names.ts";
import { alikeFindings, changedFindings, waitingFindings } from "../../../gateway/gather/definition-findings.ts";

const seen = { digest: "d1", definition: {} };
const changed = (kind: DefinitionKind, name: string) => ({ server: "crm", kind, name, pinned: seen, last: seen });

function store(counted: readonly CountedKind[], changes: readonly ReturnType<typeof changed>[] = []): DefinitionStore {
  return {
    changes: async () => changes,
    countChanges: async () => counted,
    countWaiting: async () => counted.map((one) => ({ ...one, server: "crm" })),
  } as unknown as DefinitionStore;
}

test("says of one definition that changed what it is, and counts several by kind", async () => {
  const one = store([{ kind: "prompt", count: 1 }], [changed("prompt", "report")]);
  expect((await changedFindings(one))[0]?.problem).toBe(
    "a prompt changed the definition: prompt crm/report; calls are refused",
  );
  const changes = [changed("resource_template", "crm://{id}"), changed("tool", "a\u202e")];
  const counted: CountedKind[] = [
    { kind: "resource_template", count: 1 },
    { kind: "tool", count: 2 },
  ];
  expect((await changedFindings(store(counted, changes)))[0]?.problem).toBe(
    "1 resource template and 2 tools changed the definition: resource template crm/crm://{id}, crm/a\u27e6U+202E\u27e7; calls are refused",
  );
  expect(await changedFindings(store([]))).toEqual([]);
});

test("says how many of each kind wait, one finding for each server", async () => {
  expect(await waitingFindings(store([{ kind: "prompt", count: 1 }]), ["crm"])).toMatchObject([
    { problem: "1 prompt of crm waits to be accepted; until then callers neither see nor call them" },
  ]);
  const several: CountedKind[] = [
    { kind: "prompt", count: 1 },
    { kind: "tool", count: 3 },
  ];
  expect(await waitingFindings(store(several), ["crm"])).toMatchObject([
    { problem: expect.stringContaining("1 prompt and 3 tools of crm wait") },
  ]);
  expect(await waitingFindings(store(several), [])).toEqual([]);
});

test.each([
  ["prompt", "prompts-alike"],
  ["resource_template", "resource-templates-alike"],
] as const)("tells names of the kind %s that look alike by a finding of their own", (kind, name) => {
  const names = [
    { server: "crm", kind, name: "report" },
    { server: "mail", kind, name: "rep\u043ert" },
  ];
  const problem = expect.stringContaining("crm/report and mail/rep\u27e6U+043E\u27e7rt") as string;
  expect(alikeFindings(new AlikeNames(names))).toMatchObject([{ name, problem }]);
  expect(alikeFindings(new AlikeNames(names.slice(1)))).toEqual([]);
});

test("resources that look alike are no finding", () => {
  const names = ["file:///A", "file:///a"].map((name) => ({ server: "files", kind: "resource" as const, name }));
  expect(alikeFindings(new AlikeNames(names))).toEqual([]);
});
