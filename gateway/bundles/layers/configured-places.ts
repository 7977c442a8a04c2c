import type { ConfiguredPlace } from "../../domain/settings.ts";
import { BundleFailure, type Location } from "../failure.ts";
import type { ConfiguredModule, SourceFile } from "../sources.ts";

type Modules = ReadonlyMap<string, ConfiguredModule>;

function modulesOf(files: readonly SourceFile[]): Modules {
  return new Map(
    files.flatMap(({ path, from }) => (from?.configured === undefined ? [] : [[path, from.configured] as const])),
  );
}

function placeIn(modules: Modules, file: string, line: number): ConfiguredPlace | null {
  const module = modules.get(file);
  return module === undefined ? null : (module.lines.find((one) => one.line === line)?.at ?? module.whole);
}

/** Places in generated modules as those of the options that they stand for: nobody has a file of such a module. */
export function configuredPlaces(files: readonly SourceFile[], locations: readonly Location[]): Location[] {
  const modules = modulesOf(files);
  return locations.map((location) => {
    const place = placeIn(modules, location.file, location.line);
    return place === null ? location : locationOf(place, location.message);
  });
}

export function locationOf({ file, line, column, key }: ConfiguredPlace, message: string): Location {
  return { file, line, column, message: `${key}: ${message}` };
}

/** `work`, whose failures name options in the place of generated modules. @throws BundleFailure */
export async function withConfiguredPlaces<Result>(
  files: readonly SourceFile[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw thrown instanceof BundleFailure ? inConfiguration(thrown, files) : thrown;
  }
}

const placed = /^(\S+\.rego):(\d+)(?::\d+)?: /;

function inConfiguration(failure: BundleFailure, files: readonly SourceFile[]): BundleFailure {
  const modules = modulesOf(files);
  const { stage, message, locations, cause } = failure;
  if (!locations.some(({ file }) => modules.has(file))) return failure;
  const lines = message.split("\n").map((text) => {
    const [start = "", file = "", line] = placed.exec(text) ?? [];
    const place = placeIn(modules, file, Number(line));
    return place === null
      ? text
      : `${place.file}:${place.line}:${place.column}: ${place.key}: ${text.slice(start.length)}`;
  });
  return new BundleFailure(stage, lines.join("\n"), configuredPlaces(files, locations), cause);
}
