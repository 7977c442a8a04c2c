import { session } from "../../state/session.ts";
import { Fact, Facts } from "../../parts/facts.tsx";
import { Section } from "../../parts/section.tsx";
import { Text } from "../../parts/text.tsx";
import { Passkeys } from "./passkeys.tsx";

/** Who is signed in, with what rights, and the keys that vote in their name. */
export function AccountPage() {
  const { user, roles, method } = session.value ?? { user: "", roles: [], method: "password" };
  return (
    <div class="account">
      <h1>Your account</h1>
      <Section title="You">
        <Facts>
          <Fact name="Name">
            <Text>{user}</Text>
          </Fact>
          <Fact name="Roles">{roles.length === 0 ? "none" : <Text>{roles.join(", ")}</Text>}</Fact>
          <Fact name="Signed in">
            {method === "oidc" ? "at the identity provider" : "with a password of this gateway"}
          </Fact>
        </Facts>
      </Section>
      <Passkeys />
    </div>
  );
}
