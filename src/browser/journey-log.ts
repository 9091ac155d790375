import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JourneyRecord } from '../kit/index.ts';
import type { JourneyOutcome } from './journey.ts';

/** The journeys of a run as the report has them, with the pictures of their pages. */
export interface JourneyLog {
  readonly records: readonly JourneyRecord[];
  add(outcome: JourneyOutcome, startedAt: Date): Promise<void>;
  /**
   * @param file - as a record names it
   * @returns null where there is none
   */
  picture(file: string): Uint8Array | null;
}

interface JourneyLogOptions {
  /** Where pictures are kept, in a folder `attachments`; none are unless given. */
  readonly folder: string | undefined;
  /** Takes out secrets: a page may show what was sent to it. */
  readonly redact: (text: string) => string;
}

export function createJourneyLog({ folder, redact }: JourneyLogOptions): JourneyLog {
  const records: JourneyRecord[] = [];
  let count = 0;

  /** @returns its name relative to the report; null where it is not kept */
  const keep = async (picture: Uint8Array | null): Promise<string | null> => {
    if (folder === undefined || picture === null) return null;
    count += 1;
    const file = `attachments/page-${String(count).padStart(4, '0')}.jpg`;
    await mkdir(join(folder, 'attachments'), { recursive: true });
    await writeFile(join(folder, file), picture);
    return file;
  };

  return {
    records,
    async add(outcome, startedAt) {
      const durationMs = Date.now() - startedAt.getTime();
      const pictures = await Promise.all(
        outcome.strip.map(async ({ title, jpeg }) => ({ title: redact(title), file: await keep(jpeg) })),
      );
      records.push({
        startedAt: startedAt.toISOString(),
        durationMs,
        outcome: outcome.kind,
        ...(outcome.kind === 'stopped' && { cause: outcome.cause, message: redact(outcome.message) }),
        exchanges: outcome.exchanges.map(({ id }) => id),
        pictures,
      });
    },
    picture(file) {
      try {
        return folder === undefined ? null : readFileSync(join(folder, file));
      } catch {
        return null;
      }
    },
  };
}
