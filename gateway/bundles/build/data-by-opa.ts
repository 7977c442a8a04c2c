import { join } from "node:path";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";
import { isNamed, unpackEntries } from "../archive/entries.ts";
import type { SourceFile } from "../sources.ts";
import { type OpaCommand, opaFor, runOpa } from "./opa.ts";
import { writeSources } from "./write-sources.ts";

/**
 * The bytes of data.json that OPA makes of these data files. How OPA reads YAML, it alone knows, and which files of one folder contradict
 * one another. @throws BundleFailure
 */
export function dataByOpa(opa: OpaCommand, files: readonly SourceFile[]): Promise<Buffer> {
  return inTemporaryFolder("sallyport-data-", async (workspace) => {
    const [source, archive] = [join(workspace, "data"), join(workspace, "data.tar.gz")];
    await writeSources(files, source);
    await runOpa(opaFor(files, opa), ["build", "--bundle", "--output", archive, "."], source, "compile");
    const entries = await unpackEntries(archive);
    return entries.find(({ header }) => isNamed(header, "data.json"))?.bytes ?? Buffer.from("{}");
  });
}
