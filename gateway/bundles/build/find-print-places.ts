import { inTemporaryFolder } from "../../lib/temporary-folder.ts";
import { asFailure, TransientFailure } from "../failure.ts";
import { parsedWithPlaces } from "../rule-checks/modules.ts";
import { type PrintPlace, type PrintPlacesAnswer, type PrintPlacesRequest, printPlacesIn } from "./print-places.ts";

async function answer({ opa, modules }: PrintPlacesRequest, workspace: string): Promise<PrintPlacesAnswer> {
  const places: Record<string, readonly PrintPlace[]> = {};
  for (const module of modules) {
    try {
      places[module.file] = printPlacesIn({ tree: await parsedWithPlaces(opa, module, workspace) });
    } catch (error) {
      const failure = asFailure(error, "compile");
      if (failure instanceof TransientFailure) return { failure: failure.message };
      // It does not parse: the build that follows says why.
    }
  }
  return { places };
}

/** The places of all `print` calls of a policy. Syntax trees are large, so that it runs on the build thread. */
export async function findPrintPlaces(request: PrintPlacesRequest): Promise<PrintPlacesAnswer> {
  try {
    return await inTemporaryFolder("sallyport-prints-", (workspace) => answer(request, workspace));
  } catch (error) {
    const failure = asFailure(error, "compile");
    if (failure instanceof TransientFailure) return { failure: failure.message };
    throw failure;
  }
}
