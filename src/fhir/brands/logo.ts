/** What the first bytes of a picture say of it. */
export type Picture =
  | { readonly kind: 'svg' }
  | { readonly kind: 'png'; readonly width: number; readonly height: number; readonly transparent: boolean }
  | { readonly kind: 'other'; readonly type: string; readonly width: number; readonly height: number }
  | { readonly kind: 'none'; readonly instead: string };

/** Bytes of a picture that tell what it is. */
export const enoughOfPicture = 256 * 1024;

/** @param bytes - the picture, or its beginning */
export async function inspectPicture(bytes: Uint8Array): Promise<Picture> {
  if (isSvg(bytes)) return { kind: 'svg' };
  const { imageSize } = await import('image-size');
  try {
    const { width, height, type = 'unknown' } = imageSize(bytes);
    if (type === 'png') return { kind: 'png', width, height, transparent: isTransparent(bytes) };
    // Of formats without a signature the library takes nearly anything for one.
    if (type !== 'svg' && width > 0 && height > 0) return { kind: 'other', type, width, height };
  } catch {
    // What the library does not know is no picture that a browser shows.
  }
  const text = Buffer.from(bytes.subarray(0, 200)).toString('latin1').trimStart();
  const isPage = /^<(!doctype html|html|head|body)\b/i.test(text);
  return { kind: 'none', instead: bytes.length === 0 ? 'nothing' : isPage ? 'a web page' : 'no picture' };
}

/** Whether the root element is svg; the library would find one inside a web page, and wants it to have a size. */
function isSvg(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.subarray(0, 16 * 1024)).toString('utf8');
  const root = text.replace(
    /^\uFEFF?\s*(?:<\?[^>]*\?>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE\s+[^[>]*(?:\[[\s\S]*?\]\s*)?>\s*)*/i,
    '',
  );
  return /^<(?:[\w.-]+:)?svg[\s>/]/.test(root);
}

/** Whether a PNG can be transparent: by its colour type, or a tRNS chunk, which comes before the first IDAT. */
function isTransparent(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const colorType = bytes[25];
  if (colorType === 4 || colorType === 6) return true;
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    if (type === 'tRNS') return true;
    if (type === 'IDAT') return false;
  }
  return false;
}

/** Whether the guide would have it: an SVG, or a transparent PNG of 1024 by 1024. */
export function isAdvised(picture: Picture): boolean {
  return picture.kind === 'svg' || (picture.kind === 'png' && picture.transparent && is1024(picture));
}

export function describePicture(picture: Picture): string {
  switch (picture.kind) {
    case 'svg':
      return 'an SVG';
    case 'png':
      return `a PNG of ${picture.width}x${picture.height}${picture.transparent ? '' : ' that is not transparent'}`;
    case 'other':
      return `a ${picture.type} of ${picture.width}x${picture.height}`;
    case 'none':
      return picture.instead;
  }
}

function is1024({ width, height }: { width: number; height: number }): boolean {
  return width === 1024 && height === 1024;
}

/**
 * The beginning of what a data URL (RFC 2397) holds; null when it is none. Lenient as browsers are: the guide's own
 * example has an unescaped `;utf8` and quotes.
 */
export function readDataUrl(url: string): Uint8Array | null {
  const match = /^data:([^,]*),/i.exec(url);
  if (!match) return null;
  const content = url.slice(match[0].length, match[0].length + 2 * enoughOfPicture);
  if (/;\s*base64\s*$/i.test(match[1] ?? ''))
    return Buffer.from(content.replace(/%3D|%2B|%2F/gi, decodeURIComponent), 'base64');
  const bytes = Buffer.from(content);
  const decoded: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const hex = bytes[at] === 0x25 ? bytes.toString('latin1', at + 1, at + 3) : '';
    if (/^[0-9a-f]{2}$/i.test(hex)) at += 2;
    decoded.push(hex !== '' && /^[0-9a-f]{2}$/i.test(hex) ? Number.parseInt(hex, 16) : (bytes[at] ?? 0));
  }
  return Uint8Array.from(decoded);
}
