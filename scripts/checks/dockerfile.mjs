/** A strict reader of the part of the Dockerfile language that this repository uses; there is no schema for it. */

const known = new Set(
  "FROM ARG WORKDIR COPY RUN ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD LABEL".split(" "),
);
const jsonForms = new Set(["ENTRYPOINT", "CMD", "VOLUME"]);

/** @typedef {{ line: number, word: string, rest: string }} Instruction */

/** @param {string} text @returns {Instruction[]} continuation lines are joined, comments dropped */
export function instructionsOf(text) {
  /** @type {Instruction[]} */
  const found = [];
  let open = false;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const piece = line.replace(/\\$/, "").trim();
    const last = found.at(-1);
    if (open && last !== undefined) last.rest += ` ${piece}`;
    else found.push({ line: index + 1, word: piece.split(/\s/, 1)[0] ?? "", rest: piece.replace(/^\S+\s*/, "") });
    open = line.endsWith("\\");
  }
  return found;
}

/** @param {string} text */
export function stagesOf(text) {
  return instructionsOf(text).flatMap(({ word, rest }) =>
    word === "FROM" ? (/\sAS\s+(\S+)$/i.exec(rest)?.[1] ?? []) : [],
  );
}

/**
 * @param {string} text
 * @param {(path: string) => boolean} exists whether a path of the build context is there
 * @returns {string[]}
 */
export function dockerfileProblems(text, exists) {
  const instructions = instructionsOf(text);
  const problems = instructions.flatMap((instruction, index) => {
    const before = stagesOf(
      instructions
        .slice(0, index)
        .map(({ word, rest }) => `${word} ${rest}`)
        .join("\n"),
    );
    return problemsOf(instruction, before, exists).map((problem) => `line ${instruction.line}: ${problem}`);
  });
  return [...problems, ...lastStageProblems(instructions)];
}

/** @param {Instruction} instruction @param {string[]} stages @param {(path: string) => boolean} exists */
function problemsOf({ word, rest }, stages, exists) {
  if (!known.has(word)) return [`${word} is not an instruction known here`];
  if (rest === "") return [`${word} says nothing`];
  if (word === "FROM" && !/^[^\s:@]+(:[^\s:@]+|@sha256:[0-9a-f]{64}) AS [a-z][a-z0-9-]*$/.test(rest)) {
    return ["FROM needs image:tag AS stage"];
  }
  const json = /^\[/.test(rest) ? rest : /CMD (\[.*)$/.exec(rest)?.[1];
  if ((jsonForms.has(word) || (word === "HEALTHCHECK" && rest !== "NONE")) && !isTextList(json)) {
    return [`${word} must be in the JSON form: the last stage has no shell`];
  }
  return word === "COPY" ? copyProblems(rest, stages, exists) : [];
}

/** @param {string} rest @param {string[]} stages @param {(path: string) => boolean} exists */
function copyProblems(rest, stages, exists) {
  const words = rest.split(/\s+/);
  const options = words.filter((word) => word.startsWith("--"));
  const sources = words.filter((word) => !word.startsWith("--")).slice(0, -1);
  if (sources.length === 0) return ["COPY needs a source and a destination"];
  const from = options.find((option) => option.startsWith("--from="))?.slice("--from=".length);
  if (from !== undefined) return stages.includes(from) ? [] : [`COPY from ${from}, which is no earlier stage`];
  return sources.filter((source) => !exists(source)).map((source) => `COPY of ${source}, which is not there`);
}

/** The last stage must not run as root and must have a health check. @param {Instruction[]} instructions */
function lastStageProblems(instructions) {
  const last = instructions.slice(instructions.findLastIndex(({ word }) => word === "FROM"));
  const user = last.findLast(({ word }) => word === "USER")?.rest ?? "root";
  const problems = /^(root|0)(:|$)/.test(user) ? ["the last stage runs as root"] : [];
  if (!last.some(({ word }) => word === "HEALTHCHECK")) problems.push("the last stage has no HEALTHCHECK");
  if (!last.some(({ word }) => word === "ENTRYPOINT")) problems.push("the last stage has no ENTRYPOINT");
  return problems;
}

/** @param {string | undefined} text */
function isTextList(text) {
  try {
    const list = JSON.parse(text ?? "");
    return Array.isArray(list) && list.length > 0 && list.every((part) => typeof part === "string");
  } catch {
    return false;
  }
}
