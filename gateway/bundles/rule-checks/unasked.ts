import { didYouMean } from "../../lib/suggest.ts";
import type { Definition } from "./definitions.ts";
import { exportOf } from "./rule-places.ts";

/** A rule that has none of the names in `exports`, which rules are asked for. */
export function silentRule(rules: readonly Definition[], exports: readonly string[]): string {
  const home = (exportOf(rules[0]?.path ?? [])?.rule ?? []).join(".");
  const names = new Set(rules.map(({ path }) => exportOf(path)?.name ?? ""));
  const slip = [...names].find((name) => exportMeant(name, exports) !== "");
  const meant = slip === undefined ? "" : `; it has ${slip}${exportMeant(slip, exports)}`;
  if (exports.length === 0) return `nobody asks package ${home}: package sallyport.main collects no rules`;
  return `nobody asks package ${home}: it exports none of ${exports.join(", ")}${meant}`;
}

export function unreachedPackage(path: readonly string[]): string {
  return `nobody asks package ${path.join(".")}: no entrypoint reaches it${insteadOf(path)}`;
}

/** A rule beside the entrypoints that none of them uses. */
export function unaskedInMain({ name }: Definition): string {
  return `no entrypoint uses ${name} of package sallyport.main; rules are packages sallyport.rules.<topic>.<rule>`;
}

export function unknownExport(name: string, exports: readonly string[]): string {
  return (
    `nobody asks ${name}${exportMeant(name, exports)}: a rule exports ${exports.join(", ")}. ` +
    "Remove it; the name of what only helps begins with an underscore"
  );
}

/** A slip of the keyboard, or another form of the word, such as `denies`. */
function exportMeant(name: string, exports: readonly string[]): string {
  const slip = didYouMean(name, exports);
  const form = exports.find((each) => name.startsWith(each.slice(0, 3)));
  return slip === "" && form !== undefined ? ` (did you mean ${form}?)` : slip;
}

/** Where a package of the library should lie that is in no place where rules are looked for. */
function insteadOf([root, place = ""]: readonly string[]): string {
  if (root !== "sallyport") return "";
  if (place === "rules") return "; rules are packages sallyport.rules.<topic>.<rule>";
  if (place === "tools") return "; rules of one tool are packages sallyport.tools.<server>.<tool>";
  return didYouMean(place, ["rules", "tools"]);
}
