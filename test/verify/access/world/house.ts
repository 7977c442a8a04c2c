import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApprovalStore } from "../../../../gateway/domain/ports.ts";
import { approvalStore } from "../../../../gateway/store/approvals.ts";
import { sealerOf } from "../../../support/sealed-session.ts";
import { type HangingUpstream, hangingUpstream } from "../../../support/hanging-upstream.ts";
import { ProofGateway } from "../../approvals/world/gateway.ts";
import { openapi } from "../../approvals/world/house.ts";
import { audience, type ProofIssuer, proofIssuer } from "../../approvals/world/issuer.ts";
import { builtArchive, proofPolicy } from "../../approvals/world/policy.ts";
import { openSharedStore, type SharedStore } from "../../world/shared-store.ts";

/** Gateways on one store, and a tool server that never answers. */
export interface AccessHouse {
  readonly upstream: HangingUpstream;
  readonly gateways: readonly ProofGateway[];
  /** Two issuers that the routes trust. */
  readonly issuer: ProofIssuer;
  readonly other: ProofIssuer;
  /** The store of held calls, from outside, on a connection that is closed again. */
  look<Result>(use: (store: ApprovalStore) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Who opens and closes tasks, by a token for that. */
export const planner = "planner-app";
export const tasksAudience = "urn:verify:tasks";

const people = [{ name: "approver", roles: ["payments-approver", "operator"] }];

/** Sections of the configuration beyond the standard ones; `dir` is for files that they name. */
type MoreSections = (dir: string) => Promise<object>;

/** @throws Error when a gateway does not start; nothing is left running then */
async function openHouse(processes: number, more: MoreSections): Promise<AccessHouse> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-access-"));
  const upstream = await hangingUpstream();
  const gateways: ProofGateway[] = [];
  let store: SharedStore | null = null;
  async function close(): Promise<void> {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await upstream.close();
    await store?.close();
    await rm(dir, { recursive: true, force: true });
  }
  try {
    const [issuer, other] = await Promise.all([proofIssuer(dir, "idp"), proofIssuer(dir, "other")]);
    const policy = await proofPolicy(dir);
    // What streams bring back must not decide whether the next call is held.
    await policy.addData("catalog", { payments: { read_customer: { mutates: false } } });
    const compiled = join(dir, "compiled");
    const archive = join(dir, "current.tar.gz");
    await copyFile(await builtArchive(policy, join(dir, "built"), compiled), archive);
    store = await openSharedStore(dir);
    const shared = store;
    const sections = {
      // The end of a token is the very end of what it opened.
      issuers: [issuer.config, other.config].map((config) => ({
        ...config,
        clock_skew: "0s",
        claims: { task: "task" },
      })),
      tasks: { clients: [planner], audience: tasksAudience },
      routes: routes(upstream.origin),
      policy: { source: { archive } },
      store: store.section,
      holds: { irreversible_dwell: "0s", per_subject: 100_000 },
      log: { format: "json" },
      ...(await more(dir)),
    };
    const seal = sealerOf((use) => shared.look(use));
    const passwords = new Map<string, string>();
    for (let at = 0; at < processes; at++)
      gateways.push(
        await ProofGateway.open({
          compiled,
          seal,
          sections,
          passwords,
          users: people,
          dir: join(dir, `gateway-${at}`),
        }),
      );
    return {
      upstream,
      gateways,
      issuer,
      other,
      look: (use) => shared.look((connection) => use(approvalStore(connection))),
      close,
    };
  } catch (failure) {
    await close();
    throw failure;
  }
}

/** Runs `use` in a house that is gone afterwards, whatever happens. */
export async function withHouse<Result>(
  processes: number,
  use: (house: AccessHouse) => Promise<Result>,
  more: MoreSections = () => Promise.resolve({}),
): Promise<Result> {
  const house = await openHouse(processes, more);
  try {
    return await use(house);
  } finally {
    await house.close();
  }
}

function routes(origin: string): object[] {
  const shared = {
    // As many connections as calls that hang.
    upstream: { origin, allow_addresses: ["loopback"], connections: 2_000, headers_timeout: "10m" },
    issuers: ["idp", "other"],
    audience,
    hold: { silent_wait: "0s", max_wait: "30m", keep_result: "0s" },
    results: { streams: "pass-labelled" },
  };
  const http = { rewrite: "/", protocol: "http", server: "payments", openapi, methods: ["GET", "POST", "PUT"] };
  return [
    { ...shared, ...http, id: "payments", prefix: "/payments" },
    { ...shared, id: "rpc", prefix: "/rpc", rewrite: "/mcp", protocol: "mcp", server: "payments" },
  ];
}
