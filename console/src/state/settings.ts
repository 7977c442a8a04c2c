import { effect, signal } from "@preact/signals";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const stored = localStorage.getItem("sallyport.theme");

export const theme = signal<Theme>(themes.find((name) => name === stored) ?? "system");

/** Single-key shortcuts can be switched off (https://www.w3.org/TR/WCAG22/#character-key-shortcuts). */
export const shortcuts = signal(localStorage.getItem("sallyport.shortcuts") !== "off");

effect(() => {
  localStorage.setItem("sallyport.theme", theme.value);
  if (theme.value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme.value;
});

effect(() => {
  localStorage.setItem("sallyport.shortcuts", shortcuts.value ? "on" : "off");
});
