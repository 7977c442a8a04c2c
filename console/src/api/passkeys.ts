/** The browser's side of WebAuthn: binary values travel as base64url (https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON). */

interface Descriptor {
  readonly id: string;
  readonly transports?: AuthenticatorTransport[];
}

export interface CreationOptions {
  readonly rp: PublicKeyCredentialRpEntity;
  readonly pubKeyCredParams: PublicKeyCredentialParameters[];
  readonly challenge: string;
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly excludeCredentials: readonly Descriptor[];
}

export interface RequestOptions {
  readonly challenge: string;
  readonly allowCredentials: readonly Descriptor[];
}

/** Makes a new key on a device that the person chooses. @throws Error with a sentence for people */
export async function createPasskey(options: CreationOptions): Promise<object> {
  const publicKey: PublicKeyCredentialCreationOptions = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map(descriptor),
  };
  const made = await credential(() => navigator.credentials.create({ publicKey }));
  const answer = made.response as AuthenticatorAttestationResponse;
  const { clientDataJSON, attestationObject } = answer;
  const response = {
    clientDataJSON: text(clientDataJSON),
    attestationObject: text(attestationObject),
    transports: answer.getTransports(),
  };
  return { id: made.id, rawId: made.id, type: made.type, response };
}

/** Signs with one of the person's keys. @throws Error with a sentence for people */
export async function signWithPasskey(options: RequestOptions): Promise<object> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: options.allowCredentials.map(descriptor),
  };
  const made = await credential(() => navigator.credentials.get({ publicKey }));
  const { clientDataJSON, authenticatorData, signature } = made.response as AuthenticatorAssertionResponse;
  const response = {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
  };
  return { id: made.id, rawId: made.id, type: made.type, response };
}

async function credential(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!("PublicKeyCredential" in globalThis)) throw new Error("This browser knows no passkeys.");
  try {
    const made = await ask();
    if (made !== null) return made as PublicKeyCredential;
  } catch (thrown) {
    throw new Error(sentences[(thrown as DOMException).name] ?? messageFor(thrown), { cause: thrown });
  }
  throw new Error("No passkey was given.");
}

const sentences: Readonly<Record<string, string>> = {
  NotAllowedError: "No passkey was used: it was cancelled, took too long, or none of yours is on this device.",
  InvalidStateError: "This device has a passkey of yours already.",
  SecurityError: "Passkeys do not work at this address.",
};

function messageFor(thrown: unknown): string {
  return `The passkey could not be used: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}

function descriptor({ id, transports = [] }: Descriptor): PublicKeyCredentialDescriptor {
  return { type: "public-key", id: bytes(id), transports };
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
