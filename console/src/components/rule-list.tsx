import type { Reason, RuleInfo } from "../api/types";
import { Text } from "./text.tsx";

/** The rule's title, unless it equals the reason's message. */
function aboutRule(reason: Reason, rule: RuleInfo | undefined): string {
  const about = rule === undefined ? reason.rule : rule.title;
  return reason.message === about ? "" : `${about} · `;
}

/** The reasons, each with its rule: title, code, file and line. */
export function RuleList({
  reasons,
  rules,
}: {
  readonly reasons: readonly Reason[];
  readonly rules: readonly RuleInfo[];
}) {
  return (
    <ul class="rules">
      {reasons.map((reason) => {
        const rule =
          rules.find((info) => info.rule === reason.rule && info.code === reason.code) ??
          rules.find((info) => info.rule === reason.rule);
        return (
          <li key={`${reason.rule} ${reason.code}`}>
            <p>
              <Text>{reason.message}</Text>
            </p>
            <p class="quiet">
              <code>{reason.code}</code> {aboutRule(reason, rule)}
              {reason.severity}
              {reason.controls.length > 0 ? ` · ${reason.controls.join(", ")}` : ""}
            </p>
            {rule === undefined ? null : (
              <p class="quiet">
                <code class="where">
                  {rule.file}:{rule.line}
                </code>
                {rule.owner === null ? "" : ` · owner ${rule.owner}`}
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}
