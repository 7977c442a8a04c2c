/** Whatever a policy may export or answer is read by running code; an accepted export that nothing reads is a silent rule. */
import ts from "typescript";
import { collectNodes, namesRead, syntaxOf, visitAll } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

export interface PolicyExports {
  /** Exports of rules that have an effect. */
  readonly effective: readonly string[];
  /** Obligations that keep a policy from becoming active. */
  readonly refusedObligations: readonly string[];
}

const MAIN = "rego/sallyport/main/main.rego";
const CONTRACT = "gateway/domain/decision.ts";
const COLLECTED = /data\.sallyport\.(?:rules\[_\]\[_\]|tools\[[^\]]+\]\[[^\]]+\])\.(\w+)/g;

/** Answers that the gateway itself builds or that carry no contract of the policy. */
const NOT_AN_ANSWER = new Set(["ResultDecision"]);

export function policyExportProblems(files: readonly SourceFile[], known: PolicyExports): string[] {
  return [...exportProblems(files, known), ...obligationProblems(files, known), ...fieldProblems(files)];
}

/** Exports that main.rego collects and no entrypoint that the gateway evaluates depends on. */
function exportProblems(files: readonly SourceFile[], { effective }: PolicyExports): string[] {
  const main = textOf(files, MAIN);
  const rules = Map.groupBy(statementsOf(main), ({ name }) => name);
  const used = new Set(evaluatedEntrypoints(files));
  for (const name of used)
    for (const { body } of rules.get(name) ?? [])
      for (const [word] of body.matchAll(/\w+/g)) if (rules.has(word)) used.add(word);
  const collected = exportsIn(main);
  const read = new Set(
    [...used].flatMap((name) => (rules.get(name) ?? []).flatMap(({ body }) => [...exportsIn(body)])),
  );
  return [...new Set([...collected, ...effective])].flatMap((name) => {
    if (!read.has(name)) return [`export ${name} is accepted, and no entrypoint that the gateway evaluates reads it`];
    return effective.includes(name) ? [] : [`export ${name} is read, and RULE_EXPORTS does not name it`];
  });
}

/** Entrypoints whose function of decide.ts is called by the gateway, the checks of a policy by the CLI aside. */
function evaluatedEntrypoints(files: readonly SourceFile[]): string[] {
  const callers = gatewayFiles(files).filter(({ path }) => !/^gateway\/(?:decide|cli|bundles)\//.test(path));
  const called = new Set(callers.flatMap(calledNames));
  const decide = files.find(({ path }) => path === "gateway/decide/decide.ts") as SourceFile;
  return syntaxOf(decide).statements.flatMap((statement) => {
    if (!ts.isFunctionDeclaration(statement) || !called.has(statement.name?.text ?? "")) return [];
    return [...stringsIn(statement)].filter((text) => ["decision", "visible", "result"].includes(text));
  });
}

/** Types of obligations that nothing in act/ carries out. */
function obligationProblems(files: readonly SourceFile[], { refusedObligations }: PolicyExports): string[] {
  const handled = new Set(files.filter(({ path }) => path.startsWith("gateway/act/")).flatMap(propertyNames));
  return [...textOf(files, CONTRACT).matchAll(/readonly type: "(\w+)"/g)].flatMap(([, type = ""]) => {
    if (refusedObligations.includes(type))
      return [`obligation ${type} is refused in policies, and the contract has it`];
    return handled.has(type) ? [] : [`obligation ${type} is accepted, and gateway/act/ does not carry it out`];
  });
}

/** Fields of an answer that nothing outside of decide/ and bundles/ reads. */
function fieldProblems(files: readonly SourceFile[]): string[] {
  const readers = files.filter(({ path }) => /^(?:gateway|console)\/.*\.tsx?$/.test(path));
  const read = new Set(readers.filter(({ path }) => !/^gateway\/(?:decide|bundles)\//.test(path)).flatMap(namesRead));
  const contract = files.find(({ path }) => path === CONTRACT) as SourceFile;
  return syntaxOf(contract).statements.flatMap((statement) => {
    if (!ts.isInterfaceDeclaration(statement) || NOT_AN_ANSWER.has(statement.name.text)) return [];
    const fields = statement.members.map((member) => member.name?.getText() ?? "");
    return fields
      .filter((field) => !read.has(field))
      .map((field) => `${statement.name.text}.${field} is accepted, and no running code reads it`);
  });
}

/** Top-level statements of a Rego module: the name of the rule, and its text. */
function statementsOf(rego: string): { readonly name: string; readonly body: string }[] {
  const code = rego.replace(/^\s*#.*$/gm, "");
  return code.split(/^(?=\w)/m).map((body) => ({ name: /^(?:default )?(\w+)/.exec(body)?.[1] ?? "", body }));
}

function exportsIn(rego: string): Set<string> {
  return new Set([...rego.matchAll(COLLECTED)].map(([, name = ""]) => name));
}

function gatewayFiles(files: readonly SourceFile[]): SourceFile[] {
  return files.filter(({ path }) => /^gateway\/.*\.ts$/.test(path));
}

function textOf(files: readonly SourceFile[], path: string): string {
  return files.find((file) => file.path === path)?.text ?? "";
}

function stringsIn(node: ts.Node): Set<string> {
  const found = new Set<string>();
  visitAll(node, (one) => void (ts.isStringLiteral(one) && found.add(one.text)));
  return found;
}

/** Functions that are called, or handed on to be called. */
function calledNames(file: SourceFile): string[] {
  return collectNodes(file, (node) => {
    const used = ts.isCallExpression(node) ? node.expression : ts.isPropertyAssignment(node) ? node.initializer : null;
    return used !== null && ts.isIdentifier(used) ? used.text : null;
  });
}

function propertyNames(file: SourceFile): string[] {
  return collectNodes(file, (node) => (ts.isPropertyAssignment(node) ? node.name.getText() : null));
}
