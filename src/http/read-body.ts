import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { ExchangeError } from '../kit/exchange.ts';
import { bodyErrorOf, codeOf, sentence } from './exchange-failure.ts';

export interface BodyRead {
  readonly bytes: Buffer;
  /** How many were read. */
  readonly length: number;
  /** Whether `bytes` lacks the rest. */
  readonly truncated: boolean;
  readonly error: ExchangeError | null;
}

/** Takes bytes while they arrive. */
export type Sink = (chunk: Uint8Array) => void;

/** Of a body that somebody takes, so much is kept as well. */
const keptBeside = 64 * 1024;

/** More than anyone has a use for; each costs memory before the first byte is read. */
const mostCodings = 4;

/**
 * Reads a body and undoes its content codings (RFC 9110 section 8.4) while it arrives. Reading stops at `maxBytes` of
 * decoded body, so that neither an endless body nor a small one that decodes to a huge one takes memory. Never rejects:
 * what had been read is returned beside the error.
 *
 * @param contentEncoding - the header's value; gzip, br and deflate, stacked too, can be undone
 * @param sink - takes the decoded bytes; only their beginning is then returned
 */
export function readBody(
  source: Readable,
  contentEncoding: string,
  maxBytes: number,
  sink: Sink | null = null,
): Promise<BodyRead> {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  const unknown = codings.find((coding) => !decoders.has(coding));
  if (unknown !== undefined || codings.length > mostCodings) {
    const message =
      unknown === undefined
        ? `The body carries ${codings.length} content codings on top of each other; ${mostCodings} are undone.`
        : `The body's content coding "${unknown.slice(0, 100)}" is none that was asked for; it is shown as it came.`;
    return collect(source, [], maxBytes, sink, { kind: 'protocol', code: 'CONTENT_CODING', message });
  }
  // The coding applied last is named last, and undone first (RFC 9110 section 8.4).
  const stages = codings.reverse().flatMap((coding) => decoders.get(coding)?.() ?? []);
  return collect(source, stages, maxBytes, sink, null);
}

const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
]);

function collect(
  source: Readable,
  stages: readonly Transform[],
  maxBytes: number,
  sink: Sink | null,
  known: ExchangeError | null,
): Promise<BodyRead> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const most = sink === null ? maxBytes : keptBeside;
    let length = 0;
    let sourceBytes = 0;
    let error: ExchangeError | null = null;
    let done = false;

    const finish = (): void => {
      if (done) {
        return;
      }
      done = true;
      for (const stream of [source, ...stages]) {
        stream.destroy();
      }
      resolve({
        bytes: Buffer.concat(chunks),
        length,
        truncated: error !== null || length > most,
        error: error ?? known,
      });
    };
    /** Lets what is already on its way through the later stages arrive, so that a broken body is shown as far as it goes. */
    const breakOff = (stage: number, cause: ExchangeError): void => {
      error ??= cause;
      const next = stages[stage + 1];
      if (next === undefined) {
        finish();
      } else {
        next.end();
      }
    };

    for (const [index, stage] of stages.entries()) {
      stage.on('error', (thrown) => {
        if (sourceBytes === 0) {
          // HEAD, 204 and 304 name a coding and have no body.
          finish();
          return;
        }
        const message = `The body is not what its Content-Encoding says: ${sentence(thrown.message)}`;
        breakOff(index, { kind: 'protocol', code: codeOf(thrown), message });
        source.destroy();
      });
    }
    source.on('error', (thrown) => breakOff(-1, bodyErrorOf(thrown)));
    source.on('close', () => {
      if (!source.readableEnded) {
        breakOff(-1, bodyErrorOf(new Error('the connection was closed')));
      }
    });
    source.on('data', (chunk: Buffer) => {
      sourceBytes += chunk.length;
    });

    const last = stages.reduce<Readable>((upstream, stage) => upstream.pipe(stage), source);
    last.on('data', (chunk: Buffer) => {
      if (done) {
        return;
      }
      const room = maxBytes - length;
      const wanted = chunk.length > room ? chunk.subarray(0, room) : chunk;
      if (length < most) {
        chunks.push(wanted.subarray(0, most - length));
      }
      length += wanted.length;
      sink?.(wanted);
      if (chunk.length > room) {
        const message = `The body is larger than ${maxBytes} bytes; reading stopped there.`;
        error = { kind: 'too-large', code: 'BODY_LIMIT', message };
        finish();
      }
    });
    last.on('end', finish);
  });
}
