import { z } from "zod";
import { awsCredential } from "./credentials/aws.ts";
import { clientCredentialsCredential } from "./credentials/client-credentials.ts";
import { idJagCredential } from "./credentials/id-jag.ts";
import { personCredential } from "./credentials/person.ts";
import { signedJwtCredential } from "./credentials/signed-jwt.ts";
import { staticCredential } from "./credentials/static.ts";
import { tokenExchangeCredential } from "./credentials/token-exchange.ts";
import { vaultCredential } from "./credentials/vault.ts";
import { name } from "./values.ts";

/** One for each provider. */
const kinds = [
  staticCredential,
  clientCredentialsCredential,
  tokenExchangeCredential,
  idJagCredential,
  signedJwtCredential,
  vaultCredential,
  awsCredential,
  personCredential,
] as const;

export const credentialSchema = z.discriminatedUnion("provider", kinds);

export const credentialsSchema = z
  .record(name(), credentialSchema)
  .prefault({})
  .describe(
    "The gateway's own credentials towards tool servers, by name. A caller's own credential is never forwarded. See credentials.md.",
  );
