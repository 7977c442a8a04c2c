import { REPLACED_OBLIGATIONS, RULE_EXPORTS } from "../../../gateway/bundles/rule-checks/malformed-elements.ts";
import { policyExportProblems } from "./guards/policy-exports.ts";
import { readTree } from "./guards/tree.ts";

const known = { effective: RULE_EXPORTS, refusedObligations: Object.keys(REPLACED_OBLIGATIONS) };
const tree = readTree();

/** What the guard says of the tree after an edit of one file. */
function edited(path: string, from: string, to: string): string[] {
  expect(tree.find((file) => file.path === path)?.text).toContain(from);
  return policyExportProblems(
    tree.map((file) => (file.path === path ? { path, text: file.text.replace(from, to) } : file)),
    known,
  );
}

test("every export, obligation and field that a policy may answer is read by running code", () => {
  expect(policyExportProblems(tree, known)).toEqual([]);
});

test("refuses an export that main collects and no answer depends on", () => {
  const alarm = "_alarms contains data.sallyport.rules[_][_].alarm[_]\n\n_denials contains";
  expect(edited("rego/sallyport/main/main.rego", "_denials contains", alarm)).toEqual([
    "export alarm is accepted, and no entrypoint that the gateway evaluates reads it",
  ]);
});

test.each([
  ["count(_hidden) == 0", "true", "export hide is"],
  ["sort(_labels)", "[]", "export label is"],
])("refuses an export whose only reader, %s, is gone", (reader, instead, told) => {
  expect(edited("rego/sallyport/main/main.rego", reader, instead)).toEqual([expect.stringContaining(told)]);
});

test("refuses an obligation that nothing carries out, and a field of an answer that nothing reads", () => {
  const contract = "gateway/domain/decision.ts";
  const notify = '| { readonly type: "notify_owner" }\n  | { readonly type: "consume_approval" }';
  expect(edited(contract, '| { readonly type: "consume_approval" }', notify)).toEqual([
    "obligation notify_owner is accepted, and gateway/act/ does not carry it out",
  ]);
  const field = "readonly effect: Effect;\n  readonly escalation: string;";
  expect(edited(contract, "readonly effect: Effect;", field)).toEqual([
    "Decision.escalation is accepted, and no running code reads it",
  ]);
});
