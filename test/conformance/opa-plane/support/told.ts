/** Bodies of OPA's status API, of a real `opa run` and of a gateway, without what may differ. */
import { eventually } from "../../../support/eventually.ts";
import type { Client } from "./clients.ts";

interface Body {
  readonly labels: Readonly<Record<string, string>>;
  readonly bundles?: Readonly<Record<string, BundleBody>>;
  readonly discovery?: BundleBody;
  readonly plugins: Readonly<Record<string, unknown>>;
}

export interface BundleBody {
  readonly active_revision?: string;
  readonly size?: number;
  readonly code?: string;
  readonly message?: string;
  readonly http_code?: number;
  readonly errors?: readonly { readonly location: { readonly col?: number } }[];
  readonly metrics?: unknown;
}

/** What may differ: ids, versions, times, timers, the gateway's own labels, and texts of its own. */
function comparable({ labels, bundles = {}, discovery, plugins }: Body): object {
  const { id: _id, version: _version, instance: _instance, environment: _environment, ...rest } = labels;
  // OPA has this plugin without any discovery too.
  const { discovery: state, ...states } = plugins;
  const told = Object.entries(bundles).map(([name, bundle]) => [name, comparableBundle(bundle)] as const);
  const discovered = { discovery: discovery && comparableBundle(discovery) };
  return {
    labels: rest,
    bundles: Object.fromEntries(told),
    ...(discovery !== undefined && discovered),
    plugins: { ...states, ...(discovery !== undefined && { discovery: state }) },
  };
}

function comparableBundle(bundle: BundleBody): object {
  const { metrics: _timers, ...members } = bundle;
  const entries = Object.entries(members).map(([name, value]) => {
    if (name.startsWith("last_")) return [name, value === "0001-01-01T00:00:00Z" ? "never" : "a time"] as const;
    if (name === "errors") return [name, bundle.errors?.map(withoutColumn)] as const;
    const isOwnText = name === "message" && bundle.http_code === undefined && bundle.errors === undefined;
    return [name, isOwnText ? "a text" : value] as const;
  });
  return Object.fromEntries(entries);
}

/** `opa build`, which the gateway runs, names no column. */
function withoutColumn({ location, ...error }: NonNullable<BundleBody["errors"]>[number]): object {
  const { col: _col, ...place } = location;
  return { ...error, location: place };
}

/** What each has told last, once `team` is so in it. */
export function toldByAll(
  clients: readonly Pick<Client, "server">[],
  isSo: (team: BundleBody) => boolean,
): Promise<object[]> {
  return Promise.all(
    clients.map(({ server }) =>
      eventually("the state is told", () => {
        const body = server.told.at(-1) as Body | undefined;
        const bundle = body?.bundles?.["team"];
        const isSettled = bundle?.active_revision === undefined || isReady(body);
        return bundle !== undefined && isSettled && isSo(bundle) ? comparable(body as Body) : null;
      }),
    ),
  );
}

/** OPA tells of a first activation twice: before its plugin is ready, and after. */
const isReady = (body: Body | undefined): boolean => JSON.stringify(body?.plugins["bundle"]) === '{"state":"OK"}';

/** The same of what each has told last, once the discovery bundle and `team` are so in it. */
export function discoveryToldByAll(
  clients: readonly Pick<Client, "server">[],
  isSo: (discovery: BundleBody, team: BundleBody | undefined) => boolean,
): Promise<object[]> {
  return Promise.all(
    clients.map(({ server }) =>
      eventually("the state of discovery is told", () => {
        const body = server.told.at(-1) as Body | undefined;
        const { discovery, bundles } = body ?? {};
        return discovery !== undefined && isReady(body) && isSo(discovery, bundles?.["team"])
          ? comparable(body as Body)
          : null;
      }),
    ),
  );
}
