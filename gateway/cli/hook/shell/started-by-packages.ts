import type { ReadBudget } from "./read-budget.ts";
import { lengthOf, lineOf, type Word } from "./word.ts";

/** Managers of packages → what they are told to do with the command behind it. */
const starts: ReadonlyMap<string, RegExp> = new Map([
  ["npm", /^(?:exec?|x)$/],
  ["pnpm", /^(?:exec|dlx)$/],
  ["yarn", /^(?:exec|run|dlx)$/],
  ["bun", /^x$/],
  ["poetry", /^run$/],
]);
const takesLine = /^(?:-c|--call(?:=|$))(.*)$/s;

/** Command lines that a manager of packages is given to start: `npm exec -- NAME …`. */
export function startedByPackages(program: string, all: readonly Word[], budget: ReadBudget): readonly string[] {
  const verb = verbIn(program, all);
  if (verb === -1) return [];
  const words = all.slice(verb + 1);
  const ends = words.findIndex(({ text }) => text === "--");
  const first = words.findIndex(({ text }) => !text.startsWith("-"));
  const lines = words.slice(0, first === -1 ? words.length : first).flatMap(({ text }, at) => {
    const attached = takesLine.exec(text)?.[1];
    return attached === undefined ? [] : [attached === "" ? (words[at + 1]?.text ?? "") : attached];
  });
  // The word behind an option can be its value.
  const isSure = first === 0 || words[first - 1]?.text === "--";
  const places = first === -1 ? [] : isSure ? [first] : [...new Set([first, first + 1, ends + 1])];
  return [...lines, ...places.map((at) => words.slice(at)).flatMap((line) => counted(line, budget))];
}

/** Behind options alone, of which each can take a value. */
function verbIn(program: string, words: readonly Word[]): number {
  const verb = starts.get(program);
  const at = words.findIndex(({ text }) => verb?.test(text));
  const isOption = (place: number) => words[place]?.text.startsWith("-") === true;
  return words.slice(0, Math.max(at, 0)).every((_, place) => isOption(place) || isOption(place - 1)) ? at : -1;
}

function counted(words: readonly Word[], budget: ReadBudget): readonly string[] {
  return budget.takeRead(lengthOf(words)) ? [lineOf(words)] : [];
}
