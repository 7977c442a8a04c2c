import { asRefusal } from "../../../gateway/domain/errors.ts";
import type { Route } from "../../../gateway/domain/route.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import type { ClientCertificate } from "../../../gateway/identify/certificate/trust.ts";
import { provePossession } from "../../../gateway/identify/create-identify.ts";
import type { VerifiedToken } from "../../../gateway/identify/token/verify-token.ts";
import { origin, request, route, trustedIssuer } from "./fixtures.ts";

const iss = "https://idp.example";
const [jkt, x5t, other] = ["j".repeat(43), "x".repeat(43), "o".repeat(43)];
const dpopKey = { jkt, x5t: null };
const certificate = { jkt: null, x5t };

interface Case {
  readonly scheme?: "bearer" | "dpop";
  readonly binding: VerifiedToken["binding"];
  /** Of the connection. */
  readonly shown?: Partial<ClientCertificate> | null;
  readonly clientCa?: boolean;
  readonly proof?: string;
  readonly at?: Route;
  readonly publicOrigin?: string | null;
}

/** "accepted", or the code of the refusal; a proof is always a good one here. */
async function outcome(one: Case): Promise<string> {
  const { scheme = "bearer", shown = null, clientCa = false, publicOrigin = origin } = one;
  const token: VerifiedToken = {
    subject: { issuer: iss, id: "refund-bot" } as Subject,
    issuer: trustedIssuer(iss, ""),
    scheme,
    binding: one.binding,
    key: null,
    ath: "",
    holds: () => true,
  };
  const held = shown === null ? null : ({ x5t, authorized: true, weakness: null, ...shown } as ClientCertificate);
  const deps = {
    proofs: { check: () => Promise.resolve(false), nonce: () => "" },
    originOf: () => publicOrigin,
    clientCertificate: () => held,
    clientCa,
  };
  const raw = ["Authorization", "x", ...(one.proof === undefined ? [] : ["DPoP", one.proof])];
  try {
    await provePossession(request("x", raw), token, { route: one.at ?? route([iss]), mayOmitAth: false }, deps);
    return "accepted";
  } catch (thrown) {
    return asRefusal(thrown).code;
  }
}

const strict = route([iss], { proof: { required: true, dpopNonce: null } });

test.each<[string, Case, string]>([
  ["a bearer token", { binding: null }, "accepted"],
  ["a bearer token where proof is required", { binding: null, at: strict }, "token_proof_required"],
  ["a bearer token beside a proof", { binding: null, proof: "p" }, "credential_malformed"],
  ["a bearer token sent as DPoP", { binding: null, scheme: "dpop" }, "proof_key"],
  ["a DPoP token", { binding: dpopKey, scheme: "dpop", proof: "p" }, "accepted"],
  ["a DPoP token sent as Bearer", { binding: dpopKey }, "token_proof_missing"],
  [
    "a DPoP token before the public address is known",
    { binding: dpopKey, scheme: "dpop", publicOrigin: null },
    "internal",
  ],
  ["a certificate's token with its certificate", { binding: certificate, shown: {} }, "accepted"],
  ["a certificate's token where proof is required", { binding: certificate, shown: {}, at: strict }, "accepted"],
  ["a certificate's token without certificate", { binding: certificate }, "token_proof_missing"],
  ["a certificate's token with another certificate", { binding: certificate, shown: { x5t: other } }, "proof_key"],
  [
    "a certificate's token with a weak key",
    { binding: certificate, shown: { weakness: "short" } },
    "certificate_invalid",
  ],
  ["a certificate's token sent as DPoP", { binding: certificate, shown: {}, scheme: "dpop" }, "proof_key"],
  ["a self-signed certificate", { binding: certificate, shown: { authorized: false } }, "accepted"],
  [
    "a self-signed certificate where an authority is configured",
    { binding: certificate, shown: { authorized: false }, clientCa: true },
    "certificate_invalid",
  ],
  ["a token bound to both, with the proof alone", { binding: { jkt, x5t }, scheme: "dpop" }, "token_proof_missing"],
  ["a token bound to both, with both", { binding: { jkt, x5t }, scheme: "dpop", shown: {} }, "accepted"],
])("decides about %s", async (_, one, expected) => {
  expect(await outcome(one)).toBe(expected);
});
