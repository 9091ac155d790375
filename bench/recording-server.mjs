/**
 * The reference server in a process of its own, and the requests it has been sent since it was last asked.
 * `recording-server.mjs FILE [MS]` writes a configuration for it, and answers each request so many milliseconds later.
 */
import { Agent, request as ask, createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { startServer, writeConfiguration } from '../build/src/server/index.js';

const [file, latencyMs = '0'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
let recorded = [];
let reference;
const proxy = createServer(async (incoming, outgoing) => {
  if (incoming.url === '/recorded') {
    outgoing.end(JSON.stringify(recorded));
    recorded = [];
    return;
  }
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method, url, headers } = incoming;
  const body = Buffer.concat(chunks);
  recorded.push({ method, url, headers, body: body.toString() });
  if (latencyMs !== '0') await wait(Number(latencyMs));
  const upstream = ask(`${reference.origin}${url}`, { method, headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  upstream.end(body);
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${proxy.address().port}`;
reference = await startServer({ baseUrl: origin });
await writeConfiguration(reference, file);
process.stdout.write(`${JSON.stringify({ origin, fhirBaseUrl: reference.fhirBaseUrl })}\n`);
