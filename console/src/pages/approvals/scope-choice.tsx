import type { Signal } from "@preact/signals";
import type { ApprovalCard, GrantScope } from "../../api/types.ts";
import { GrantSentence } from "../../components/grant-sentence";
import { defaultScope, grantable, timesWithin } from "../../text/scopes.ts";
import { duration } from "../../text/time.ts";

interface Props {
  readonly card: ApprovalCard;
  /** Null: this one call. */
  readonly chosenScope: Signal<GrantScope | null>;
}

/** Choice of the approval's scope, within what policy allows; the default is once. */
export function ScopeChoice({ card, chosenScope }: Props) {
  const { requirement, binding } = card.approval;
  const allowed = grantable(requirement.scope, binding.task);
  if (allowed === null) return null;
  return (
    <fieldset class="scope">
      <legend>Approval is for</legend>
      <div class="scope-kinds">
        <label>
          <input
            type="radio"
            name="scope"
            checked={chosenScope.value === null}
            onChange={() => (chosenScope.value = null)}
          />{" "}
          this call
        </label>
        <label>
          <input
            type="radio"
            name="scope"
            checked={chosenScope.value !== null}
            onChange={() => (chosenScope.value ??= defaultScope(allowed))}
          />{" "}
          further calls too
        </label>
      </div>
      {chosenScope.value === null ? null : (
        <Wider
          card={card}
          allowed={allowed}
          chosenScope={chosenScope.value}
          choose={(next) => (chosenScope.value = next)}
        />
      )}
    </fieldset>
  );
}

interface WiderProps {
  readonly card: ApprovalCard;
  readonly allowed: GrantScope;
  readonly chosenScope: GrantScope;
  readonly choose: (chosenScope: GrantScope) => void;
}

function Wider({ card, allowed, chosenScope, choose }: WiderProps) {
  return (
    <>
      <div class="scope-fields">
        <Uses allowed={allowed} chosenScope={chosenScope} choose={choose} />
        <label>
          Within
          <select
            name="seconds"
            value={chosenScope.seconds}
            onChange={({ currentTarget }) => choose({ ...chosenScope, seconds: Number(currentTarget.value) })}
          >
            {timesWithin(allowed.seconds).map((seconds) => (
              <option key={seconds} value={seconds}>
                {duration(seconds)}
              </option>
            ))}
          </select>
        </label>
        <SameChoice allowed={allowed} chosenScope={chosenScope} choose={choose} />
      </div>
      <p class="small quiet">
        <GrantSentence agent={card.agent} tool={card.tool} scope={chosenScope} />
      </p>
    </>
  );
}

function Uses({ allowed, chosenScope, choose }: Omit<WiderProps, "card">) {
  const within = (wanted: number): number => Math.min(allowed.uses, Math.max(2, Math.floor(wanted || 2)));
  return (
    <label>
      Calls
      <input
        type="number"
        name="uses"
        min={2}
        max={allowed.uses}
        value={chosenScope.uses}
        onChange={({ currentTarget }) => choose({ ...chosenScope, uses: within(currentTarget.valueAsNumber) })}
      />
    </label>
  );
}

function SameChoice({ allowed, chosenScope, choose }: Omit<WiderProps, "card">) {
  if (allowed.same === "arguments") return null;
  return (
    <label>
      Arguments
      <select
        name="same"
        value={chosenScope.same === "arguments" ? "all" : "some"}
        onChange={({ currentTarget }) =>
          choose({ ...chosenScope, same: currentTarget.value === "all" ? "arguments" : allowed.same })
        }
      >
        <option value="all">all the same</option>
        <option value="some">as policy allows</option>
      </select>
    </label>
  );
}
