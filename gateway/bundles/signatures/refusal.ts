import { BundleFailure } from "../failure.ts";

/** Why a bundle's signature does not make it the policy; for programs, beside the sentence. */
export type SignatureProblem =
  | "bundle_unsigned"
  | "signature_block_unreadable"
  | "signature_block_empty"
  | "signature_block_many"
  | "signature_malformed"
  | "signature_key_unnamed"
  | "signature_key_unknown"
  | "signature_algorithm_refused"
  | "signature_invalid"
  | "signature_not_current"
  | "signature_scope_wrong"
  | "signed_file_missing"
  | "file_not_signed"
  | "file_unverifiable"
  | "file_hash_refused"
  | "file_changed"
  | "bundle_older"
  | "bundle_order_lost"
  | "revision_reused";

/** A bundle that is refused because of its signature, or because of what was active before. */
export class SignatureRefusal extends BundleFailure {
  readonly problem: SignatureProblem;

  constructor(problem: SignatureProblem, message: string, cause?: unknown) {
    super("verify", message, [], cause);
    this.name = "SignatureRefusal";
    this.problem = problem;
  }
}
