import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describePicture, inspectPicture, isAdvised, readDataUrl } from './logo.ts';

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
}

function png(width: number, height: number, colorType: number, ...more: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorType], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...more,
    chunk('IDAT', deflateSync('')),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const gif = Buffer.from('GIF89a\x10\x00\x20\x00', 'latin1');

describe('a picture is known by its first bytes', () => {
  it.each([
    ['a PNG with alpha', png(1024, 1024, 6), 'a PNG of 1024x1024', true],
    ['a grey PNG with alpha', png(1024, 1024, 4), 'a PNG of 1024x1024', true],
    [
      'a PNG with tRNS',
      png(1024, 1024, 3, chunk('PLTE', Buffer.alloc(3)), chunk('tRNS', Buffer.alloc(1))),
      'a PNG of 1024x1024',
      true,
    ],
    ['a PNG without', png(1024, 1024, 2), 'a PNG of 1024x1024 that is not transparent', false],
    ['a small PNG', png(64, 32, 6), 'a PNG of 64x32', false],
    ['a GIF', gif, 'a gif of 16x32', false],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'an SVG', true],
    [
      'an SVG with a prolog',
      Buffer.from(
        '\ufeff<?xml version="1.0"?>\n<!-- a > b -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n<svg:svg>',
      ),
      'an SVG',
      true,
    ],
    ['a page with an SVG in it', Buffer.from('<!doctype html><body><svg viewBox="0 0 1 1"/>'), 'a web page', false],
    ['other XML', Buffer.from('<?xml version="1.0"?><Error><svg width="1" height="1"></Error>'), 'no picture', false],
    ['a cut PNG', png(1024, 1024, 6).subarray(0, 12), 'no picture', false],
    ['nothing', Buffer.alloc(0), 'nothing', false],
  ])('%s', async (_, bytes, words, advised) => {
    const picture = await inspectPicture(bytes);
    expect(describePicture(picture)).toBe(words);
    expect(isAdvised(picture)).toBe(advised);
  });
});

describe('a data URL is read as browsers read it', () => {
  it.each([
    ['data:text/plain;base64,aGVsbG8=', 'hello'],
    ['data:text/plain;base64,aGVsbG8', 'hello'],
    ['DATA:image/svg+xml;utf8,<svg%20a="%23">', '<svg a="#">'],
    ['data:,100%', '100%'],
    ['data:,%C3%A9\u00e9', '\u00e9\u00e9'],
  ])('%s', (url, text) => {
    expect(Buffer.from(readDataUrl(url) ?? []).toString()).toBe(text);
  });

  it('and what is none is none', () => {
    expect(readDataUrl('https://example.org/a,b')).toBeNull();
    expect(readDataUrl('data:image/png;base64')).toBeNull();
  });
});
