/** Signs JWTs as a CI system or a cluster does. */
import { exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export interface TestIssuer {
  /** PEM. */
  readonly publicKey: string;
  sign(claims: JWTPayload): Promise<string>;
}

export async function jwtIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  return {
    publicKey: await exportSPKI(publicKey),
    sign: (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "ES256" }).setIssuedAt().setExpirationTime("1h").sign(privateKey),
  };
}
