import { z } from "zod";

/** base64url without padding, as browsers send binary values in JSON. */
const binary = (most: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(most);

const credential = { id: binary(1400), rawId: binary(1400), type: z.literal("public-key") };

/** https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson, what is read of it */
export const registration = z.strictObject({
  ...credential,
  response: z.strictObject({
    clientDataJSON: binary(4000),
    attestationObject: binary(16_000),
    transports: z.array(z.string().max(20)).max(10),
  }),
});

/** https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson, what is read of it */
export const assertion = z.strictObject({
  ...credential,
  response: z.strictObject({
    clientDataJSON: binary(4000),
    authenticatorData: binary(4000),
    signature: binary(2000),
  }),
});

export type Registration = z.infer<typeof registration>;
export type Assertion = z.infer<typeof assertion>;

/** The challenge that the browser says was answered; "" when that is not readable. Only good to look it up by. */
export function challengeIn(clientDataJson: string): string {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJson, "base64url").toString()) as { challenge?: unknown };
    return typeof challenge === "string" ? challenge : "";
  } catch {
    return "";
  }
}
