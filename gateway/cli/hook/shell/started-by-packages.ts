import { lineOf } from "./line-of.ts";
import type { Word } from "./words.ts";

/** Managers of packages → what they are told to do with the command behind it. */
const starts: ReadonlyMap<string, RegExp> = new Map([
  ["npm", /^exec$/],
  ["pnpm", /^exec$/],
  ["yarn", /^(?:exec|run)$/],
  ["poetry", /^run$/],
]);
const takesLine = /^(?:-c|--call(?:=|$))(.*)$/s;

/** Command lines that a manager of packages is given to start: `npm exec -- NAME …`. */
export function startedByPackages(program: string, [verb, ...words]: readonly Word[]): readonly string[] {
  if (verb === undefined || starts.get(program)?.test(verb.text) !== true) return [];
  const ends = words.findIndex(({ text }) => text === "--");
  const first = words.findIndex(({ text }) => !text.startsWith("-"));
  const lines = words.slice(0, first === -1 ? words.length : first).flatMap(({ text }, at) => {
    const attached = takesLine.exec(text)?.[1];
    return attached === undefined ? [] : [attached === "" ? (words[at + 1]?.text ?? "") : attached];
  });
  // The word behind an option can be its value.
  const places = words[0]?.text.startsWith("-") === true ? [first, first + 1, ends + 1] : [first];
  return [...lines, ...(first === -1 ? [] : places.map((at) => lineOf(words.slice(at))))];
}
