import { dirname, join } from "node:path";
import { assertOrigin, checkedLookup } from "../net/addresses.ts";
import { carryOut } from "../act/obligations/carry-out.ts";
import { decisionOf, refuse } from "../act/respond/refuse.ts";
import { openSigningKey } from "../approvals/signing-key.ts";
import { signedPost } from "../net/signed-post.ts";
import { callbacks, type Callbacks } from "../authzen/callbacks.ts";
import { callbackSender } from "../authzen/callback-sender.ts";
import { type Authzen, createAuthzen } from "../authzen/create-authzen.ts";
import { authzenMetadata } from "../authzen/metadata.ts";
import type { DeadConnections } from "../domain/dead-connections.ts";
import type { AuthzenSteps } from "../authzen/room.ts";
import type { AuthzenConfig, Config } from "../config/config.ts";
import { decide } from "../decide/decide.ts";
import type { ActivePolicy, Clock, Ids, Logger } from "../domain/ports.ts";
import { createForeignGather } from "../gather/foreign.ts";
import type { Identify } from "../identify/create-identify.ts";
import { ownRequests } from "../parse/whole-request.ts";
import type { Recorder } from "../record/recorder.ts";
import { signingKey } from "../net/webhook-signature.ts";
import { accessRequestStore } from "../store/access-requests.ts";
import type { Database } from "../store/database.ts";
import type { Memory } from "./open-memory.ts";
import type { openApprovals } from "./open-approvals.ts";

export interface AuthzenAround {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly database: Database;
  readonly approvals: ReturnType<typeof openApprovals>;
  readonly memory: Memory;
  readonly recorder: Recorder;
  readonly identify: Identify;
  readonly connections: DeadConnections;
  readonly activePolicy: () => ActivePolicy | null;
}

type Answer = Parameters<typeof authzenMetadata>[1];

interface OpenAuthzen {
  /** By first path segment, for `createApp`; none without a section `authzen`. */
  readonly answers: (begin: (run: Authzen["answer"]) => Answer) => ReadonlyMap<string, Answer>;
  readonly metadata: (otherwise: Answer) => Answer;
  /** For a listener on any free port, whose address is only known once it is bound. */
  readonly knownAs: (url: string) => void;
  readonly close: () => void;
}

const closed: OpenAuthzen = {
  answers: () => new Map(),
  metadata: (otherwise) => otherwise,
  knownAs: () => undefined,
  close: () => undefined,
};

/** Other enforcement points may ask. */
export function openAuthzen(config: Config, around: AuthzenAround): OpenAuthzen {
  const { authzen } = config;
  if (authzen === null) return closed;
  const { database, approvals } = around;
  const listener = { url: config.listeners.agents.publicUrl };
  const origin = () => listener.url ?? "";
  const { holds, revocations } = approvals;
  const { answer, close } = createAuthzen({
    ...{ ...authzen, ...around, holds, approvals: approvals.approvals, revocations, origin },
    step: stepsOf(config, authzen, around),
    requests: accessRequestStore(database),
    sessions: around.memory.sessions,
    key: openSigningKey(join(dirname(config.store.sqlite), "authzen.key.pem")),
    callbacks: openCallbacks(config, authzen, around),
  });
  return {
    answers: (begin) => new Map([["access", begin(answer)]]),
    metadata: (otherwise) => authzenMetadata(origin, otherwise),
    knownAs: (url) => void (listener.url ??= url),
    close,
  };
}

function stepsOf(config: Config, { route }: AuthzenConfig, around: AuthzenAround): AuthzenSteps {
  const { instance, environment } = config;
  const { limits } = config.listeners.agents;
  const { memory, approvals, recorder, identify, clock, connections } = around;
  const { sessions, definitions, windows } = memory;
  const duties = { holds: approvals.holds, sessions, windows, clock };
  return {
    read: ownRequests(route, { bodyTimeoutMs: limits.requestTimeoutMs, maxHeaders: limits.maxHeaders, connections }),
    identify: (exchange) => identify(exchange, { route }),
    gather: createForeignGather({
      sessions,
      definitions,
      revocations: approvals.revocations,
      instance,
      environment,
    }),
    decide,
    recorded: (record, decision, act) => recorder.recorded(record, decision, act),
    // Nothing is sent from here, so what would have to go upstream cannot be carried out, and that is a no.
    carryOut: (judged) => carryOut(judged, { ...duties, credential: () => null, headers: [] }),
    decisionOf,
    refuse,
  };
}

function openCallbacks(config: Config, { callbacks: rules }: AuthzenConfig, around: AuthzenAround): Callbacks {
  const { allow, addresses, secretReference, timeoutMs } = rules;
  const { clock, ids, logger } = around;
  const lookup = checkedLookup(addresses);
  return callbacks({
    allow,
    resolve: (hostname) =>
      new Promise((resolve, reject) => {
        lookup(hostname, { all: true }, (error) => (error === null ? resolve() : reject(error)));
      }),
    sender: callbackSender({
      ...{ ids, logger },
      post: signedPost({
        ...{ lookup, timeoutMs, clock },
        keys: () => [signingKey(config.secret(secretReference ?? ""))],
        assertOrigin: (origin) => assertOrigin(origin, addresses),
      }),
    }),
  });
}
