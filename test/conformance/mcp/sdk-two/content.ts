/** A red point, and a sound of no length. */
export const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
export const wav = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

export const text = (value: string) => ({ type: "text" as const, text: value });
export const image = { type: "image" as const, data: png, mimeType: "image/png" };
export const audio = { type: "audio" as const, data: wav, mimeType: "audio/wav" };

export function embedded(uri: string, value: string, mimeType = "text/plain") {
  return { type: "resource" as const, resource: { uri, mimeType, text: value } };
}
