import type { Express, Response } from "express";
import { z } from "zod";
import { type Approval, type ApprovalState, approvalTransitions, openStates } from "../../domain/approval.ts";
import { asRefusal, Refusal } from "../../domain/errors.ts";
import type { ApprovalFilter, Approver } from "../../domain/ports.ts";
import { approvalCard, type ApprovalCard, approvalRow } from "../approval-view.ts";
import { approverOf, sessionOf, stillSignedIn } from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import { type Assertion, assertion } from "../passkeys/credentials.ts";
import type { Passkeys } from "../passkeys/passkeys.ts";
import type { VoteQuestion } from "../passkeys/vote.ts";
import { readBody, readQuery, whole } from "../read-request.ts";
import type { ConsoleSession, Sessions } from "../sessions.ts";

const closedStates = (Object.keys(approvalTransitions) as ApprovalState[]).filter(
  (state) => !openStates.includes(state),
);
/** How many earlier items are searched for one to compare with. */
const historyDepth = 200;

const listQuery = z.strictObject({
  state: z.enum(["open", "held", "approved", "closed"]).default("open"),
  limit: whole(1, 200).default(50),
  /** Of held and approved calls the deadline, of others the moment when they were held. */
  after: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  before: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  text: z.string().trim().max(200).optional(),
});

const fatigueQuery = z.strictObject({ days: whole(1, 30).default(30), fast: whole(1, 600).default(5) });

/** What waits is listed by deadline, what is over or is asked for as a whole by age. */
function filterOf({ state, limit, after, before, text }: z.infer<typeof listQuery>): ApprovalFilter {
  const byDeadline = state === "held" || state === "approved";
  const from = byDeadline ? after : before;
  return {
    states: byDeadline ? [state] : state === "open" ? openStates : closedStates,
    order: byDeadline ? "deadline" : "newest",
    limit,
    ...(from === undefined ? {} : { from }),
    ...(text === undefined || text === "" ? {} : { text }),
  };
}

const grantScope = z.strictObject({
  kind: z.enum(["uses", "session", "task", "until"]),
  uses: z.int().min(1).max(1_000_000),
  seconds: z.int().min(1).max(31_536_000),
  same: z.union([z.literal("arguments"), z.array(z.string().max(500)).max(100)]),
});

const choice = z.enum(["approve", "deny"]);
const reason = z.string().max(1000, "must not be longer than 1000 characters").nullish();
const digest = z.string().min(1).max(200);

const question = { vote: choice, action_digest: digest, grant: grantScope.nullish() };
const ballot = z.strictObject({ ...question, reason, passkey: assertion.nullish() });

/** Only what was looked at: each item with the digest of its card. */
const batch = z.strictObject({
  vote: choice,
  reason,
  items: z
    .array(z.strictObject({ id: z.string().max(100), action_digest: digest }))
    .min(1)
    .max(100),
});

const claim = z.strictObject({ take: z.boolean() });
const viewing = z.strictObject({ visible: z.boolean() });

interface ApprovalDeps extends Pick<
  ConsoleDeps,
  "approvals" | "receipts" | "fatigue" | "bundles" | "clock" | "logger" | "gateway"
> {
  readonly keys: Passkeys;
  readonly sessions: Pick<Sessions, "find">;
}

export function approvalRoutes(app: Express, deps: ApprovalDeps): void {
  const { approvals, clock } = deps;
  app.get("/api/approvals", async function listApprovals(req, res) {
    const items = await approvals.list(filterOf(readQuery(req, listQuery)));
    res.json({ items: items.map(approvalRow), counts: await approvals.counts(), now: clock.now() });
  });

  app.get("/api/approvals/:id", async function showApproval(req, res) {
    const approval = await approvals.get(req.params.id);
    if (approval === null) throw unknownApproval();
    res.json(await card(deps, approval, res));
  });

  /** Statements for people who were not there; what they are signed with is public. */
  app.get("/api/approvals/:id/receipts", async function listReceipts(req, res) {
    const { id } = req.params;
    const items = await deps.receipts.of(id);
    // A call that waits has none yet.
    if (items.length === 0 && (await approvals.get(id)) === null) throw unknownApproval();
    res.json({ items, now: clock.now() });
  });

  /** How people decide: how often they approve and how long they look. */
  app.get("/api/approvals-fatigue", async function showFatigue(req, res) {
    const { days, fast } = readQuery(req, fatigueQuery);
    res.json({ ...(await deps.fatigue.report({ days, fastS: fast })), now: clock.now() });
  });

  voteRoutes(app, deps);
  attendRoutes(app, deps);
}

