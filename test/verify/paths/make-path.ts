import type { Random } from "../check.ts";

const plain =
  "a b admin v1 orders o-881 keys Rotate ~x a.b ..a a.. ... .hidden x:y @me a,b a=b $ ! ( ' * & - _ 2024-01-01".split(
    " ",
  );
const encoded = [
  ..."%61 %7e %7E %2D %41dmin %C3%A9 %c3%a9 %e2%82%ac %20 %2B %3D %26 %3A %40 %24 %2C %21 %25 100%25 %F0%9F%98%80".split(
    " ",
  ),
  ..."%2e %2E %2e%2e .%2e %2e. %2f %2F %5c %5C %00 %0a %0d %09 %7f %3b %3B %3f %23 %252e %252f %2541 %25%32%66".split(
    " ",
  ),
  ..."%c0%ae %c0%af %e0%80%af %ff %fe %ed%a0%80 %ef%bc%8f %ef%bc%8e%ef%bc%8e %e2%80%a4%e2%80%a4 %ef%bc%85%32%66 %u002f".split(
    " ",
  ),
  ..."% %2 %zz %g0 %% %2%66 %c2%80 %e2%80%a8 %ef%bb%bf %c4%b0".split(" "),
];
const raw = [
  ". ..",
  "..;",
  ";",
  ";a=b",
  "a;b=c",
  "..;/",
  "\\",
  "..\\",
  "\\..",
  "\t",
  " ",
  "é",
  "\u2215",
  "\uff0f",
  "#",
  "?",
  "|",
  "^",
  "`",
  "{",
  "}",
  "<",
  '"',
  "[",
  "]",
  "+",
  "a+b",
  "\u0000",
  "\u007f",
  "//",
  ".",
  "..",
  "",
  "....",
];

/** A path as a client may write it in a request line: plain, needlessly escaped, or meant to be read in two ways. */
export function makePath(random: Random): string {
  const count = random.below(6);
  const hostility = random.pick([0, 0.02, 0.1, 0.4]);
  let path = "";
  for (let index = 0; index < count; index++)
    path +=
      (random.chance(0.98) ? "/" : random.pick(["//", "\\", "/./", "/../", "%2f", "/\t/", ""])) +
      segment(random, hostility);
  if (path === "" || random.chance(0.1)) path += "/";
  if (random.chance(0.03))
    path =
      random.pick(["http://evil.example", "//evil.example", "/\\evil.example", "https:", "*", "", "?", "/%2f"]) + path;
  return random.chance(0.02) ? mutated(random, path) : path;
}

function segment(random: Random, hostility: number): string {
  let text = "";
  for (let index = random.below(3); index >= 0; index--) {
    if (random.chance(hostility)) text += random.pick(random.chance(0.6) ? encoded.slice(20) : raw);
    else text += random.chance(0.25) ? random.pick(encoded.slice(0, 20)) : random.pick(plain);
  }
  return text;
}

function mutated(random: Random, path: string): string {
  const at = random.below(path.length + 1);
  return (
    path.slice(0, at) +
    String.fromCharCode(random.below(random.chance(0.8) ? 128 : 0x2100)) +
    path.slice(at + random.below(2))
  );
}
