import { Failed, Loading } from "../../components/notice";
import { Reauthenticate } from "../../components/reauthenticate";
import { Section } from "../../components/section";
import { AddPasskey } from "./add-passkey.tsx";
import { PasskeyItem } from "./passkey-item.tsx";
import { usePasskeys } from "./use-passkeys.ts";

/** The person's passkeys, which sign votes; adding one requires signing in again. */
export function Passkeys() {
  const { listing, problem, proving, busy, add, remove, reload } = usePasskeys();
  if (listing.value === null) {
    if (problem.value === null) return <Loading what="your passkeys" />;
    return <Failed message={problem.value} retry={() => void reload()} />;
  }
  const { items, origins } = listing.value;
  const label = proving.value;
  return (
    <Section title="Passkeys">
      <p class="quiet">
        A passkey signs exactly the call you decide about, where policy asks for that. It proves that your device
        signed, with you at it; it cannot prove what your screen showed.
      </p>
      {items.length === 0 ? <p>You have none yet.</p> : null}
      <ul class="passkeys">
        {items.map((item) => (
          <PasskeyItem key={item.id} item={item} busy={busy.value} remove={() => void remove(item.id)} />
        ))}
      </ul>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      {label === null ? (
        <AddPasskey origins={origins} busy={busy.value} add={(name) => void add(name)} />
      ) : (
        <Reauthenticate
          purpose={{ kind: "passkeys" }}
          action="Confirm and add"
          proven={() => void add(label)}
          cancel={() => void (proving.value = null)}
        />
      )}
    </Section>
  );
}