function voteRoutes(app: Express, deps: ApprovalDeps): void {
  const { approvals, clock, logger, keys } = deps;
  app.post("/api/approvals/:id/passkey", async function askPasskey(req, res) {
    const { vote, action_digest, grant } = readBody(req, z.strictObject(question));
    if ((await approvals.get(req.params.id))?.action_digest !== action_digest) throw new Refusal("approval_mismatch");
    const asked = { approval: req.params.id, actionDigest: action_digest, vote, grant: grant ?? null };
    res.json(await keys.voteOptions(sessionOf(res), asked));
  });

  app.post("/api/approvals/:id/vote", async function vote(req, res) {
    const { vote: choice, reason, action_digest, grant, passkey } = readBody(req, ballot);
    const session = sessionOf(res);
    const signed = { approval: req.params.id, actionDigest: action_digest, vote: choice, grant: grant ?? null };
    const approver = passkey ? await byPasskey(deps, session, signed, passkey) : approverOf(session, action_digest);
    const cast = { vote: choice, reason: reason?.trim() || null, grant: grant ?? null };
    const after = await approvals.vote(req.params.id, action_digest, approver, cast);
    logger.info("console: vote", {
      approval: after.id,
      user: approver.name,
      account: approver.id,
      vote: choice,
      state: after.state,
    });
    res.json(await card(deps, after, res));
  });

  app.post("/api/approvals/batch", async function voteOnSeveral(req, res) {
    const { vote: choice, reason, items } = readBody(req, batch);
    const approver = approverOf(sessionOf(res));
    const cast = { vote: choice, reason: reason?.trim() || null, batch: true };
    const results: object[] = [];
    for (const { id, action_digest } of items)
      results.push(await oneOf(approvals.vote(id, action_digest, approver, cast), id));
    const { name: user, id: account } = approver;
    logger.info("console: batch vote", { user, account, vote: choice, items: items.length });
    res.json({ results, now: clock.now() });
  });
}

/**
 * Whoever may not vote learns so before their key is asked anything. While its answer is verified a role may be lost or the
 * session ended, so who votes is read again after it.
 */
async function byPasskey(
  { approvals, keys, sessions }: ApprovalDeps,
  session: ConsoleSession,
  question: VoteQuestion,
  answer: Assertion,
): Promise<Approver> {
  const approval = await approvals.get(question.approval);
  const refusal = approval === null ? null : approvals.whyNot(approval, approverOf(session), question.vote);
  if (refusal !== null) throw refusal;
  const evidence = await keys.vote(session, question, answer);
  return { ...approverOf(await stillSignedIn(sessions, session)), method: "passkey", evidence };
}

function attendRoutes(app: Express, deps: ApprovalDeps): void {
  const { approvals, clock } = deps;
  app.post("/api/approvals/:id/extend", async function extend(req, res) {
    readBody(req, z.strictObject({}));
    const after = await approvals.extend(req.params.id, approverOf(sessionOf(res)));
    res.json(await card(deps, after, res));
  });

  app.post("/api/approvals/:id/viewing", async function view(req, res) {
    const { visible } = readBody(req, viewing);
    const { seenMs } = await approvals.viewing(req.params.id, approverOf(sessionOf(res)), visible);
    res.json({ viewed_ms: seenMs, now: clock.now() });
  });

  app.post("/api/approvals/:id/claim", async function claimIt(req, res) {
    const { take } = readBody(req, claim);
    const after = await approvals.claim(req.params.id, approverOf(sessionOf(res)), take);
    res.json(await card(deps, after, res));
  });
}

/** One that is refused does not stop the others: each was looked at by itself. */
async function oneOf(vote: Promise<Approval>, id: string): Promise<object> {
  try {
    return { id, state: (await vote).state, code: null, detail: null };
  } catch (thrown) {
    const { code, sentence } = asRefusal(thrown);
    return { id, state: null, code, detail: sentence };
  }
}

async function card(
  deps: ApprovalDeps,
  approval: Approval,
  res: Response,
): Promise<ApprovalCard & { readonly now: number }> {
  const [open, closed] = await Promise.all(
    [openStates, closedStates].map((states) => deps.approvals.list({ states, limit: historyDepth })),
  );
  const history = [...(open ?? []), ...(closed ?? [])];
  const reader = approverOf(sessionOf(res));
  const whyNot = deps.approvals.whyNot(approval, reader, "approve");
  const mayDeny = deps.approvals.whyNot(approval, reader, "deny") === null;
  const review = deps.approvals.review(approval, reader);
  const seen = { history, policy: deps.bundles.active(), whyNot, mayDeny, review, gateway: deps.gateway };
  return { ...approvalCard(approval, seen), now: deps.clock.now() };
}

const unknownApproval = (): Refusal => new Refusal("resource_unknown", { hint: "no approval with this id" });
