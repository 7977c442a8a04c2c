import { hash } from "node:crypto";
import { programOf } from "../cache/identity.ts";
import { type OpaCommand } from "../build/opa.ts";
import { type Module, type ModuleTexts, parseModules } from "./modules.ts";

/** Modules that were parsed before, so that an edit of one file has one module parsed. Those of the last question are kept. */
export class ParsedModules {
  #last: ReadonlyMap<string, Module> = new Map();

  /** As `parseModules`, in the order of the files' names. @throws BundleFailure */
  async parse(
    opa: OpaCommand,
    texts: ModuleTexts,
    workspace: string,
    old: ReadonlySet<string> = new Set(),
  ): Promise<Module[]> {
    const program = await programOf(opa);
    const keys = new Map(
      Object.entries(texts).map(([file, text]) => [
        file,
        hash("sha256", JSON.stringify([program, file, old.has(file), text])),
      ]),
    );
    const before = this.#last;
    const isNew = (file: string): boolean => !before.has(keys.get(file) ?? "");
    const changed = Object.fromEntries(Object.entries(texts).filter(([file]) => isNew(file)));
    const parsed =
      Object.keys(changed).length === 0
        ? []
        : await parseModules(opa, changed, workspace, new Set([...old].filter(isNew)));
    const known = [...keys].flatMap(([, key]) => before.get(key) ?? []);
    const modules = [...known, ...parsed].toSorted((a, b) => (a.file < b.file ? -1 : 1));
    this.#last = new Map(modules.map((module) => [keys.get(module.file) ?? "", module]));
    return modules;
  }
}
