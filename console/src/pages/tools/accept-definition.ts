import { post } from "../../api/client.ts";
import type { DefinitionName } from "../../api/types.ts";

/** The digest is that of what is shown, and what is accepted. */
export type Acceptable = DefinitionName & { readonly digest: string };

export async function acceptDefinition({ server, kind, name, digest }: Acceptable): Promise<void> {
  await post("/api/tools/accept", { server, kind, name, digest });
}
