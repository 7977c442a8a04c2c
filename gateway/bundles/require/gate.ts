import { Refusal } from "../../domain/errors.ts";
import type { ReplayReport } from "../../domain/policy-change.ts";
import type {
  AcceptedChange,
  ApprovedChange,
  ChangeQuestion,
  JudgedPolicy,
  Logger,
  MeasureImpact,
  PolicyChange,
  PolicyChanges,
  PolicyName,
  WaitingChange,
} from "../../domain/ports.ts";
import type { PolicyRequirements } from "../../domain/settings.ts";
import type { OpaCommand } from "../build/opa.ts";
import { TransientFailure } from "../failure.ts";
import type { CurrentSources } from "../layers/current-sources.ts";
import { beginsRevision } from "../revision-name.ts";
import type { SourceFile, Sources } from "../sources.ts";
import { assertTested } from "./assert-tested.ts";
import { digestOfTests } from "./test-folder.ts";
import { impactProblem, notChecked, waitingForPeople } from "./unfulfilled.ts";

export interface GateDeps {
  readonly requirements: PolicyRequirements;
  readonly opa: OpaCommand;
  readonly sources: Pick<CurrentSources, "list">;
  /** Null where the impact is not asked for. */
  readonly measureImpact: MeasureImpact | null;
  /** Null where nobody has to approve changes. */
  readonly changes: PolicyChanges | null;
  readonly logger: Logger;
  /** Of the gateways that share the store. */
  readonly judged: JudgedPolicy;
  /** The policy that judges, or judged last before a restart; null: none ever has on this gateway. */
  readonly active: () => PolicyName | null;
  /** Whether this approval has made a policy active on this gateway. */
  readonly isUsed: (approval: string) => boolean;
  /** The file of a policy that is or was active. */
  readonly archiveOf: (digest: string) => string;
}

/** A policy that is built, checked and loaded. */
export interface GateCandidate extends PolicyName {
  readonly archive: string;
  /** Null for an archive with a compiled module, and where the gate does not need them. */
  readonly sources: Sources | null;
  readonly tests: readonly SourceFile[];
}

/** Stands between a policy that is ready to judge and its activation: `policy.require`. */
export class ActivationGate {
  readonly #deps: GateDeps;
  #waiting: WaitingChange | null = null;
  /** Whether there may be questions to people that are open. */
  #hasAsked = false;
  /** Counts for one activation. */
  #accepted: (PolicyName & { readonly before: string } & ApprovedChange) | null = null;
  /** What passed its tests last, and the impact that was measured last. */
  #tested = "";
  #measured: { readonly of: string; readonly report: ReplayReport } | null = null;

  constructor(deps: GateDeps) {
    const { requirements, measureImpact, changes } = deps;
    if (
      (requirements.approval !== null && changes === null) ||
      (requirements.impact !== null && measureImpact === null)
    )
      throw new Error("what is required of policies cannot be checked");
    this.#deps = deps;
  }

  /** Whether a candidate has to come with its sources: its tests are run with them. */
  get needsSources(): boolean {
    const { tests, coverage } = this.#deps.requirements;
    return tests || coverage !== null;
  }

  /** The change that waits for people. */
  get waiting(): WaitingChange | null {
    return this.#waiting;
  }

  /**
   * @returns by whose word it becomes active; null: it fulfils by itself all that is required.
   * @throws BundleFailure that says what it lacks
   */
  async admit(candidate: GateCandidate): Promise<ApprovedChange | null> {
    const { judged } = this.#deps;
    const active = this.#deps.active();
    this.#waiting = null;
    if (this.#accepted?.digest !== candidate.digest) this.#accepted = null;
    await this.#forgetOthers(candidate.digest);
    const before = active ?? (await this.#asked(() => judged.last()));
    if (before?.digest === candidate.digest) return null;
    await this.#assertTested(candidate);
    // Whoever sets up the first gateway of a store gives it its first policy.
    if (before === null) return null;
    // What judged on another gateway is not here to compare with.
    const change = active === null ? notCompared(candidate, before) : await this.#changeOf(candidate, active);
    this.#assertStill(active);
    const admitted = await this.#passed(change, this.#problemOf(change));
    this.#assertStill(active);
    return admitted;
  }

  #problemOf({ impact: measured }: PolicyChange): WaitingChange["why"] | null {
    const { impact } = this.#deps.requirements;
    if (impact === null) return null;
    return measured === null ? "unknown" : impactProblem(measured, impact);
  }

  /** Somebody may have gone back to another policy meanwhile. @throws BundleFailure */
  #assertStill(before: PolicyName | null): void {
    const now = this.#deps.active();
    if (now?.digest === before?.digest) return;
    const message = `policy.require: revision ${now?.revision ?? "none"} judges since the edit was compared with another one`;
    throw new TransientFailure("require", message);
  }

