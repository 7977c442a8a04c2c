import { theme, themes } from "../state/settings";
import { Icon } from "./icon.tsx";

export function ThemeButton() {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
  return (
    <button
      type="button"
      class="plain icon-button"
      title={`Theme: ${theme.value}. Click for ${next}.`}
      aria-label={`Theme: ${theme.value}. Switch to ${next}`}
      onClick={() => (theme.value = next)}
    >
      <Icon name={theme.value} />
    </button>
  );
}
