// The part of WebAssembly's interface that is used here: Node has it, its types of version 20 leave it out.
declare namespace WebAssembly {
  class Memory {
    constructor(pages: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
  }
}
