import { hash } from "node:crypto";
import { asLine, BundleFailure, type Location, TransientFailure } from "../failure.ts";
import type { Signed, Verify } from "../signatures/verify.ts";
import { type Known, type Reading, readSources, readTests, revisionOf, settled, type SourceFile } from "../sources.ts";
import { type ArchiveFiles, readArchiveFiles } from "./archive-files.ts";
import type { GeneratedFile } from "./adopted-rules.ts";
import type { CurrentSources } from "./current-sources.ts";
import { isArchive, isLibrary, type PolicySource, sourceLabels } from "./policy-source.ts";

/** All sources of a policy, read together. */
interface ListReading extends Reading {
  /** Verified signatures of its archives. */
  readonly signed: readonly Signed[];
}

/** `before`: the reading that this one is compared with, for which what is known of an archive with the same bytes is left aside; null: none. */
interface HowToRead {
  readonly before: ListReading | null;
}

/** Reads the sources of a policy again and again; an archive is unpacked only when its bytes have changed. */
export class SourceList {
  readonly #sources: Pick<CurrentSources, "list">;
  readonly #verifierOf: (source: PolicySource) => Verify | null;
  readonly #archives = new Map<string, ArchiveFiles>();
  #ahead: Promise<ListReading> | null = null;
  #isReadingAhead = false;

  /** `verifierOf`: of an archive; null when it needs no signature. */
  constructor(sources: Pick<CurrentSources, "list">, verifierOf: (source: PolicySource) => Verify | null = () => null) {
    this.#sources = sources;
    this.#verifierOf = verifierOf;
  }

  /**
   * One reading. A single folder is read as it is; the files of several bear the name of their source. `wasTried`: whether sources with this
   * revision were built before. A reading made ahead is not taken then: of two changes in a short time the watcher may announce only the first.
   * @throws BundleFailure
   */
  async read(wasTried: (revision: string) => boolean = () => false): Promise<ListReading> {
    const ahead = this.#ahead;
    this.#ahead = null;
    const reading = (await ahead?.catch(() => null)) ?? null;
    return reading === null || wasTried(reading.revision) ? this.#readAll({ before: null }) : reading;
  }

  /**
   * Makes the reading that `read` gives next, unless `changed` is called before: one at a time, and none of archives, which are large and
   * seldom change. Never fails: `read` reads again.
   */
  async readAhead(): Promise<void> {
    if (this.#isReadingAhead || this.#sources.list.some(isArchive)) return;
    this.#isReadingAhead = true;
    this.#ahead = this.#readAll({ before: null });
    await this.#ahead.catch(() => undefined);
    this.#isReadingAhead = false;
  }

  /** What is read ahead may be out of date: `read` reads anew. */
  changed(): void {
    this.#ahead = null;
  }

  async #readAll(how: HowToRead): Promise<ListReading> {
    const { list } = this.#sources;
    const [only, ...others] = list;
    if (only === undefined) throw new BundleFailure("load", "the policy has no source");
    if (others.length === 0 && !isArchive(only))
      return { ...(await readSources(only.path, knownOf(how, ""))), signed: [] };
    const labels = sourceLabels(list);
    const readings = await allRead(list.map((source, index) => this.#readOne(source, labels[index] ?? "", how)));
    const digests = new Map(readings.flatMap((reading) => [...reading.digests]));
    return {
      files: readings.flatMap(({ files }) => files),
      digests,
      revision: revisionOf(digests),
      unread: readings.flatMap(({ unread = [] }) => unread),
      signed: readings.flatMap(({ signed }) => signed),
    };
  }

  /**
   * Reads until two consecutive readings agree. `first`: one that was just made. Archives are unpacked and verified anew, since a
   * signature that was valid once may have ended.
   * @throws BundleFailure
   */
  settled(first: ListReading): Promise<ListReading> {
    return settled((before) => this.#readAll({ before }), first);
  }

  async #readOne(source: PolicySource, label: string, how: HowToRead): Promise<Omit<ListReading, "revision">> {
    try {
      if (isArchive(source)) return await this.#readArchive(source, label, how);
      return source.kind === "generated" ? generated(source.files, label) : await readFolder(source, label, how);
    } catch (error) {
      throw error instanceof BundleFailure ? labelled(error, label) : error;
    }
  }

  async #readArchive(
    source: PolicySource,
    label: string,
    { before }: HowToRead,
  ): Promise<Omit<ListReading, "revision">> {
    const { path: file } = source;
    const known = before === null ? this.#archives.get(file) : undefined;
    const archive = await readArchiveFiles(file, this.#verifierOf(source), known).catch((error: unknown) => {
      throw source.kind === "bundle" ? notDownloaded(error, source.absence) : error;
    });
    this.#archives.set(file, archive);
    const { digest, files, unread, roots, signed } = archive;
    return {
      files: files.map(({ path, bytes, regoVersion }) => ({
        path: `${label}/${path}`,
        bytes,
        from: { source: label, below: path, defaults: false, roots, regoVersion },
      })),
      digests: new Map([[label, digest]]),
      unread: withLabel(unread, label),
      signed: signed === null ? [] : [signed],
    };
  }
}

