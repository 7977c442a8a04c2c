import type { HostedEngine } from "../../../gateway/decide/engine.ts";
import type { HostedPolicy } from "../../../gateway/decide/host/hosted-policy.ts";
import { dumpValue, equalValues, parseValue, RegoObject, RegoSet, type Value } from "../../../gateway/decide/value.ts";
import { PolicyFault } from "../../../gateway/domain/ports.ts";
import { settled } from "../../support/complaints.ts";
import type { Case } from "../rego/cases.ts";
import type { Arguments } from "./calls.ts";
import { inputFor } from "./case-files.ts";
import { isDeliberate } from "./deliberate.ts";

export interface Compared {
  readonly calls: number;
  /** Calls that OPA answers: one that is undefined for all proves little. */
  readonly defined: number;
  readonly differences: readonly string[];
}

type Answer = Value | undefined;

/** Puts each call to the gateway's engine by itself, so that one that fails does not hide the others. */
export async function compareCase(engine: HostedEngine, test: Case, calls: readonly Arguments[]): Promise<Compared> {
  const theirs = opaAnswers(test);
  if (typeof theirs === "string") return { calls: 0, defined: 0, differences: [`${test.note}: ${theirs}`] };
  const policy = await engine.prepare(Buffer.from(test.wasm ?? "", "base64"), {});
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  let defined = 0;
  const differences: string[] = [];
  for (const [index, args] of calls.entries()) {
    const wanted = theirs.get(String(index));
    if (wanted !== undefined) defined += 1;
    const got = ask(policy, index, args, nowNs);
    if (
      isDeliberate(test.note, args) ||
      (!(got instanceof PolicyFault) && same(settled(test.note, got), settled(test.note, wanted)))
    )
      continue;
    differences.push(`${test.note}(${args.map(dumpValue).join(", ")}) is ${shown(got)}, in OPA ${shown(wanted)}`);
  }
  return { calls: calls.length, defined, differences };
}

function opaAnswers({ wasm, compile_error: refused, opa }: Case): RegoObject | string {
  if (wasm === null) return `OPA does not compile it: ${refused}`;
  const text = opa.rows?.[0]?.["x"];
  if (text === undefined) return `OPA does not answer: ${opa.error}`;
  return parseValue(text) as RegoObject;
}

function ask(policy: HostedPolicy, index: number, args: Arguments, nowNs: bigint): Answer | PolicyFault {
  try {
    const asked = { entrypoint: policy.entrypoints[0] ?? "", text: inputFor([[index, args]]), nowNs };
    const rows = parseValue(policy.ask({ ...asked, format: "value" }).text);
    const [row] = rows instanceof RegoSet ? rows.values() : (rows as readonly Value[]);
    const answers = row instanceof RegoObject ? row.get("x") : undefined;
    return answers instanceof RegoObject ? answers.get(String(index)) : undefined;
  } catch (error) {
    if (error instanceof PolicyFault) return error;
    throw error;
  }
}

function same(one: Answer, other: Answer): boolean {
  return one === undefined || other === undefined ? one === other : equalValues(one, other);
}

function shown(answer: Answer | PolicyFault): string {
  if (answer instanceof PolicyFault) return `${answer.code} (${answer.message.slice(0, 100)})`;
  return answer === undefined ? "undefined" : dumpValue(answer).slice(0, 300);
}
