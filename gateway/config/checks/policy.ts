import { type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { systemReason } from "../../lib/open-files.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { publicKey, signingAlgorithm } from "../bundle-keys.ts";
import {
  type Draft,
  isServedBundle,
  type PolicySourceValues,
  present,
  type ServedBundleValues,
  type SigningValues,
} from "../draft.ts";
import { usualSource } from "../schema/policy.ts";
import { signingBlocks } from "./bundle-services.ts";

/** The sources of the policy exist, the keys of its signature can be used, and there is an archive that they sign. */
export function checkPolicy(draft: Draft): Finding[] {
  return [
    ...policySources(draft),
    ...shadowSources(draft),
    ...adoptions(draft),
    ...askedOfModule(draft),
    ...requirementFindings(draft),
    ...signingFindings(draft),
  ];
}

function signingFindings(draft: Draft): Finding[] {
  const unfit = draft.policy?.signing === undefined ? [] : unsignable(draft);
  return [
    ...unfit,
    ...signingBlocks(draft).flatMap(({ signing: { keyid, keys }, path }) => [
      ...(keyid !== undefined && !Object.hasOwn(keys, keyid)
        ? [at([...path, "keyid"], `is none of keys: ${Object.keys(keys).join(", ")}`)]
        : []),
      ...Object.entries(keys).flatMap(([id, key]) => keyFindings(key, [...path, "keys", id], draft.folder)),
    ]),
  ];
}

/** What lies on this machine. */
type Entry = Exclude<PolicySourceValues, ServedBundleValues>;

function policySources(draft: Draft): Finding[] {
  // Malformed: its own source may be what is wrong.
  if (draft.policy === null) return entriesThere(draft);
  const { source, sources } = draft.policy;
  if (sources === undefined) return sourceFindings(source ?? usualSource, ["policy", "source"], draft.folder);
  const both = "stands beside sources: write what it names as an entry of sources, and remove source";
  return [
    ...(source === undefined ? [] : [{ path: ["policy", "source"], at: "key" as const, message: both }]),
    ...entriesThere(draft),
    ...repeated(sources, draft.folder, ["policy", "sources"]),
  ];
}

function entriesThere({ sources, folder }: Draft): Finding[] {
  return present(sources).flatMap(({ item, index }) =>
    item === "library" || isServedBundle(item) ? [] : sourceFindings(item, ["policy", "sources", index], folder),
  );
}

/** Whether they exist is a finding of the running gateway: a candidate prevents no start. */
function shadowSources({ policy, folder }: Draft): Finding[] {
  const { adopt = [], shadow } = policy ?? {};
  if (shadow === undefined) return [];
  const place = ["policy", "shadow", "sources"];
  const readsNothing = adopt.length > 0 && !shadow.sources.includes("library");
  return [
    ...(readsNothing ? [at(place, "needs library: policy.adopt reads answers by it, of the candidate too")] : []),
    ...repeated(shadow.sources, folder, place),
  ];
}

function sourceFindings(source: Entry, place: Path, below: string): Finding[] {
  const folder = typeof source === "string";
  const named = folder ? source : source.archive;
  const path = folder ? place : [...place, "archive"];
  const stats = statsOf(resolve(below, named));
  if (typeof stats === "string") return [{ path, at: "value", message: `${named} cannot be looked at (${stats})` }];
  if (stats === undefined) return [{ path, at: "value", message: `no such ${folder ? "folder" : "file"}: ${named}` }];
  if (folder && !stats.isDirectory())
    return [{ path, at: "value", message: `${named} is not a folder; a built bundle is { archive: ${named} }` }];
  if (!folder && !stats.isFile()) return [{ path, at: "value", message: `${named} is not a file` }];
  return [];
}

/** Undefined when there is nothing of that name; the errno, or Node's code for a name that no file can have, when it cannot be looked at. */
function statsOf(path: string): Stats | string | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (failure) {
    return systemReason(failure) ?? String(failure);
  }
}

