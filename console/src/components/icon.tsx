const paths = {
  allow: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm3.3 4.2L7 9.5 4.8 7.3l-1 1L7 11.5l5.3-5.3z",
  hold: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1ZM5.5 5v6h1.8V5zm3.2 0v6h1.8V5z",
  deny: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1zM4 7.1v1.8h8V7.1z",
  none: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 1.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6Z",
  warn: "M8 1.2 15.4 14H.6zM7.2 6v4h1.6V6zm0 5v1.6h1.6V11z",
  back: "M10.5 2 4.5 8l6 6 1.2-1.2L6.9 8l4.8-4.8z",
  clock:
    "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 1.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6ZM7.3 4.5h1.5v3.2l2.2 2.2-1.1 1.1-2.6-2.7z",
  gate: "M2 15V7a6 6 0 0 1 12 0v8h-3V7a3 3 0 0 0-6 0v8zm5-7h2v7H7z",
  key: "M5.5 3a4 4 0 0 1 3.9 3H15v2.5h-1.3V11h-2.4V8.5H9.2A4 4 0 1 1 5.5 3Zm0 2.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4Z",
  menu: "M2 3.5h12v1.6H2zm0 3.7h12v1.6H2zm0 3.7h12v1.6H2z",
  stop: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1ZM5.2 5.2v5.6h5.6V5.2z",
  light:
    "M8 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7ZM7.3 1h1.4v2H7.3zm0 12h1.4v2H7.3zM1 7.3h2v1.4H1zm12 0h2v1.4h-2zM2.6 3.6l1-1L5 4 4 5zm8.4 8.4 1-1 1.4 1.4-1 1zM2.6 12.4 4 11l1 1-1.4 1.4zM11 4l1.4-1.4 1 1L12 5z",
  dark: "M6.2 1.3a6.9 6.9 0 1 0 8.5 8.5A5.6 5.6 0 0 1 6.2 1.3Z",
  system: "M1 2h14v9H9v1.6h3V14H4v-1.4h3V11H1zm1.5 1.5v6h11v-6z",
} as const;

export type IconName = keyof typeof paths;

/** A decorative icon beside a word; it never carries a meaning alone. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
