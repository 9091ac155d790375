import { crc32, deflateSync } from 'node:zlib';
import type { Endpoint } from '../endpoint.ts';
import { json } from '../responses.ts';

const svg =
  '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><path d="M16 80V16h16v24h32V16h16v64H64V56H32v24z" fill="#135"/></svg>\n';

/** The brands' logos, an SVG and a PNG. */
export function brandLogosEndpoint(): Endpoint {
  return {
    name: 'brand-logos',
    paths: ['/brands/logos/:file{(harbour-clinic\\.svg|lighthouse-laboratory\\.png)}'],
    methods: {
      GET: ({ req }) =>
        req.path.endsWith('.svg')
          ? new Response(svg, { headers: { 'content-type': 'image/svg+xml' } })
          : new Response(png({ size: 1024, transparent: true }), { headers: { 'content-type': 'image/png' } }),
    },
    refuse: (status, text) => json({ error: text }, { status }),
  };
}

/** A square of one colour; a palette keeps it small (PNG, section 11). */
export function png({ size, transparent }: { size: number; transparent: boolean }): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([1, 3], 8);
  const row = Math.ceil(size / 8) + 1;
  return Uint8Array.from(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      chunk('PLTE', Buffer.from([0x11, 0x33, 0x55])),
      ...(transparent ? [chunk('tRNS', Buffer.from([0]))] : []),
      chunk('IDAT', deflateSync(Buffer.alloc(row * size))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
