import { useRef } from "preact/hooks";

interface Props {
  /** Origins at which passkeys work; empty when the console's address allows none. */
  readonly origins: readonly string[];
  readonly busy: boolean;
  readonly add: (label: string) => void;
}

export function AddPasskey({ origins, busy, add }: Props) {
  const name = useRef<HTMLInputElement>(null);
  const [first] = origins;
  if (first === undefined) return <p>Passkeys need a host name; this console is reached by an address.</p>;
  if (!origins.includes(location.origin)) {
    return (
      <p>
        Passkeys do not work at this address. Open the console as <a href={first + location.pathname}>{first}</a>.
      </p>
    );
  }
  return (
    <form
      class="add-passkey"
      aria-label="Add a passkey"
      onSubmit={(event) => {
        event.preventDefault();
        add(name.current?.value.trim() ?? "");
      }}
    >
      <label>
        Name of the device
        <input ref={name} required maxLength={60} placeholder="Work laptop" autocomplete="off" />
      </label>
      <button type="submit" disabled={busy}>
        Add a passkey
      </button>
    </form>
  );
}
