/** The part of the WebAssembly JavaScript interface in use; TypeScript has it only together with a browser's globals (https://webassembly.github.io/spec/js-api/). */
declare namespace WebAssembly {
  type Exports = Record<string, unknown>;
  type Imports = Record<string, Record<string, unknown>>;

  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    static exports(module: Module): { readonly name: string }[];
  }

  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Exports;
  }

  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBuffer;
    /** @returns the size before, in pages @throws RangeError at the maximum */
    grow(pages: number): number;
  }

  interface Global {
    value: number;
  }

  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
