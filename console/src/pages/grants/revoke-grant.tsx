import { post } from "../../api/client.ts";
import type { GrantRow } from "../../api/types.ts";
import { TwoSteps } from "../../components/two-steps";

/** Revokes a grant; the reason is kept with it. */
export function RevokeGrant({ grant, revoked }: { readonly grant: GrantRow; readonly revoked: () => void }) {
  return (
    <TwoSteps
      open="Revoke…"
      name="Revoke the grant"
      field="revoke-reason"
      needed="Say why: it is kept with the grant."
      button="Revoke, from the next call on"
      send={async (reason) => {
        await post(`/api/grants/${encodeURIComponent(grant.id)}/revoke`, { reason });
        revoked();
      }}
    />
  );
}
