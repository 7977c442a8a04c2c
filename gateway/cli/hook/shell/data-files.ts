import type { Word } from "./word.ts";

/** Endings of files that programs read as text or as rows. JSON, YAML and XML are settings of many programs. */
const endsAsData = /\.(?:md|markdown|txt|log|csv|tsv|jsonl|ndjson)(?:\.(?:bak|old|orig))?$/i;

/** Files of such endings that CMake, Conan, pip, Python, pytest and CoffeeScript, or agents and their clients read as code or as orders. */
const readAsCode = new RegExp(
  [
    String.raw`(?:^|/)(?:cmakelists|conanfile|entry_points|test[^/]*|[^/]*(?:requirement|constraint)[^/]*)\.txt$`,
    String.raw`(?:^|/)(?:claude|agents?|gemini|skill|copilot|cursor|qwen|warp|conventions|instructions?)[^/]*\.(?:md|markdown|txt)$`,
    String.raw`\.(?:coffee|civet|ls|[cm]?[jt]sx?|py|rb|pl|r|sh|instructions|prompt|agent|chatmode)\.(?:md|markdown|txt)$`,
    "(?:^|/)(?:hooks|commands|skills|agents|rules|prompts|instructions|requirements|constraints)/",
    // Of the machine.
    "(?:^|/)(?:etc|usr|spool)/",
  ].join("|"),
  "i",
);

/** Whether programs take a file of this name for data. `path`: from a folder, as far as the line names it. */
export function isNameOfData(path: string): boolean {
  return hasDataEnding(path) && !readAsCode.test(path);
}

/** Whether a part of the path begins with a dot, as folders and files of settings do. */
export function hasHiddenPart(path: string): boolean {
  return path.split("/").some((part) => part.startsWith(".") && !/^\.\.?$/.test(part));
}

/** One with such an ending, which a program that executes it should not have: a here-document can have written it. */
export function canBeData({ text, isPattern }: Word): boolean {
  return hasDataEnding(text) || (isPattern && /\.[^./]*[*?[{][^./]*$/.test(text));
}

export function hasDataEnding(path: string): boolean {
  return endsAsData.test(path);
}
