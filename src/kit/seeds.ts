import { seed } from './artifact.ts';
import type { Configuration } from './configuration.ts';
import type { HttpClient } from './http-client.ts';
import type { Memory } from './memory.ts';
import type { Time } from './time.ts';

/** What the kit knows of the target before it sends anything. */
export const configuration = seed<Configuration>()('configuration');

/** The recording HTTP client. */
export const http = seed<HttpClient>()('http');

/** Tells whoever watches the run how far something long has come. */
export const progress = seed<(message: string) => void>()('progress');

/** What `--state` keeps between runs; null without it. */
export const stateFile = seed<Memory | null>()('stateFile');

/** Waits; a test does so for no longer than the configuration's `patience`. */
export const time = seed<Time>()('time');
