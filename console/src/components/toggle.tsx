interface Props<Name extends string> {
  readonly label: string;
  readonly options: readonly (readonly [Name, string])[];
  readonly chosen: Name;
  readonly choose: (name: Name) => void;
}

/** A group of buttons of which one is chosen. */
export function Toggle<Name extends string>({ label, options, chosen, choose }: Props<Name>) {
  return (
    <div class="toggle" role="group" aria-label={label}>
      {options.map(([name, text]) => (
        <button key={name} type="button" class="tab" aria-pressed={chosen === name} onClick={() => choose(name)}>
          {text}
        </button>
      ))}
    </div>
  );
}
