import { type Approval, approvalTransitions, type ApprovalState, placesLeft } from "../domain/approval.ts";
import type { Sensitivity } from "../domain/channel.ts";
import { inert } from "./escape-text.ts";

/**
 * What of an item may leave the gateway in a message. No argument values: neither the arguments nor policy's summary,
 * which may quote them, nor reasons, paths, queries, votes' reasons or what an agent says of itself. Every text is inert.
 */
export interface Notice {
  /** A test of the channel; nobody is asked for anything. */
  readonly test: boolean;
  readonly id: string;
  readonly state: ApprovalState;
  readonly gateway: string;
  readonly environment: string;
  readonly tool: string;
  readonly server: string;
  readonly agent: string;
  /** Null: the agent acts for itself. */
  readonly actingFor: string | null;
  readonly rules: readonly { readonly rule: string; readonly code: string }[];
  readonly roles: readonly string[];
  readonly sensitivity: Sensitivity | null;
  readonly reversible: boolean | null;
  /** The first 12 digits of the action digest, enough to compare with the card. */
  readonly digest: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly created: number;
  /** Approve by. */
  readonly deadline: number;
  readonly resolved: number | null;
  /** Who has it open, and since when. */
  readonly claim: { readonly by: string; readonly at: number } | null;
  readonly approvals: number;
  readonly places: number;
  /** People said yes, whatever came of it. */
  readonly wasApproved: boolean;
  /** Whose votes made it so. */
  readonly deciders: readonly string[];
  /** It replaces an earlier question about the same request. */
  readonly askedAgain: boolean;
  /** Only opens the page; whoever follows it must sign in, and nothing changes by it. */
  readonly link: string;
}

export interface Sender {
  readonly gateway: string;
  readonly environment: string;
  /** scheme://host[:port] of the console. */
  readonly consoleUrl: string;
}

export function noticeOf(approval: Approval, sender: Sender): Notice {
  const { binding, requirement, votes, claim } = approval;
  return {
    test: false,
    id: approval.id,
    state: approval.state,
    ...around(sender, `/approvals/${encodeURIComponent(approval.id)}`),
    tool: inert(toolOf(approval)),
    server: inert(serverOf(approval)),
    agent: inert(binding.subject.id),
    actingFor: binding.acting_for === null ? null : inert(binding.acting_for),
    rules: rulesOf(approval),
    roles: [...new Set(requirement.require.map(({ role }) => inert(role)))],
    sensitivity: sensitivityOf(approval),
    reversible: binding.reversible,
    digest: approval.action_digest.replace(/^sha256:/, "").slice(0, 12),
    created: approval.seal.created,
    deadline: approval.approve_by,
    resolved: approval.resolved_at,
    claim: claim === null ? null : { by: inert(claim.by), at: claim.at },
    approvals: votes.filter(({ vote }) => vote === "approve").length,
    places: placesLeft(requirement.require, []),
    wasApproved: approval.execute_by !== null,
    deciders: decidersOf(approval),
    askedAgain: approval.replaces !== null,
  };
}

/** For trying a channel out: a question that nobody has to answer, and then that it is over. */
export function testNotice(state: "held" | "cancelled", now: number, id: string, sender: Sender): Notice {
  return {
    test: true,
    id,
    state,
    ...around(sender, "/"),
    tool: "test/message",
    server: "test",
    agent: "sallyport channels test",
    actingFor: null,
    rules: [],
    roles: [],
    sensitivity: "low",
    reversible: true,
    digest: "000000000000",
    created: now,
    deadline: now,
    resolved: state === "held" ? null : now,
    claim: null,
    approvals: 0,
    places: 0,
    wasApproved: false,
    deciders: [],
    askedAgain: false,
  };
}

/** Nothing more will happen to the item. */
export function isOver({ state }: Pick<Notice, "state">): boolean {
  return approvalTransitions[state].length === 0;
}

function around({ gateway, environment, consoleUrl }: Sender, path: string) {
  return { gateway: inert(gateway), environment: inert(environment), link: consoleUrl + path };
}

function decidersOf({ state, votes, execute_by }: Approval): string[] {
  const counts = state === "denied" ? "deny" : execute_by === null ? null : "approve";
  return votes.filter(({ vote }) => vote === counts).map(({ approver }) => inert(approver));
}

function rulesOf({ reasons }: Approval): Notice["rules"] {
  const seen = new Map(reasons.map(({ rule, code }) => [rule, { rule: inert(rule), code: inert(code) }]));
  return [...seen.values()].slice(0, 5);
}

function serverOf({ binding }: Approval): string {
  return binding.tool.split("/", 1)[0] ?? binding.tool;
}

/**
 * A tool's name, but not what the request put into it: an operation that no document names is called by its path, and a
 * resource by its address, and both hold values.
 */
function toolOf(approval: Approval): string {
  const { protocol, action, tool, path, method } = approval.binding;
  if (protocol === "http") return tool.endsWith(` ${path}`) ? `${serverOf(approval)}/${method}` : tool;
  return action === "tools/call" || action === "prompts/get" ? tool : `${serverOf(approval)} (${action})`;
}

const known: readonly (string | null)[] = ["low", "medium", "high"];

function sensitivityOf({ binding }: Approval): Sensitivity | null {
  return known.includes(binding.sensitivity) ? (binding.sensitivity as Sensitivity | null) : null;
}