/** What is refused is told before what is absent, which may come. @throws the failure of one of them */
async function allRead<Read>(readings: readonly Promise<Read>[]): Promise<Read[]> {
  const ends = await Promise.allSettled(readings);
  const failures = ends.flatMap((end): unknown[] => (end.status === "rejected" ? [end.reason] : []));
  if (failures.length > 0) throw failures.find((failure) => !(failure instanceof TransientFailure)) ?? failures[0];
  return ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
}

/** A bundle of a service that has not sent one yet has no file. */
function notDownloaded(error: unknown, why = "has not been downloaded yet"): unknown {
  const isAbsent = error instanceof TransientFailure && (error.cause as NodeJS.ErrnoException).code === "ENOENT";
  return isAbsent ? new TransientFailure("load", why, error) : error;
}

/** Its texts follow from the configuration, which is part of no revision: they are digested as files are. */
function generated(files: readonly GeneratedFile[], label: string): Omit<ListReading, "revision"> {
  const from = { source: label, defaults: false, roots: null, regoVersion: 1 } as const;
  return {
    files: files.map(({ path, text, configured }) => ({
      path: `${label}/${path}`,
      bytes: Buffer.from(text),
      from: { ...from, below: path, ...(configured === undefined ? {} : { configured }) },
    })),
    digests: new Map(files.map(({ path, text }) => [`${label}/${path}`, hash("sha256", text)])),
    signed: [],
  };
}

/** The files of the reading before, by their paths below a source. */
function knownOf({ before }: HowToRead, prefix: string): Known {
  const files = new Map(before?.files.map(({ path, bytes }) => [path, bytes]));
  return (below) => {
    const path = `${prefix}${below}`;
    const [bytes, digest] = [files.get(path), before?.digests.get(path)];
    return bytes === undefined || digest === undefined ? null : { bytes, digest };
  };
}

async function readFolder(source: PolicySource, label: string, how: HowToRead): Promise<Omit<ListReading, "revision">> {
  const { files, digests, unread = [] } = await readSources(source.path, knownOf(how, `${label}/`));
  const defaults = source.kind === "library" || isLibrary(source.path);
  const from = { source: label, defaults, roots: null, regoVersion: 1 } as const;
  return {
    files: files.map(({ path, bytes }): SourceFile => ({
      path: `${label}/${path}`,
      bytes,
      from: { ...from, below: path },
    })),
    digests: new Map([...digests].map(([path, digest]) => [`${label}/${path}`, digest])),
    unread: withLabel(unread, label),
    signed: [],
  };
}

/** The failure of one source, with its name before every path. */
function labelled(failure: BundleFailure, label: string): BundleFailure {
  const { stage, message, locations, cause } = failure;
  const places = withLabel(locations, label);
  const text = places.length > 0 ? places.map(asLine).join("\n") : `${label}: ${message}`;
  if (failure instanceof TransientFailure) return new TransientFailure(stage, text, cause);
  if (failure.constructor !== BundleFailure) return failure;
  return new BundleFailure(stage, text, places, cause);
}

function withLabel(places: readonly Location[], label: string): Location[] {
  return places.map((place) => ({ ...place, file: `${label}/${place.file}` }));
}

/** The tests that belong to the files of one reading of these sources. */
export async function ownTests(sources: readonly PolicySource[]): Promise<SourceFile[]> {
  const [only, ...others] = sources;
  return only?.kind === "folder" && others.length === 0 ? readTests(only.path) : testFiles(sources);
}

/** The tests of the folders, but for the library's own. */
export async function testFiles(sources: readonly PolicySource[]): Promise<SourceFile[]> {
  const labels = sourceLabels(sources);
  const found = await Promise.all(
    sources.map(async ({ kind, path }, index) => {
      if (kind !== "folder") return [];
      const files = await readTests(path);
      return files.map((file) => ({ ...file, path: `${labels[index]}/${file.path}` }));
    }),
  );
  return found.flat();
}
