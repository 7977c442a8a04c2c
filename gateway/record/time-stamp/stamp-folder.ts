import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { syncFolder, TreeFolder, writeAside } from "../tree/tree-folder.ts";

/** In the folder of the tree: checkpoints, each with the answer of the authority that has stamped it. */
const folderName = "time-stamps";

/** A checkpoint of so many lines, as it was stamped, and the answer (RFC 3161 TimeStampResp, DER). */
export interface KeptStamp {
  readonly size: number;
  readonly checkpoint: Buffer;
  readonly response: Buffer;
}

/** `<size>.checkpoint` and `<size>.tsr`, as `openssl ts -verify -data … -in …` takes them. */
export class StampFolder {
  readonly #path: string;

  /** @param dir folder of the log */
  constructor(dir: string) {
    this.#path = join(new TreeFolder(dir).path, folderName);
  }

  /** Sizes of the checkpoints that have a stamp, smallest first. */
  sizes(): number[] {
    if (!existsSync(this.#path)) return [];
    return readdirSync(this.#path)
      .flatMap((name) => /^(\d{1,16})\.tsr$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((one, other) => one - other);
  }

  /** @throws when one of its files cannot be read */
  read(size: number): KeptStamp {
    return {
      size,
      checkpoint: readFileSync(this.#file(size, "checkpoint")),
      response: readFileSync(this.#file(size, "tsr")),
    };
  }

  /** The answer last: what has one has its checkpoint. */
  keep({ size, checkpoint, response }: KeptStamp): void {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    writeAside(this.#file(size, "checkpoint"), checkpoint);
    writeAside(this.#file(size, "tsr"), response);
    syncFolder(this.#path);
  }

  #file(size: number, suffix: string): string {
    return join(this.#path, `${size}.${suffix}`);
  }
}
