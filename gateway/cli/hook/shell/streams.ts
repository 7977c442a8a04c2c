import { posix } from "node:path";
import type { Word } from "./word.ts";

/** The name of a file that is standard input or what another command writes: `<(…)`, `/dev/stdin`, and `stdin` or `fd/0`, which are these where the folder is `/dev`. */
export function isStream(text: string): boolean {
  return (
    text.startsWith("<(") ||
    /^(?:\.*\/)*(?:dev\/|(?:proc\/)?(?:thread-)?self\/|proc\/[^/]+\/)?(?:stdin$|fd\/)/.test(posix.normalize(text))
  );
}

/** Names of standard input that a pattern of the shell could stand for. */
const streams = [
  "/dev/stdin",
  "/dev/fd/0",
  "/dev/fd/3",
  "/proc/self/fd/0",
  "stdin",
  "fd/0",
  "fd/3",
  "./stdin",
  "./fd/0",
];

/** The shell may put such a name in the place of a pattern. */
export function canBeStream({ text, isPattern }: Word): boolean {
  if (!isPattern) return false;
  if (text.length > 100) return true;
  const parts = posix
    .normalize(text)
    .replace(/\{.*\}|\*+/gs, "*")
    .replace(/\[[^\]]*\]/g, "?")
    .replace(/\*+/g, "*");
  const pattern = new RegExp(
    `^${parts
      .replace(/[^*?]/g, "\\$&")
      .replace(/\\([\w])/g, "$1")
      .replaceAll("?", ".")
      .replaceAll("*", ".*")}$`,
    "s",
  );
  return streams.some((one) => pattern.test(one));
}
