import type { Check, Tried } from "../check.ts";
import { Failures } from "../check.ts";
import type { Claims } from "../approvals/world/issuer.ts";
import { type AccessHouse, withHouse } from "./world/house.ts";
import { gatewaysOfProofs } from "../world/shared-store.ts";
import { LateCallers } from "./world/late-callers.ts";
import { openScene, type Scene } from "./world/scene.ts";
import { type End, type Figures, judgeLate, judgeScene } from "./world/verdict.ts";

interface Way {
  readonly kind: string;
  /** What the operator names, of an agent that is called so. */
  readonly target: (name: string) => string | null;
  /** Others, whose access is another, go on. */
  readonly sparesOthers: boolean;
}

/** One half of the amounts that go with so many calls. */
const amountsOf = (calls: number) => ({ calls, held: calls, streams: Math.ceil(calls / 2) });

const ways: readonly Way[] = [
  { kind: "subject", target: (name) => name, sparesOthers: true },
  { kind: "subject", target: (name) => `${name}@people.example`, sparesOthers: true },
  { kind: "subject", target: (name) => `${name}-router`, sparesOthers: true },
  { kind: "client", target: (name) => `${name}-client`, sparesOthers: true },
  { kind: "session", target: (name) => `${name}-run`, sparesOthers: true },
  { kind: "issuer", target: () => "https://idp.verify.example", sparesOthers: true },
  { kind: "server", target: () => "payments", sparesOthers: false },
];

const killSwitch: Way = { kind: "gateway", target: () => null, sparesOthers: false };

/** The kill switch ends all that is open in all processes, and nothing begins after it. */
export const kill: Check = {
  name: "kill",
  full: 200,
  quick: 40,
  run: ({ count }) => withHouse(gatewaysOfProofs(), (house) => tryWays(house, [killSwitch], count)),
};

/** Whatever a revocation names: what it names ends in all processes, and nothing else. */
export const revoke: Check = {
  name: "revoke",
  full: 200,
  quick: 20,
  run: ({ count }) =>
    withHouse(gatewaysOfProofs(), (house) => tryWays(house, count >= 200 ? ways : ways.slice(1, 4), count)),
};

async function tryWays(house: AccessHouse, all: readonly Way[], count: number): Promise<Tried> {
  const failures = new Failures();
  const figures = { cut_ms_most: 0, told_ms_most: 0, answer_ms_most: 0, late_calls: 0 };
  for (const [at, way] of all.entries()) {
    const seen = await tryWay(house, way, { name: `agent-${at}`, count }, failures);
    figures.cut_ms_most = Math.max(figures.cut_ms_most, seen.cut_ms_most);
    figures.told_ms_most = Math.max(figures.told_ms_most, seen.told_ms_most);
    figures.answer_ms_most = Math.max(figures.answer_ms_most, seen.answer_ms);
    figures.late_calls += seen.late_calls;
  }
  const { calls, held, streams } = amountsOf(count);
  return { count: all.length * (calls + held + streams), failures: failures.list(), figures };
}

interface Agent {
  readonly name: string;
  readonly count: number;
}

function claimsOf(name: string): Claims {
  return {
    sub: `${name}@people.example`,
    sid: `${name}-run`,
    client_id: `${name}-client`,
    act: { sub: name, act: { sub: `${name}-router` } },
  };
}

async function tryWay(
  house: AccessHouse,
  way: Way,
  { name, count }: Agent,
  failures: Failures,
): Promise<Figures & { readonly answer_ms: number; readonly late_calls: number }> {
  const token = await house.issuer.token(claimsOf(name));
  const bystanders = await bystanding(house, way, name);
  const scene = await openScene(house, name, token, amountsOf(count));
  const callers = new LateCallers(house, name, token);
  const began = performance.now();
  const { end, id } = await endAccess(house, way, name, scene, failures);
  const late_calls = await judgeLate(house, callers, end, failures);
  const figures = await judgeScene(house, scene, end, failures);
  for (const { item } of [...bystanders.calls, ...bystanders.streams])
    if (house.upstream.of(item)[0]?.cutAt !== null) failures.add(`${item} was cut, and had nothing to do with it`);
  await lift(house, id);
  if (way.sparesOthers) for (const one of house.upstream.begun) if (one.cutAt === null) one.res.destroy();
  return { ...figures, answer_ms: Math.round(end.at - began), late_calls };
}

/** A few calls of somebody else. */
async function bystanding(house: AccessHouse, { sparesOthers }: Way, name: string): Promise<Scene> {
  if (!sparesOthers) return { calls: [], streams: [], waiting: [], held: [] };
  const token = await house.other.token({ sub: "somebody-else", sid: "another-run", client_id: "another-client" });
  return openScene(house, `beside-${name}`, token, { calls: 4, held: 0, streams: 3 });
}

async function endAccess(
  { gateways }: AccessHouse,
  { kind, target }: Way,
  name: string,
  scene: Scene,
  failures: Failures,
): Promise<{ readonly end: End; readonly id: string }> {
  const person = await gateways[0]!.person();
  const of = target(name);
  const { status, body } = await person.post("/api/revocations", {
    kind,
    reason: "the proof",
    ...(of === null ? {} : { target: of }),
  });
  const at = performance.now();
  if (status !== 201) throw new Error(`${kind} ${of} was answered ${status} ${JSON.stringify(body)}`);
  const { id, matched } = body as { id: string; matched: Readonly<Record<string, number>> };
  // A call of MCP that is answered by events is a call. Callers that went on may be among the calls.
  const events = scene.streams.filter((one) => one.kind === "mcp-events").length;
  const [calls, streams] = [scene.calls.length + events, scene.streams.length - events];
  if ((matched["calls"] ?? 0) < calls || matched["streams"] !== streams)
    failures.add(`${kind} ${of} says that it ended ${JSON.stringify(matched)}`);
  if (matched["held"] !== scene.held.length || matched["unanswered"] !== 0)
    failures.add(`${kind} ${of} says that it ended ${JSON.stringify(matched)}`);
  return { end: { at, by: { kind: kind as End["by"]["kind"], id } }, id };
}

async function lift({ gateways }: AccessHouse, id: string): Promise<void> {
  const { status } = await (await gateways[0]!.person()).post(`/api/revocations/${id}/lift`, {});
  if (status !== 204) throw new Error(`${id} could not be lifted: ${status}`);
}
