import { X509Certificate } from 'node:crypto';
import { UsageError } from '../kit/unobtainable.ts';

/**
 * Checks that a text holds PEM certificates: Node ignores in silence what it cannot read.
 *
 * @throws UsageError
 */
export function checkPem(text: string): void {
  const blocks = text.match(/-----BEGIN [A-Z ]*CERTIFICATE-----[^-]+-----END [A-Z ]*CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    throw new UsageError('the CA file holds no PEM certificate (-----BEGIN CERTIFICATE-----)');
  }
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (thrown) {
      throw new UsageError(
        `a certificate in the CA file cannot be read: ${thrown instanceof Error ? thrown.message : ''}`,
      );
    }
  }
}
