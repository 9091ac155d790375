/** Sends the requests of a file with bare undici, as many at once as smart-check runs tests, and reads the answers. */
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

const [origin, file] = process.argv.slice(2);
const requests = JSON.parse(readFileSync(file, 'utf8')).values();
const pool = new Pool(origin, { connections: 8 });
const own = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);
const worker = async () => {
  for (const { method, url, headers, body } of requests) {
    const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name)));
    const { body: answer } = await pool.request({ path: url, method, headers: sent, ...(body && { body }) });
    await answer.text();
  }
};
await Promise.all(Array.from({ length: 8 }, worker));
await pool.close();
