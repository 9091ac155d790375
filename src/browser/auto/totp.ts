import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Computes the one-time password of a moment (RFC 6238: SHA-1, six digits, steps of thirty seconds).
 *
 * @param secret - in base32 (RFC 4648 section 6), as authenticator apps take it; spaces and case do not matter
 * @param time - milliseconds since the epoch
 */
export function oneTimePassword(secret: string, time: number): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)));
  const digest = createHmac('sha1', bytesOf(secret)).update(message).digest();
  // RFC 4226 section 5.3: the last four bits say where the number begins.
  const offset = (digest.at(-1) ?? 0) & 0xf;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

function bytesOf(secret: string): Buffer {
  const bits = [...secret.toUpperCase()]
    .map((letter) => alphabet.indexOf(letter))
    .filter((number) => number >= 0)
    .map((number) => number.toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
