import { isAssignment } from "./programs.ts";
import { canBeSeveral, type Word } from "./word.ts";

interface Options {
  /** Options that take the next word for a value. */
  readonly valued: ReadonlySet<string>;
  /** The others. */
  readonly flags: ReadonlySet<string>;
  /** Words before the program that are no options. */
  readonly words: number;
}

const set = (names: string): ReadonlySet<string> => new Set(names.split(" "));
const options = (valued: string, flags: string, words = 0): Options => ({
  valued: set(valued),
  flags: set(flags),
  words,
});

/** Wrappers → their options, as far as it is known which take the next word. */
const optionsOf: ReadonlyMap<string, Options> = new Map([
  [
    "sudo",
    options(
      "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --close-from --chroot --chdir --other-user",
      "-A -b -E -H -i -K -k -n -P -S -s -v --askpass --background --preserve-env --set-home --login --non-interactive --stdin --shell",
    ),
  ],
  ["doas", options("-u -a -C", "-L -n -s")],
  ["env", options("-u -C -a --unset --chdir --argv0", "- -i -0 -v --ignore-environment --null --debug")],
  [
    "xargs",
    options(
      "-a -d -E -I -J -L -n -P -R -s --arg-file --delimiter --max-args --max-procs --max-chars --max-lines --process-slot-var",
      "-0 -o -p -r -t -x --null --open-tty --interactive --no-run-if-empty --verbose --exit --replace",
    ),
  ],
  [
    "parallel",
    options(
      "-j -P -n -N -L -d -C -a -S --jobs --max-procs --max-args --delimiter --colsep --arg-file --timeout --retries --delay --joblog --results --sshlogin --sshloginfile --halt --workdir --wd",
      "-k -v -t -u -q -m -X -0 --keep-order --verbose --dry-run --bar --progress --eta --will-cite --line-buffer --lb --tag --pipe --null --no-run-if-empty -r",
    ),
  ],
  ["nice", options("-n --adjustment", "")],
  ["ionice", options("-c -n --class --classdata", "-t --ignore")],
  ["stdbuf", options("-i -o -e --input --output --error", "")],
  ["timeout", options("-s -k --signal --kill-after", "-v -p -f --foreground --preserve-status --verbose", 1)],
  ["time", options("-f -o --format --output", "-a -p -q -v --append --portability --quiet --verbose")],
  [
    "flock",
    options(
      "-w -E --timeout --wait --conflict-exit-code",
      "-s -x -e -u -n -o -F -v --shared --exclusive --unlock --nonblock --nb --close --no-fork --verbose",
      1,
    ),
  ],
  ["taskset", options("", "-a -c", 1)],
  ["chrt", options("-T -P -D", "-a -b -d -f -i -o -r -R -v", 1)],
  ...["chroot", "gosu", "su-exec"].map((name) => [name, options("", "", 1)] as const),
  ["exec", options("-a", "-c -l")],
  ["command", options("", "-p")],
  ["setsid", options("", "-c -f -w --ctty --fork --wait")],
  ...["nohup", "builtin", "!", "then", "do", "else", "elif", "if", "while", "until", "and", "or", "not", "begin"].map(
    (name) => [name, options("", "")] as const,
  ),
]);

/** Place of the program that a wrapper starts; null where an option is not known, or the shell can put words in between. */
export function sureProgram(name: string, behind: readonly Word[]): number | null {
  const known = optionsOf.get(name);
  if (known === undefined) return null;
  let left = known.words;
  let endsOptions = false;
  for (let at = 0; at < behind.length; at++) {
    const word = behind[at] as Word;
    if (!endsOptions && word.text === "--") endsOptions = true;
    else if (!endsOptions && word.text.startsWith("-")) {
      const takes = word.isOpen || word.isPattern ? null : takesNext(known, word.text);
      if (takes === null || (takes && behind.slice(at + 1, at + 2).some(canBeSeveral))) return null;
      if (takes) at += 1;
    } else if (!isAssignment(word.text)) {
      // `flock FILE -c LINE`
      if (left === 0) return word.text.startsWith("-") ? null : at;
      if (canBeSeveral(word)) return null;
      left -= 1;
      endsOptions = true;
    }
  }
  return null;
}

/** Null for an option that is not known. */
function takesNext({ valued, flags }: Options, text: string): boolean | null {
  if (valued.has(text) || flags.has(text)) return valued.has(text);
  const long = /^--[^=]*/.exec(text)?.[0];
  if (long !== undefined) return long !== text && (valued.has(long) || flags.has(long)) ? false : null;
  const letters = [...text.slice(1)];
  const at = letters.findIndex((letter) => !flags.has(`-${letter}`));
  if (at === -1) return false;
  // Options of xargs whose value only stands in the same word.
  if (flags.has("--replace") && /[iel]/.test(letters[at] ?? "")) return false;
  if (!valued.has(`-${letters[at] ?? ""}`)) return null;
  return at === letters.length - 1;
}
