import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt } from "jose";
import type { Revocation } from "../../../gateway/domain/revocation.ts";
import { eventually } from "../../support/eventually.ts";
import { TestTransmitter } from "../../support/signals/transmitter.ts";
import { type Check, Failures, type Tried } from "../check.ts";
import { type AccessHouse, withHouse } from "./world/house.ts";
import { LateCallers } from "./world/late-callers.ts";
import { openScene } from "./world/scene.ts";
import { judgeLate, judgeScene } from "./world/verdict.ts";

const idp = "https://idp.verify.example";
const audience = "urn:verify:signals";

/** Whom an event of the transmitter is about, and what of that agent's can be held under it. */
const ways: readonly {
  readonly kind: Revocation["kind"];
  readonly subject: (agent: { readonly name: string; readonly jti: string }) => object;
  readonly holds: boolean;
}[] = [
  { kind: "session", subject: ({ name }) => ({ format: "opaque", id: `${name}-run` }), holds: true },
  {
    kind: "subject",
    subject: ({ name }) => ({ format: "iss_sub", iss: idp, sub: `${name}@people.example` }),
    holds: true,
  },
  // What is held is bound to what is done, not to the token that asked.
  { kind: "token", subject: ({ jti }) => ({ format: "jwt_id", iss: idp, jti }), holds: false },
];

/** An identity provider pushes that a session was revoked: what runs under it ends in both processes, and nothing begins after. */
export const signals: Check = {
  name: "signals",
  full: 200,
  quick: 20,
  async run({ count }) {
    const transmitter = await TestTransmitter.start({ audience });
    try {
      return await withHouse(2, (house) => tryWays(house, transmitter, count), sections(transmitter));
    } finally {
      await transmitter.close();
    }
  },
};

function sections(transmitter: TestTransmitter): (dir: string) => Promise<object> {
  return async (dir) => {
    const file = join(dir, "push-credential");
    await writeFile(file, "Bearer of the proof");
    const one = { id: "idp", issuer: transmitter.issuer, audience, about: ["idp"], delivery: "push" };
    return { signals: [{ ...one, authorization: `file:${file}`, api: { allow_addresses: ["loopback"] }, stream: {} }] };
  };
}

async function tryWays(house: AccessHouse, transmitter: TestTransmitter, count: number): Promise<Tried> {
  const failures = new Failures();
  const figures = { cut_ms_most: 0, told_ms_most: 0, answer_ms_most: 0, late_calls: 0 };
  await eventually("the stream", () => (transmitter.streams.size > 0 ? true : null));
  let all = 0;
  for (const [at, way] of ways.entries()) {
    const name = `signalled-${at}`;
    const claims = { sub: `${name}@people.example`, sid: `${name}-run`, act: { sub: name } };
    const token = await house.issuer.token(claims);
    const amounts = { calls: count, held: way.holds ? count : 0, streams: Math.ceil(count / 2) };
    const scene = await openScene(house, name, token, amounts);
    const callers = new LateCallers(house, name, token);
    const subject = way.subject({ name, jti: String(decodeJwt(token).jti) });
    const set = await transmitter.event("session-revoked", subject, { reason_admin: { en: "the proof" } });
    const began = performance.now();
    const { status, body } = await transmitter.push(set);
    const ended = performance.now();
    if (status !== 202) throw new Error(`the event was answered ${status} ${JSON.stringify(body)}`);
    const end = { at: ended, by: { kind: way.kind, id: await revocationBy(house, way.kind) } };
    figures.late_calls += await judgeLate(house, callers, end, failures);
    const seen = await judgeScene(house, scene, end, failures);
    figures.cut_ms_most = Math.max(figures.cut_ms_most, seen.cut_ms_most);
    figures.told_ms_most = Math.max(figures.told_ms_most, seen.told_ms_most);
    figures.answer_ms_most = Math.max(figures.answer_ms_most, Math.round(ended - began));
    all += amounts.calls + amounts.held + amounts.streams;
  }
  return { count: all, failures: failures.list(), figures };
}

/** The one that the event has made. */
async function revocationBy({ gateways }: AccessHouse, kind: Revocation["kind"]): Promise<string> {
  const { body } = await (await gateways[0]!.person()).get("/api/revocations");
  const { items } = body as { readonly items: readonly Revocation[] };
  const made = items.findLast((one) => one.kind === kind && one.by === "signal of idp");
  if (made === undefined) throw new Error(`no revocation of kind ${kind} was made`);
  return made.id;
}
