import { seed } from './artifact.ts';
import type { Configuration } from './configuration.ts';
import type { HttpClient } from './http-client.ts';

/** What the kit knows of the target before it sends anything. */
export const configuration = seed<Configuration>()('configuration');

/** The recording HTTP client. */
export const http = seed<HttpClient>()('http');
