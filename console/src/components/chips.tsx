import { Text } from "./text.tsx";

/** Labels as a list of chips; nothing when there are none. */
export function Chips({ of, name }: { readonly of: readonly string[]; readonly name: string }) {
  if (of.length === 0) return null;
  return (
    <ul class="chips" aria-label={name}>
      {of.map((label) => (
        <li key={label}>
          <span class="chip tone-hold">
            <Text>{label}</Text>
          </span>
        </li>
      ))}
    </ul>
  );
}
