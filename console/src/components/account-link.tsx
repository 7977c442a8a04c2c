import { Link } from "wouter";
import { session } from "../state/session";
import { Text } from "./text.tsx";

/** The signed-in person, as a link to their account. */
export function AccountLink() {
  const { user, roles } = session.value ?? { user: "", roles: [] };
  return (
    <Link href="/account" class="who" title={`Your account. Roles: ${roles.join(", ") || "none"}`}>
      <Text>{user}</Text>
    </Link>
  );
}
