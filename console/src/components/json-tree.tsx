import type { JsonValue } from "../api/types";
import { byteLength, bytesText, entriesOf, leaves } from "../text/json";
import { Text } from "./text.tsx";

/** Levels of indentation that fit on a phone. */
const mostIndented = 6;

interface Props {
  readonly value: JsonValue;
  readonly level?: number;
}

/** A JSON value in full, one value per line; below some levels each with its path in the place of more indentation. */
export function JsonTree({ value, level = 0 }: Props) {
  const entries = entriesOf(value);
  if (entries.length === 0) return <Scalar value={value} />;
  if (level >= mostIndented) return <Flat value={value} />;
  return (
    <ul class="json">
      {entries.map(([name, inner]) => (
        <li key={name}>
          <span class="json-key">{Array.isArray(value) ? `[${name}]` : <Key name={name} />}</span>{" "}
          <JsonTree value={inner} level={level + 1} />
        </li>
      ))}
    </ul>
  );
}

function Flat({ value }: { readonly value: JsonValue }) {
  return (
    <ul class="json">
      {leaves(value).map(({ pointer, value: leaf }) => (
        <li key={pointer}>
          <span class="json-key">
            <Key name={pointer} />
          </span>{" "}
          <Scalar value={leaf} />
        </li>
      ))}
    </ul>
  );
}

/** Quoted unless it is a plain name: a key must not look like a key with its value. */
function Key({ name }: { readonly name: string }) {
  if (/^[\w-]{1,100}$/.test(name)) return <>{name}</>;
  return (
    <>
      "<Text>{name}</Text>"
    </>
  );
}

function Scalar({ value }: { readonly value: JsonValue }) {
  if (typeof value !== "string") return <span class="json-plain">{JSON.stringify(value)}</span>;
  const bytes = byteLength(value);
  return (
    <>
      <span class="json-string">
        "<Text>{value}</Text>"
      </span>
      {bytes > 40 || bytes !== value.length ? <span class="size"> {bytesText(bytes)}</span> : null}
    </>
  );
}
