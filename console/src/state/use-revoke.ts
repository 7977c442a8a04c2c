import { useSignal } from "@preact/signals";
import { ApiProblem, messageOf, post } from "../api/client.ts";
import type { FoundRevocation, MadeRevocation, RevocationKind } from "../api/types.ts";
import { doneText, endedText, namedByText } from "../text/endings.ts";
import { loadRevocations } from "./revocations";

export interface EndRequest {
  readonly kind: RevocationKind;
  readonly issuer?: string | null;
  readonly target?: string;
  readonly reason: string;
  /** Seconds after which it ends by itself; absent: never. */
  readonly for?: number;
  /** Revoke even when no known subject has this id. */
  readonly anyway?: boolean;
}

/** Revokes access and lifts revocations; keeps the gateway's answer. */
export function useRevoke() {
  const problem = useSignal<string | null>(null);
  /** No known subject has the given id. */
  const unmatched = useSignal(false);
  const busy = useSignal(false);
  const done = useSignal<string | null>(null);

  async function attempt(work: () => Promise<string>): Promise<boolean> {
    problem.value = null;
    unmatched.value = false;
    done.value = null;
    busy.value = true;
    try {
      const said = await work();
      await loadRevocations(false).catch(() => null);
      done.value = said;
      return true;
    } catch (thrown) {
      problem.value = messageOf(thrown);
      unmatched.value = thrown instanceof ApiProblem && thrown.code === "revocation_unmatched";
      return false;
    } finally {
      busy.value = false;
    }
  }

  return {
    problem,
    unmatched,
    busy,
    done,
    async end(request: EndRequest): Promise<boolean> {
      if (request.reason.trim() !== "") return attempt(() => endAccess(request));
      problem.value = "Say why: it is kept, and shown to whoever looks for the cause.";
      return false;
    },
    /** What it would end; nothing is ended. */
    look: ({ kind, target, issuer = null }: EndRequest) => attempt(() => lookAt({ kind, target, issuer })),
    lift: (id: string) =>
      attempt(async () => {
        await post<null>(`/api/revocations/${encodeURIComponent(id)}/lift`, {});
        return "Access is given back.";
      }),
  };
}

async function endAccess(request: EndRequest): Promise<string> {
  return doneText(await post<MadeRevocation>("/api/revocations", request));
}

async function lookAt(target: object): Promise<string> {
  const { matched, known, named_by } = await post<FoundRevocation>("/api/revocations/preview", target);
  if (!known) return "Nothing is known by that name.";
  return [`It would end ${endedText(matched)}.`, namedByText(named_by) ?? ""].join(" ").trim();
}
