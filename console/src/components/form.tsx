import type { ComponentChildren, Ref } from "preact";

interface Props {
  readonly look: "stack-form" | "inline-form" | "plain-form";
  /** The form's label, or the id of the heading that labels it. */
  readonly name: string | { readonly id: string };
  readonly submit: () => Promise<unknown>;
  readonly form?: Ref<HTMLFormElement>;
  readonly children: ComponentChildren;
}

/** A form that the page handles itself. */
export function Form({ look, name, submit, form, children }: Props) {
  const named = typeof name === "string" ? { "aria-label": name } : { "aria-labelledby": name.id };
  return (
    <form
      {...named}
      {...(form === undefined ? {} : { ref: form })}
      class={look}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {children}
    </form>
  );
}

/** An error message, announced by screen readers at once. */
export function Problem({ text, id }: { readonly text: string | null; readonly id?: string }) {
  return (
    <p id={id} class="problem" role="alert">
      {text}
    </p>
  );
}
