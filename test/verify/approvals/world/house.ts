import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApprovalStore, ReceiptStore } from "../../../../gateway/domain/ports.ts";
import { approvalStore, receiptStore } from "../../../../gateway/store/approvals.ts";
import { eventually } from "../../../support/eventually.ts";
import { type SealSession, sealerOf } from "../../../support/sealed-session.ts";
import type { PolicyCopy } from "../../../support/policy-copy.ts";
import { openSharedStore, type SharedStore } from "../../world/shared-store.ts";
import { ProofGateway, type Sections } from "./gateway.ts";
import { audience, proofIssuer, type ProofIssuer } from "./issuer.ts";
import { builtArchive, proofPolicy } from "./policy.ts";
import { type CountingUpstream, countingUpstream } from "./upstream.ts";

export interface HouseOptions {
  /** Processes that share the one store. */
  readonly gateways?: number;
  /** `archive`: built once, so that a start does not compile. `folder`: watched, for proofs that change it. */
  readonly policy?: "archive" | "folder";
  readonly users?: readonly object[];
  /** More of what the catalog says of the tools of `payments`. */
  readonly catalog?: object;
  /** More rules of the policy: their texts, by their paths. */
  readonly rules?: Readonly<Record<string, string>>;
  /** Of the agents' listener of all processes, which one token of a task is good for. */
  readonly publicUrl?: string;
  /** Of the console of all processes. */
  readonly consoleUrl?: string;
  /** Of the agents' listener, beyond the standard ones. */
  readonly limits?: object;
  /** Sections of the configuration beyond the standard ones. */
  readonly sections?: Sections;
  /** Makes their store, in the folder of the proof; one of the engine that the proofs are about when nothing is said. */
  readonly store?: (dir: string) => Promise<SharedStore>;
  /** The folder of the gateways' code; this repository when nothing is said. */
  readonly root?: string;
}

/** Gateways on one store, the tool server behind them, and who issues tokens. */
export interface House {
  readonly dir: string;
  /** The sources; with `policy: "folder"` the gateways watch them. */
  readonly policy: PolicyCopy;
  /** The bundle that the gateways watch, unless they watch the sources. */
  readonly archive: string;
  /** A bundle of the sources as they are now. */
  build(): Promise<string>;
  readonly upstream: CountingUpstream;
  readonly gateways: readonly ProofGateway[];
  readonly issuer: ProofIssuer;
  readonly otherIssuer: ProofIssuer;
  /** Makes ids of transport sessions as callers have them. */
  readonly seal: SealSession;
  /** The store, from outside, on a connection that is closed again. */
  look<Result>(use: (store: ApprovalStore, receipts: ReceiptStore) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Waits until every released call has its ending. An outcome is written in the moment after the answer, so a caller may
 * know of a success before the store does. @throws Error when one is left without an ending
 */
export async function settled({ look }: Pick<House, "look">): Promise<void> {
  await eventually("no released call is left without an ending", async () =>
    (await look((store) => store.list({ states: ["released"], limit: 10 }))).length === 0 ? true : null,
  );
}

export const openapi = fileURLToPath(new URL("tools.openapi.yaml", import.meta.url));
const people = [{ name: "approver", roles: ["payments-approver", "data-approver", "operator"] }];

/** @throws Error when a gateway does not start; nothing is left running then */
export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-verify-"));
  const upstream = await countingUpstream();
  const gateways: ProofGateway[] = [];
  let store: SharedStore | null = null;
  async function close(): Promise<void> {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await upstream.close();
    await store?.close();
    await rm(dir, { recursive: true, force: true });
  }
  try {
    const [issuer, otherIssuer] = await Promise.all([proofIssuer(dir, "idp"), proofIssuer(dir, "other")]);
    const policy = await proofPolicy(dir);
    if (options.catalog !== undefined) await policy.addData("catalog", { payments: options.catalog });
    for (const [path, text] of Object.entries(options.rules ?? {})) await policy.writeNew(path, text);
    const compiled = join(dir, "compiled");
    const build = (): Promise<string> => builtArchive(policy, join(dir, "built"), compiled);
    const archive = join(dir, "current.tar.gz");
    if (options.policy !== "folder") await copyFile(await build(), archive);
    store = await (options.store ?? openSharedStore)(dir);
    const shared = store;
    const sections = {
      issuers: [issuer.config, otherIssuer.config],
      routes: routes(upstream.origin),
      policy: { source: options.policy === "folder" ? policy.dir : { archive } },
      store: store.section,
      holds: { irreversible_dwell: "0s", per_subject: 100_000 },
      log: { format: "json" },
      ...options.sections,
    };
    const seal = sealerOf((use) => shared.look(use));
    const around = {
      compiled,
      seal,
      users: options.users ?? people,
      sections,
      publicUrl: options.publicUrl,
      consoleUrl: options.consoleUrl,
      limits: options.limits,
      root: options.root,
    };
    const passwords = new Map<string, string>();
    // One after the other: the first makes the accounts.
    for (let at = 0; at < (options.gateways ?? 1); at++)
      gateways.push(await ProofGateway.open({ ...around, passwords, dir: join(dir, `gateway-${at}`) }));
    const look: House["look"] = (use) =>
      shared.look((connection) => use(approvalStore(connection), receiptStore(connection)));
    return { dir, policy, archive, build, upstream, gateways, issuer, otherIssuer, seal, look, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

/** Runs `use` in a house that is gone afterwards, whatever happens. */
export async function withHouse<Result>(
  options: HouseOptions,
  use: (house: House) => Promise<Result>,
): Promise<Result> {
  const house = await openHouse(options);
  try {
    return await use(house);
  } finally {
    await house.close();
  }
}

/** Headers that the routes of plain HTTP name: policy sees them, the digest covers them. */
const namedHeaders = ["x-amz-target", "accept-language", "accept"];

/** `/payments` and `/again` speak plain HTTP, `/raw` forwards bodies unread, `/rpc` speaks MCP; all to the same tools. */
export function routes(origin: string, described: string = openapi): object[] {
  const shared = {
    upstream: { origin, allow_addresses: ["loopback"] },
    issuers: ["idp", "other"],
    audience,
    hold: { silent_wait: "0s", max_wait: "30m", keep_result: "0s" },
  };
  const http = {
    ...shared,
    upstream: { ...shared.upstream, request_headers: namedHeaders },
    rewrite: "/",
    protocol: "http",
    server: "payments",
    openapi: described,
    methods: ["GET", "POST", "PUT"],
  };
  const accept = ["application/json", "application/merge-patch+json"];
  return [
    { ...http, id: "payments", prefix: "/payments", body: { accept } },
    { ...http, id: "again", prefix: "/again", body: { accept } },
    { ...http, id: "raw", prefix: "/raw", body: { policy: "omit", accept: ["text/plain", ...accept] } },
    { ...shared, id: "rpc", prefix: "/rpc", rewrite: "/mcp", protocol: "mcp", server: "payments" },
  ];
}
