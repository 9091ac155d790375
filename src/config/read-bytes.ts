import { open, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isRecord } from '../kit/index.ts';
import { nearest } from '../kit/nearest.ts';
import { suggestion } from './wording.ts';

/** Bytes; more than any bundle of certificates that systems come with. */
const largest = 4 * 1024 * 1024;

const problems: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder; expected a file',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (permission denied)',
  ELOOP: 'is a symbolic link that leads back to itself',
  ENOTDIR: 'no such file: a part of its path is a file, not a folder',
  ENAMETOOLONG: 'no such file: the name is too long',
};

/** What a file holds, or in words why it cannot be had. Never rejects. Also reads pipes such as /dev/stdin. */
export async function readBytes(path: string): Promise<{ readonly bytes: Buffer } | { readonly problem: string }> {
  try {
    const handle = await open(path);
    try {
      const chunks: Buffer[] = [];
      let total = 0;
      for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })) {
        chunks.push(chunk);
        total += chunk.length;
        if (total > largest) return { problem: `is larger than ${largest / 1024 / 1024} MiB` };
      }
      return { bytes: Buffer.concat(chunks) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { problem: await problemOf(error, path) };
  }
}

/** Why a file that is too large to be held cannot be read, in words; null when it can. Takes no bytes of a pipe. */
export async function whyNotReadable(path: string): Promise<string | null> {
  try {
    const handle = await open(path);
    try {
      return (await handle.stat()).isDirectory() ? (problems.EISDIR ?? null) : null;
    } finally {
      await handle.close();
    }
  } catch (error) {
    return problemOf(error, path);
  }
}

async function problemOf(error: unknown, path: string): Promise<string> {
  const code = isRecord(error) && typeof error.code === 'string' ? error.code : String(error);
  return code === 'ENOENT' ? missing(path) : (problems[code] ?? `cannot be read (${code})`);
}

async function missing(path: string): Promise<string> {
  try {
    return `no such file${suggestion(nearest(basename(path), await readdir(dirname(path))))}`;
  } catch {
    return 'no such file: its folder does not exist';
  }
}