  /** The change that waited is no longer what the sources hold. `active`: null for none. Never rejects. */
  async settle(active: PolicyName | null): Promise<void> {
    this.#accepted = null;
    if (this.#waiting === null && !this.#hasAsked) return;
    this.#waiting = null;
    await this.#forgetOthers(active?.digest ?? "").catch((error: unknown) =>
      this.#deps.logger.error("questions about a change of the policy that was taken back cannot be ended", {
        error: String(error),
      }),
    );
  }

  /**
   * Takes the word of a person for the change that waits, or asks others where they have to approve it.
   * @throws Refusal policy_change_unknown, policy_change_denied, and those of holds
   */
  async accept({ revision, by, reason }: AcceptedChange): Promise<ChangeQuestion | null> {
    const waiting = this.#waiting;
    if (waiting === null || !isNamed(waiting, revision))
      throw new Refusal("policy_change_unknown", {
        hint: waiting === null ? "none waits" : `revision ${waiting.revision} does`,
      });
    const { changes } = this.#deps;
    if (waiting.needsApproval && changes !== null) {
      const question = await changes.ask(waiting, by, reason);
      this.#hasAsked = true;
      if (this.#waiting === waiting) this.#waiting = { ...waiting, question };
      return question;
    }
    const { revision: whole, digest, before } = waiting;
    const said = reason ?? "accepted as it is";
    this.#accepted = { revision: whole, digest, before: before.digest, by: by.name, reason: said, approval: null };
    return null;
  }

  async #assertTested({ digest, sources, tests }: GateCandidate): Promise<void> {
    const { requirements, opa } = this.#deps;
    const { list } = this.#deps.sources;
    if (!this.needsSources) return;
    const key = `${digest} ${digestOfTests(tests)}`;
    if (key === this.#tested) return;
    await assertTested({ requirements, opa, list, sources, tests });
    this.#tested = key;
  }

  async #changeOf(candidate: GateCandidate, before: PolicyName): Promise<PolicyChange> {
    const { revision, digest, archive } = candidate;
    const of = `${before.digest} ${digest}`;
    const { measureImpact, archiveOf } = this.#deps;
    const old = { revision: before.revision, digest: before.digest };
    if (measureImpact !== null && this.#measured?.of !== of) {
      const policies = {
        before: { ...old, archive: archiveOf(old.digest) },
        after: { revision, digest, archive },
      };
      const report = await measureImpact(policies).catch((error: unknown) => {
        throw notChecked("impact", error);
      });
      this.#measured = { of, report };
    }
    const impact = this.#measured?.of === of ? this.#measured.report : null;
    return { revision, digest, before: old, impact };
  }

  async #passed(change: PolicyChange, problem: WaitingChange["why"] | null): Promise<ApprovedChange | null> {
    const { requirements, changes, isUsed } = this.#deps;
    const { approval } = requirements;
    const needsApproval = approval !== null && (approval.when === "always" || problem !== null);
    if (problem === null && !needsApproval) return null;
    if (needsApproval && changes !== null) {
      const approved = await this.#asked(() => changes.approved(change, isUsed));
      if (approved !== null) return approved;
      const question = await this.#asked(() => changes.question(change));
      this.#hasAsked ||= question !== null;
      this.#waiting = { ...change, why: problem ?? "approval", needsApproval, question };
    } else {
      const accepted = this.#accepted;
      this.#accepted = null;
      if (accepted?.digest === change.digest && accepted.before === change.before.digest) return accepted;
      this.#waiting = { ...change, why: problem ?? "approval", needsApproval, question: null };
    }
    throw waitingForPeople(this.#waiting, approval);
  }

  /** Questions about changes that the sources do not hold any more. */
  async #forgetOthers(digest: string): Promise<void> {
    const { changes } = this.#deps;
    if (changes === null) return;
    await this.#asked(() => changes.supersede(digest));
    this.#hasAsked = false;
  }

  async #asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const what = this.#deps.requirements.approval === null ? "impact" : "approval";
    return ask().catch((error: unknown) => {
      throw notChecked(what, error);
    });
  }
}

function notCompared({ revision, digest }: PolicyName, before: PolicyName): PolicyChange {
  return { revision, digest, before, impact: null };
}

function isNamed({ revision }: PolicyName, wanted: string): boolean {
  return revision === wanted || beginsRevision(wanted, revision);
}
