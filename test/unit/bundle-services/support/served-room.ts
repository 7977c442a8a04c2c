import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DiscoverySource } from "../../../../gateway/bundle-services/discovery/discovery.ts";
import { ServedBundles } from "../../../../gateway/bundle-services/served-bundles.ts";
import { createBundles } from "../../../../gateway/bundles/bundles.ts";
import { policyInputOf, selfTestInput } from "../../../../gateway/bundles/golden-cases.ts";
import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { type PolicySource, servedSource, unknownSource } from "../../../../gateway/bundles/layers/policy-source.ts";
import { checkAnswer } from "../../../../gateway/decide/decide.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import type { ServedBundle, ServedBundleStatus } from "../../../../gateway/domain/bundle-service.ts";
import type { Bundles, Logger } from "../../../../gateway/domain/ports.ts";
import type { BundleTrust } from "../../../../gateway/domain/settings.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { BundleServer } from "../../../support/bundles/bundle-server.ts";
import { testServices } from "../../../support/bundles/services.ts";
import { eventually } from "../../../support/eventually.ts";
import { main } from "../../bundles/support/archive-room.ts";
import { opa } from "../../decide/support/compile-rego.ts";

export interface RoomOptions {
  /** Names of the bundles; the folder's own policy asks `data.team`. */
  readonly names?: readonly string[];
  readonly settings?: Partial<ServedBundle>;
  readonly service?: Partial<ServedBundle["service"]>;
  readonly trust?: ReadonlyMap<string, BundleTrust>;
  readonly now?: () => number;
  /** `bundle`: as the other bundles are, called discovery. */
  readonly discovery?: (bundle: ServedBundle) => DiscoverySource;
}

/** A policy folder beside bundles of a real bundle server, which archives of the real `opa build` are put on. */
export async function servedRoom() {
  const root = await mkdtemp(join(tmpdir(), "sallyport-served-"));
  const server = await new BundleServer().listen();
  const logged: string[] = [];
  const log = (message: string): void => void logged.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const open: Bundles[] = [];

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await write("policy/sallyport/main/main.rego", main);

  function bundleOf(name: string, { settings = {}, service = {} }: RoomOptions): ServedBundle {
    return {
      name,
      service: {
        name: "acme",
        type: "bundles",
        url: server.url,
        headers: {},
        credential: null,
        tls: { caFile: null, client: null },
        addresses: new Set(["loopback"] as const),
        headerTimeoutMs: 10_000,
        ...service,
      },
      resource: `bundles/${name}`,
      polling: { minMs: 10, maxMs: 40, waitS: null },
      persist: false,
      maxBytes: 10_000_000,
      maxStaleMs: null,
      denyStale: false,
      folder: join(root, "data", "bundles", name),
      ...settings,
    };
  }

  function bundles(options: RoomOptions = {}): ServedBundles {
    const { names = ["team"], trust = new Map(), now = () => Date.now() } = options;
    const clock = { now, monotonic: () => performance.now() };
    const served = names.map((name) => bundleOf(name, options));
    const folder: PolicySource = { kind: "folder", path: join(root, "policy") };
    const discovery = options.discovery?.(bundleOf("discovery", options)) ?? null;
    const unknown = discovery === null ? [] : [unknownSource(bundleOf("discovery", options))];
    const listWith = (others: readonly ServedBundle[]) => [
      folder,
      ...served.map(servedSource),
      ...others.map(servedSource),
    ];
    const sources = new CurrentSources([...listWith([]), ...unknown], trust);
    const delivery = createBundles({
      engine: createPolicyEngine(),
      opa,
      outDir: join(root, "data", "bundles"),
      clock,
      logger,
      checkAnswer,
      sources,
      mayArrive: true,
      pollMs: 100,
    });
    const services = testServices({ "env:TOKEN": "s3cret" });
    const random = Math.random;
    const made = new ServedBundles({
      delivery,
      services,
      clock,
      logger,
      random,
      bundles: served.map((one) => ({ served: one, trust: trust.get(one.name) ?? null })),
      discovery: discovery === null ? null : { ...discovery, sources, listWith },
    });
    open.push(made);
    return made;
  }

  async function started(options: RoomOptions = {}): Promise<ServedBundles> {
    const made = bundles(options);
    await made.start();
    return made;
  }

  async function close(made: Bundles): Promise<void> {
    open.splice(open.indexOf(made), 1);
    await made.close();
  }

  return {
    root,
    server,
    logged,
    write,
    bundles,
    started,
    close,
    async remove(): Promise<void> {
      await Promise.all(open.splice(0).map((made) => made.close()));
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export type ServedRoom = Awaited<ReturnType<typeof servedRoom>>;

/** What the active policy says; null when none is active. */
export function told(bundles: Bundles): string | null {
  const policy = bundles.active();
  if (policy === null) return null;
  const input = policyInputOf(selfTestInput("call"));
  const answer = (policy.evaluate("decision", input).results as [{ result: JsonObject }])[0].result;
  return (answer["reasons"] as [{ message: string }])[0].message;
}

export function tells(bundles: Bundles, wanted: string): Promise<true> {
  return eventually(`the policy tells ${wanted}`, () => (told(bundles) === wanted ? true : null));
}

/** The status of a bundle, once it fits. */
export function statusOf(
  bundles: Bundles,
  name: string,
  fits: (status: ServedBundleStatus) => boolean,
): Promise<ServedBundleStatus> {
  return eventually(`the status of ${name} fits`, () => {
    const found = bundles.status().served?.find((one) => one.name === name);
    return found !== undefined && fits(found) ? found : null;
  });
}
