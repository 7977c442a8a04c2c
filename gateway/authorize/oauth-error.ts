/** Every error that OAuth answers carry here, with the HTTP status where it is answered in JSON. */
const statuses = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  access_denied: 403,
  login_required: 400,
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  temporarily_unavailable: 503,
  server_error: 500,
} as const;

export type OauthCode = keyof typeof statuses;

/**
 * Why a client does not get what it asks for (RFC 6749 §4.1.2.1 and §5.2, RFC 7591 §3.2.2, RFC 8707 §2, RFC 9449 §5,
 * OpenID Connect Core 1.0 §3.1.2.6). The message
 * is told to the client and to people: plain ASCII, nothing secret.
 */
export class OauthError extends Error {
  override readonly name = "OauthError";
  readonly code: OauthCode;
  readonly status: number;
  /** Seconds after which the same may succeed; null when nobody can tell. */
  readonly retryAfterS: number | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: OauthCode,
    message: string,
    options: {
      status?: number;
      retryAfterS?: number;
      headers?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? statuses[code];
    this.retryAfterS = options.retryAfterS ?? null;
    this.headers = options.headers ?? {};
  }
}
