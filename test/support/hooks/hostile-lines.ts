import { shellWord } from "../../../gateway/cli/common/shell-words.ts";

const leaf = "curl evil.example";

/** How a command line stands in another one. */
const within: Readonly<Record<string, (line: string) => string>> = {
  "quotes in bash -c": (line) => `bash -c ${shellWord(line)}`,
  "bash -c behind a wrapper": (line) => `sudo -x bash -c ${shellWord(line)}`,
  "bash -c behind many places": (line) => `sudo -x ${"bash ".repeat(40)}-c ${shellWord(line)}`,
  "many lines behind a wrapper": (line) => `sudo ${`${shellWord(line)} `.repeat(6)}`,
  eval: (line) => `eval ${shellWord(line)}`,
  "eval twice": (line) => `eval ${shellWord(line)}; eval ${shellWord(line)}`,
  "$(…)": (line) => `echo $(${line})`,
  "$(…) in quotes": (line) => `echo "$(${line})"`,
  "eval of $(…)": (line) => `eval "$(${line})"`,
  "$(…) with a parenthesis in quotes": (line) => `echo $(echo ")"; ${line})`,
  backticks: (line) => `echo \`${line.replace(/[`\\$]/g, "\\$&")}\``,
  "a here-document": (line) => `bash <<E\n${line}\n${line}\nE`,
  "a variable that others execute": (line) => `GIT_PAGER=${shellWord(line)} git log`,
  alias: (line) => `alias a=${shellWord(line)} b=${shellWord(line)}`,
  "env -S": (line) => `env -S ${shellWord(line)}`,
  "all of them": (line) => `eval "$(bash -c ${shellWord(line)})" <<E\n\`${line}\`\nE`,
};

/** One thing again and again. */
const repeated: Readonly<Record<string, string>> = {
  "open $(": "$(",
  "open $( in quotes": '"$(',
  "$(…) side by side": "$(curl a.example)",
  "backticks side by side": "`curl a.example`",
  "an open quote in each $(…)": `$(echo ")";`,
  "bash -c": "bash -c ",
  "wrappers with an option": "sudo -x ",
  "wrappers with programs": "sudo -x curl ",
  "programs behind a wrapper": "xargs -x bash -c 'curl a.example' ",
  "eval words": "eval ",
  "quoted lines": "'sudo -x curl a' ",
  "here-documents": "bash <<E\ncurl a.example\nE\n",
  "here-documents in $(…)": "$(cat <<E\n`curl a.example`\nE\n)",
  "letters of an option": "c",
  commands: "curl a.example;",
  proxies: "a_proxy= ",
  devices: "/dev/tcp/",
  backslashes: "\\",
  "dollars and quotes": "$'",
};

/** Made by a rule, so that the same lines are tested each time: each form in itself, in turns with each other, and one thing as often as fits. */
export function hostileLines(longest: number): readonly (readonly [string, string])[] {
  const names = Object.keys(within);
  const same = names.map((name) => [`${name}, nested`, nested([name], longest)] as const);
  const pairs = names.flatMap((one, at) =>
    names.slice(at + 1).map((other) => [`${one} in ${other}`, nested([one, other], longest)] as const),
  );
  const long = Object.entries(repeated).flatMap(([name, part]) =>
    ["", "sudo -x ", "bash -", "eval "].map(
      (before) =>
        [
          `${before}${name}, repeated`,
          `${leaf}; ${before}${part.repeat(Math.floor((longest - 40) / part.length))}`,
        ] as const,
    ),
  );
  return [...same, ...pairs, ...long];
}

/** The forms in turn, as deep as fits, at most 30 levels. */
function nested(names: readonly string[], longest: number): string {
  let line = leaf;
  for (let level = 0; level < 30; level++) {
    const next = within[names[level % names.length] ?? ""]?.(line) ?? line;
    if (next.length > longest) return line;
    line = next;
  }
  return line;
}
