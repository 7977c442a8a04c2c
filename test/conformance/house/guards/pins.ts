/** What is installed tomorrow is what was tested today, from whichever registry the user has configured. */
import type { SourceFile } from "./tree.ts";

type Dependencies = Readonly<Record<string, string>>;
interface Manifest {
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
}
interface Lock {
  readonly packages?: Readonly<
    Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }>
  >;
}

const exact = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** Registries a lockfile or a script could name; the user's own client knows which to ask. */
const registries = ["npmjs", "yarnpkg", "npmmirror", "golang", "goproxy"].map(
  (name) => new RegExp(`\\b(registry|proxy|sum)\\.${name}\\.[a-z]+`),
);
const machinePaths = [
  /(?<![\w.~$}/-])\/(work|root)\/[\w.-]+/,
  /(?<![\w.~$}/-])\/home\/(?!\$)[\w.-]+/,
  /(?<![\w.~$}/-])\/Users\/[\w.-]+/,
  /(?<![\w.~$}/-])\/tmp\/[\w.-]+/,
];

export function manifestProblems(path: string, manifest: Manifest): string[] {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  return Object.entries(all)
    .filter(([, version]) => !exact.test(version))
    .map(([name, version]) => `${path}: ${name} is "${version}", which is not one exact version`);
}

export function lockProblems(path: string, lock: Lock): string[] {
  return Object.entries(lock.packages ?? {}).flatMap(([name, entry]) => {
    if (name === "" || entry.link === true) return [];
    const where = entry.resolved === undefined ? [] : [`${path}: ${name} names where it was resolved`];
    return entry.integrity === undefined ? [...where, `${path}: ${name} has no integrity hash`] : where;
  });
}

/** What these tell is of made-up people and their machines. */
const tales = /^(?:traces\/|test\/unit\/detect\/)/;

/** Files that must work on any machine. A test may write such a path to see it refused: then it builds it from parts. */
export function placeProblems(files: readonly SourceFile[]): string[] {
  const real = files.filter(({ path }) => !tales.test(path));
  return real.flatMap((file) =>
    file.text.split("\n").flatMap((line, index) => {
      const named = [...registries, ...machinePaths]
        .map((pattern) => pattern.exec(line)?.[0])
        .filter((text) => text !== undefined);
      return named.map((text) => `${file.path}:${index + 1} names ${text}`);
    }),
  );
}
