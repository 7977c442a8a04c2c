import type { Entry } from "../archive/entries.ts";
import { TransientFailure } from "../failure.ts";
import { isPrint } from "../rule-checks/definitions.ts";
import { member, type Module, walk } from "../rule-checks/modules.ts";
import type { SourceFile } from "../sources.ts";
import { askBuildThread } from "../thread/build-thread.ts";
import { answerLimitMs, type OpaCommand } from "./opa.ts";

/** Where a call of `print` begins: 1-based, in characters. */
export interface PrintPlace {
  readonly row: number;
  readonly col: number;
}

/** What the worker reads: modules with `print` in them. */
export interface PrintPlacesRequest {
  readonly opa: OpaCommand;
  readonly modules: readonly { readonly file: string; readonly text: string; readonly isOld: boolean }[];
}

/** Places by file; a file that does not parse has none. */
export type PrintPlacesAnswer =
  { readonly places: Readonly<Record<string, readonly PrintPlace[]>> } | { readonly failure: string };

const CALL = "print(";

/**
 * The files with the place of each `print` as its first operand, `{{"file:line"}}`: OPA keeps no place of a call in a module of WebAssembly.
 * No line number changes. Only files with such a call are parsed, on the build thread, since syntax trees are large.
 * @throws TransientFailure when OPA could not be run
 */
export async function placePrints(opa: OpaCommand, files: readonly SourceFile[]): Promise<readonly SourceFile[]> {
  const printing = files.filter(({ path, bytes }) => path.endsWith(".rego") && bytes.includes(CALL));
  if (printing.length === 0) return files;
  const modules = printing.map(({ path, bytes, from }): PrintPlacesRequest["modules"][number] => {
    return { file: path, text: bytes.toString("utf8"), isOld: from?.regoVersion === 0 };
  });
  const request: PrintPlacesRequest = { opa, modules };
  const answer = await askBuildThread("prints", request, { limitMs: answerLimitMs(opa) });
  if ("failure" in answer) throw new TransientFailure("compile", answer.failure);
  return files.map((file) => {
    const places = answer.places[file.path] ?? [];
    return places.length === 0 ? file : { ...file, bytes: Buffer.from(placed(file, places)) };
  });
}

function placed({ path, bytes }: SourceFile, places: readonly PrintPlace[]): string {
  const lines = bytes.toString("utf8").split("\n");
  // From the end of each line to its begin, so that what is inserted moves no place that is still to come.
  for (const { row, col } of places.toSorted((a, b) => b.col - a.col)) {
    const characters = [...(lines[row - 1] ?? "")];
    const [before, rest] = [characters.slice(0, col - 1).join(""), characters.slice(col - 1).join("")];
    if (!rest.startsWith(CALL)) continue;
    const operands = rest.slice(CALL.length);
    const place = `{{${JSON.stringify(`${path}:${row}`)}}}`;
    lines[row - 1] = `${before}${CALL}${place}${/^\s*\)/.test(operands) ? "" : ", "}${operands}`;
  }
  return lines.join("\n");
}

export function printPlacesIn({ tree }: Pick<Module, "tree">): PrintPlace[] {
  const found: PrintPlace[] = [];
  walk(tree, [], (node) => {
    const location = member(node, "location");
    const [row, col] = [member(location, "row"), member(location, "col")];
    if (isPrint(node) && typeof row === "number" && typeof col === "number") found.push({ row, col });
    return true;
  });
  return found;
}

/** The modules of a built bundle as their authors wrote them, for whoever reads or compiles them again. */
export function withoutPlaces(entries: readonly Entry[]): readonly Entry[] {
  return entries.map((entry) => {
    const file = entry.header.name.replace(/^\//, "");
    const begin = `${CALL}{{${JSON.stringify(file).slice(0, -1)}:`;
    if (!file.endsWith(".rego") || !entry.bytes.includes(begin)) return entry;
    const [head = "", ...calls] = entry.bytes.toString("utf8").split(begin);
    const without = calls.map((call) => call.replace(/^\d+"\}\}(?:, )?/, ""));
    return { ...entry, bytes: Buffer.from([head, ...without].join(CALL)) };
  });
}
