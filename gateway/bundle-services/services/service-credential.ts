import type { Clock, Ids, Logger } from "../../domain/ports.ts";

/** A request as it is sent, without what proves who sends it. */
export interface UnprovenRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What requests to one service prove who asks with. */
export interface ServiceCredential {
  /** Headers to add. @throws Error that says what is missing and holds no secret */
  proofOf(request: UnprovenRequest): Promise<Readonly<Record<string, string>>>;
  /** The service answered 401 to a request with these. @returns whether another attempt would have others */
  refused(proof: Readonly<Record<string, string>>): boolean;
}

export interface CredentialDeps {
  /** The secret behind a reference; any other text as it is. @throws Error that names the reference */
  readonly secretIn: (text: string) => string;
  /** The text of a key behind a reference. @throws Error that names the reference */
  readonly keyText: (reference: string) => string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}
