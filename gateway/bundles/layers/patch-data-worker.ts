import { parentPort, workerData } from "node:worker_threads";
import { defaultsFirst, mergedAt, readFragment } from "../data/fragments.ts";
import { patchedData, type PatchOperation, UnfitPatch } from "./patch-data.ts";

/** What the worker is given: data files of a bundle, and the operations to apply to all of them together. */
export interface DataToPatch {
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly operations: readonly PatchOperation[];
}

/** JSON, or why an operation does not fit. */
export type PatchedText = { readonly text: string } | { readonly problem: string };

function patched({ files, operations }: DataToPatch): PatchedText {
  const fragments = files.map(({ path, bytes }) => readFragment({ path, bytes: Buffer.from(bytes) }));
  try {
    return { text: JSON.stringify(patchedData(mergedAt(defaultsFirst(fragments), []) ?? {}, operations)) };
  } catch (failure) {
    if (failure instanceof UnfitPatch) return { problem: failure.message };
    throw failure;
  }
}

/** Runs in a worker thread: data may be megabytes, and the main thread serves requests. */
parentPort?.postMessage(patched(workerData as DataToPatch));