/** Two rules for one decision would be one package, and a rule below `sallyport` would be asked by the decision that it takes part in. */
function adoptions({ policy }: Draft): Finding[] {
  const { adopt = [], sources = [] } = policy ?? {};
  if (adopt.length > 0 && !sources.includes("library"))
    return [
      { path: ["policy", "adopt"], at: "key", message: "reads answers by the library: write sources: [library, …]" },
    ];
  const names = adopt.map(({ path }) => path.replaceAll("/", "_"));
  return adopt.flatMap(({ path }, index) => {
    const place = ["policy", "adopt", index, "path"];
    if (path.startsWith("sallyport/"))
      return [at(place, "is a rule below sallyport, which has its say already: its answers are part of the decision")];
    const isFirst = names.indexOf(path.replaceAll("/", "_")) === index;
    return isFirst ? [] : [at(place, "is adopted twice; name all servers in one entry")];
  });
}

/** A module that was built elsewhere has the entrypoints that it was built with. */
function askedOfModule({ policy }: Draft): Finding[] {
  const { source = usualSource, sources = [source] as readonly PolicySourceValues[], data_api: api } = policy ?? {};
  const [only, ...others] = sources;
  if (api === undefined || others.length > 0 || typeof only !== "object" || isServedBundle(only)) return [];
  const message =
    "is compiled with the rules, and an archive alone has its module already: write sources: [library, …]";
  return [{ path: ["policy", "data_api"], at: "key", message }];
}

/** Requirements that no policy of these sources could fulfil, or that would demand nothing. */
function requirementFindings({ policy }: Draft): Finding[] {
  const { require: required, source = usualSource, sources = [source] as readonly PolicySourceValues[] } = policy ?? {};
  if (required === undefined) return [];
  const { tests, coverage, impact, approval } = required;
  const wantsTests = tests || coverage !== undefined;
  const isTested = sources.some((entry) => typeof entry === "string" && entry !== "library");
  const place = ["policy", "require"];
  return [
    ...(wantsTests || impact !== undefined || approval !== undefined ? [] : [at(place, "requires nothing")]),
    ...(wantsTests && !isTested
      ? [
          at(
            [...place, tests ? "tests" : "coverage"],
            "needs a folder among the sources: the tests of an archive are not run",
          ),
        ]
      : []),
    ...(approval?.when === "widening" && impact === undefined
      ? [at([...place, "approval", "when"], "widening is what policy.require.impact finds; write that too")]
      : []),
  ];
}

function repeated(sources: readonly PolicySourceValues[], below: string, list: Path): Finding[] {
  const places = sources.map((entry) => {
    if (entry === "library" || isServedBundle(entry)) return entry;
    return resolve(below, typeof entry === "string" ? entry : entry.archive);
  });
  return places.flatMap((place, index) =>
    places.indexOf(place) === index ? [] : [at([...list, index], "is in the list twice")],
  );
}

/** Rules in a folder are compiled without a signature, so keys for them would have no effect. */
function unsignable({ policy }: Draft): Finding[] {
  const { source = usualSource, sources = [source] as readonly PolicySourceValues[] } = policy ?? {};
  const others = policy?.sources === undefined ? sources : sources.filter((entry) => entry !== "library");
  const [only, ...more] = others;
  if (only !== undefined && typeof only === "object" && !isServedBundle(only) && more.length === 0) return [];
  const message = others.some(isServedBundle)
    ? "is for an archive on this machine; write signing beside the bundle of the service"
    : policy?.sources === undefined
      ? "a folder of rules carries no signature; name a built bundle: source: { archive: FILE }"
      : "signatures are those of one archive, alone or beside the library: sources: [library, { archive: FILE }]";
  return [{ path: ["policy", "signing"], at: "key", message }];
}

function keyFindings(key: SigningValues["keys"][string], path: Path, folder: string): Finding[] {
  if ((key.file === undefined) === (key.secret === undefined))
    return [at(path, "needs one of file and secret, and only one")];
  const algorithm = signingAlgorithm(key);
  if (key.file === undefined) {
    return algorithm.startsWith("HS")
      ? []
      : [at([...path, "algorithm"], `${algorithm} verifies with a public key; name it as file`)];
  }
  const { file } = key;
  try {
    publicKey(resolve(folder, file), algorithm);
    return [];
  } catch (failure) {
    return [at([...path, "file"], `${file} ${(failure as Error).message}`)];
  }
}

function at(path: Path, message: string): Finding {
  return { path, at: "value", message };
}
