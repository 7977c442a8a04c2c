import type { ComponentChildren } from "preact";

export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="section" aria-label={title}>
      <h3>
        {title} {aside === undefined ? null : <span class="aside">{aside}</span>}
      </h3>
      {children}
    </section>
  );
}
