import { shortcuts } from "../../state/settings.ts";

const keys = [
  [["J", "K"], "move"],
  [["A"], "approve"],
  [["R"], "deny"],
  [["X"], "select"],
] as const;

/** The single-key shortcuts and their switch. */
export function Keys() {
  return (
    <div class="keys">
      <span aria-hidden={!shortcuts.value} class={shortcuts.value ? "key-list" : "key-list off"}>
        {keys.map(([names, what]) => (
          <span key={what}>
            {names.map((name) => (
              <kbd key={name}>{name}</kbd>
            ))}{" "}
            {what}
          </span>
        ))}
      </span>
      <button
        type="button"
        class="plain"
        aria-pressed={shortcuts.value}
        onClick={() => (shortcuts.value = !shortcuts.value)}
      >
        Keys {shortcuts.value ? "on" : "off"}
      </button>
    </div>
  );
}
