import type { FilterName } from "../../state/decisions.ts";

const fields: readonly (readonly [FilterName, string, string])[] = [
  ["text", "Search", "tool, agent, code or id"],
  ["tool", "Tool", "server/tool"],
  ["subject", "Agent", "agent id"],
  ["code", "Reason code", "NO_RULE_PERMITS"],
  ["session", "Session", "session id"],
];

interface Props {
  readonly filters: Readonly<Record<FilterName, string>>;
  readonly apply: (changed: Partial<Record<FilterName, string>>) => void;
}

export function FilterFields({ filters, apply }: Props) {
  return (
    <>
      <label>
        Effect
        <select name="effect" value={filters.effect} onChange={(event) => apply({ effect: event.currentTarget.value })}>
          <option value="">all</option>
          <option value="allow">allowed</option>
          <option value="hold">held</option>
          <option value="deny">denied</option>
        </select>
      </label>
      {fields.map(([name, label, hint]) => (
        <label key={name} class={name === "text" ? "text" : "extra"}>
          {label}
          <input
            name={name}
            defaultValue={filters[name]}
            placeholder={hint}
            maxLength={200}
            autocapitalize="off"
            spellcheck={false}
            onChange={(event) => apply({ [name]: event.currentTarget.value })}
          />
        </label>
      ))}
    </>
  );
}
