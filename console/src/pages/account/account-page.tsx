import { Link } from "wouter";
import { session } from "../../state/session.ts";
import { Fact, Facts } from "../../components/facts";
import { Section } from "../../components/section";
import { Text } from "../../components/text";
import { Passkeys } from "./passkeys.tsx";

/** The signed-in person, their roles, and their passkeys. */
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
      <Section title="Accounts elsewhere">
        <p>
          <Link href="/connected-accounts">Connected accounts</Link>
        </p>
        <p class="quiet">Your own accounts at other services, which agents use for what they do for you.</p>
      </Section>
      <Passkeys />
    </div>
  );
}
