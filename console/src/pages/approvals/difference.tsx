import type { ApprovalCard, JsonValue } from "../../api/types.ts";
import { Section } from "../../parts/section.tsx";
import { Text } from "../../parts/text.tsx";
import { Ago } from "../../parts/time.tsx";
import { type Change, changes } from "../../text/json.ts";
import { wordOf } from "../../text/state-words.ts";

/** Against the last call of the same tool by the same agent, value by value. */
export function Difference({ card }: { readonly card: ApprovalCard }) {
  const { previous } = card;
  const mine = card.approval.binding.arguments;
  if (previous === null || previous.arguments === null || mine === null) return null;
  const found = changes(previous.arguments, mine);
  const aside = (
    <>
      {wordOf(previous.state).toLowerCase()}, <Ago at={previous.created} />
    </>
  );
  return (
    <Section title="Against the last similar call" aside={aside}>
      {found.length === 0 ? <p class="quiet">Exactly the same arguments.</p> : <Changes found={found} />}
    </Section>
  );
}

function Changes({ found }: { readonly found: readonly Change[] }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Differences">
      <table class="diff">
        <thead>
          <tr>
            <th scope="col">Argument</th>
            <th scope="col">Then</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          {found.map((change) => (
            <tr key={change.pointer}>
              <th scope="row">
                <Text>{change.pointer}</Text>
              </th>
              <td>
                <Value value={change.before} />
              </td>
              <td>
                <Value value={change.after} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ value }: { readonly value: JsonValue | undefined }) {
  if (value === undefined) return <span class="quiet">absent</span>;
  return <Text>{typeof value === "string" ? `"${value}"` : JSON.stringify(value)}</Text>;
}
