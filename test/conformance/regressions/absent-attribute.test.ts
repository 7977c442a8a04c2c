/**
 * A policy compared an attribute that was missing, and what could not be compared did not deny (in one engine an empty label
 * satisfied every requirement). Here, with the policy library as it ships: take any member out of an input that is denied or
 * held, or make it null or empty, and it is never allowed; not even evaluated to nothing.
 */
import { CurrentSources } from "../../../gateway/bundles/layers/current-sources.ts";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBundles } from "../../../gateway/bundles/bundles.ts";
import { checkAnswer, decide } from "../../../gateway/decide/decide.ts";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import type { ActivePolicy, Bundles } from "../../../gateway/domain/ports.ts";
import { inputOf, opa } from "../../unit/decide/support/compile-rego.ts";
import { silent } from "../../unit/identify/fixtures.ts";
import { readOnlyPolicy } from "../../support/policy-copy.ts";

type Json = Record<string, unknown>;
interface Golden {
  readonly name: string;
  readonly entrypoint: string;
  readonly input: Json;
  readonly want: { readonly effect: string };
}

const library = readOnlyPolicy();
const golden = await Promise.all(
  (await readdir(join(library, "golden"))).map(
    async (name) => JSON.parse(await readFile(join(library, "golden", name), "utf8")) as Golden,
  ),
);
const decisions = golden.filter(({ entrypoint }) => entrypoint === "decision");
let outDir: string;
let bundles: Bundles;
let policy: ActivePolicy;

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), "sallyport-test-"));
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  bundles = createBundles({
    engine: createPolicyEngine(),
    sources: new CurrentSources([{ kind: "folder", path: library }]),
    opa,
    outDir,
    clock,
    logger: silent,
    checkAnswer,
    watch: false,
  });
  await bundles.start();
  policy = bundles.active() as ActivePolicy;
});
afterAll(async () => {
  await bundles.close();
  await rm(outDir, { recursive: true });
});

/** Every way to the members of objects, however deep. */
function members(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? value.map((item, at) => [at, item] as const) : Object.entries(value);
  return entries.flatMap(([key, inner]) => {
    const here = [...path, key];
    return [...(typeof key === "string" ? [here] : []), ...members(inner, here)];
  });
}

function changed(input: Json, path: readonly (string | number)[], change: (holder: Json, key: string) => void): Json {
  const copy = structuredClone(input);
  const holder = path.slice(0, -1).reduce<unknown>((value, step) => (value as Json)[step], copy);
  change(holder as Json, String(path.at(-1)));
  return copy;
}

const changes: Readonly<Record<string, (holder: Json, key: string) => void>> = {
  "taken out": (holder, key) => void delete holder[key],
  "made null": (holder, key) => void (holder[key] = null),
  "made an empty text": (holder, key) => void (holder[key] = ""),
  "made an empty mapping": (holder, key) => void (holder[key] = {}),
};

test("covers denied, held and allowed inputs", () => {
  expect(new Set(decisions.map(({ want }) => want.effect))).toEqual(new Set(["allow", "deny", "hold"]));
});

describe.each(decisions.filter(({ want }) => want.effect !== "allow"))("$name", ({ input }) => {
  test.each(Object.keys(changes))("is never allowed with any one member %s", (name) => {
    const allowed = members(input).filter((path) => {
      const document = changed(input, path, changes[name] as (holder: Json, key: string) => void);
      return decide(policy, inputOf(document)).effect === "allow";
    });
    expect(allowed.map((path) => path.join("/"))).toEqual([]);
  });
});

test("denies an input of nothing at all, and one of empty parts", () => {
  for (const document of [{}, { contract: 1 }, { contract: 1, subject: {}, action: {}, resource: {}, context: {} }])
    expect(decide(policy, inputOf(document)).effect).toBe("deny");
});
