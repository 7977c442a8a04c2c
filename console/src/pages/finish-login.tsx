import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLocation } from "wouter";
import { messageOf, post } from "../api/client.ts";
import type { SessionView } from "../api/types.ts";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/notice.tsx";
import { signedIn } from "../state/session.ts";

export const callbackPath = "/login/callback";

/**
 * Where the provider sends people back to. What stands in the address is posted from here, by a page of this site,
 * so the browser adds the strict cookies that it kept from the redirect; and it leaves the address bar at once.
 */
export function FinishLogin() {
  const [, navigate] = useLocation();
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    const parameters = location.search;
    history.replaceState(null, "", callbackPath);
    post<SessionView & { return_to: string }>("/api/login/provider/finish", { parameters }).then(
      (answer) => {
        signedIn(answer);
        navigate(answer.return_to, { replace: true });
      },
      (thrown: unknown) => void (problem.value = messageOf(thrown)),
    );
  }, []);
  if (problem.value === null) return <Loading what="your session" />;
  return (
    <main class="login">
      <div class="login-box failed" role="alert">
        <h1>
          <Icon name="warn" /> The sign-in did not finish
        </h1>
        <p>{problem.value}</p>
        <a href="/">Begin again</a>
      </div>
    </main>
  );
}
