import type { Signal } from "@preact/signals";
import type { ApprovalCard, GrantScope } from "../../api/types.ts";
import { GrantSentence } from "../../parts/grant-sentence.tsx";
import { firstWish, grantable, timesWithin } from "../../text/scopes.ts";
import { duration } from "../../text/time.ts";

interface Props {
  readonly card: ApprovalCard;
  /** Null: this one call. */
  readonly wish: Signal<GrantScope | null>;
}

/** How far an approval reaches, within what policy allows. Once unless somebody chooses otherwise. */
export function ScopeChoice({ card, wish }: Props) {
  const { requirement, binding } = card.approval;
  const allowed = grantable(requirement.scope, binding.task);
  if (allowed === null) return null;
  return (
    <fieldset class="scope">
      <legend>Approval is for</legend>
      <div class="scope-kinds">
        <label>
          <input type="radio" name="scope" checked={wish.value === null} onChange={() => (wish.value = null)} /> this
          call
        </label>
        <label>
          <input
            type="radio"
            name="scope"
            checked={wish.value !== null}
            onChange={() => (wish.value ??= firstWish(allowed))}
          />{" "}
          further calls too
        </label>
      </div>
      {wish.value === null ? null : (
        <Wider card={card} allowed={allowed} wish={wish.value} choose={(next) => (wish.value = next)} />
      )}
    </fieldset>
  );
}

interface WiderProps {
  readonly card: ApprovalCard;
  readonly allowed: GrantScope;
  readonly wish: GrantScope;
  readonly choose: (wish: GrantScope) => void;
}

function Wider({ card, allowed, wish, choose }: WiderProps) {
  return (
    <>
      <div class="scope-fields">
        <Uses allowed={allowed} wish={wish} choose={choose} />
        <label>
          Within
          <select
            name="seconds"
            value={wish.seconds}
            onChange={({ currentTarget }) => choose({ ...wish, seconds: Number(currentTarget.value) })}
          >
            {timesWithin(allowed.seconds).map((seconds) => (
              <option key={seconds} value={seconds}>
                {duration(seconds)}
              </option>
            ))}
          </select>
        </label>
        <SameChoice allowed={allowed} wish={wish} choose={choose} />
      </div>
      <p class="small quiet">
        <GrantSentence agent={card.agent} tool={card.tool} scope={wish} />
      </p>
    </>
  );
}

function Uses({ allowed, wish, choose }: Omit<WiderProps, "card">) {
  const within = (wanted: number): number => Math.min(allowed.uses, Math.max(2, Math.floor(wanted || 2)));
  return (
    <label>
      Calls
      <input
        type="number"
        name="uses"
        min={2}
        max={allowed.uses}
        value={wish.uses}
        onChange={({ currentTarget }) => choose({ ...wish, uses: within(currentTarget.valueAsNumber) })}
      />
    </label>
  );
}

function SameChoice({ allowed, wish, choose }: Omit<WiderProps, "card">) {
  if (allowed.same === "arguments") return null;
  return (
    <label>
      Arguments
      <select
        name="same"
        value={wish.same === "arguments" ? "all" : "some"}
        onChange={({ currentTarget }) =>
          choose({ ...wish, same: currentTarget.value === "all" ? "arguments" : allowed.same })
        }
      >
        <option value="all">all the same</option>
        <option value="some">as policy allows</option>
      </select>
    </label>
  );
}
