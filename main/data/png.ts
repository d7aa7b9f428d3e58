// Pixels as a PNG file.

/** @param pixels [height · width · 4], red, green, blue, alpha */
export async function encodePng(
  pixels: Uint8Array | Uint8ClampedArray,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const { Transformer } = await import('@napi-rs/image');
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return await Transformer.fromRgbaPixels(bytes, width, height).png();
}
