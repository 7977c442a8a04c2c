import type { FatigueReport } from "../../api/types.ts";
import { Icon } from "../../components/icon";
import { Text } from "../../components/text";
import { counted } from "../../text/numbers.ts";

const most = 5;

/** The findings, one sentence each, or a note that there are none. */
export function Findings({ report: { findings, votes, cut } }: { readonly report: FatigueReport }) {
  const about = `${counted(votes, "vote")}${cut ? ", the newest ones: older votes of this time were left out" : ""}`;
  if (findings.length === 0)
    return (
      <p class="all-well">
        <Icon name="allow" /> Nothing looks off in {about}.
      </p>
    );
  return (
    <section class="look-closely" aria-label="What looks off">
      <ul>
        {findings.slice(0, most).map((sentence) => (
          <li key={sentence}>
            <Icon name="warn" /> <Text>{sentence}</Text>
          </li>
        ))}
      </ul>
      <p class="quiet small">
        {findings.length > most ? `and ${findings.length - most} more; ` : ""}
        {about}
      </p>
    </section>
  );
}
