import { writeFile } from 'node:fs/promises';
import { check } from '../../index.ts';
import { lookTheDayBefore } from '../look-the-day-before.ts';
import { noProxy, withReferenceServer } from '../with-reference-server.ts';
import { makeRecipes } from './make-recipes.ts';

/** Checks the reference server and writes down how each of its tests asks. */
export async function writeRecipes(file: string): Promise<void> {
  await withReferenceServer({}, async (reference) => {
    const { configuration, time } = reference;
    const memory = await lookTheDayBefore(reference, { suite: [], test: [] });
    const { report, dispose } = await check({ configuration, memory, time, env: noProxy });
    try {
      const { requests, recipes } = makeRecipes(report, configuration);
      // A line each, so that a change shows as what it is.
      const lines = (values: readonly unknown[]) => values.map((value) => `    ${JSON.stringify(value)}`).join(',\n');
      await writeFile(
        file,
        `{\n  "requests": [\n${lines(requests)}\n  ],\n  "recipes": [\n${lines(recipes)}\n  ]\n}\n`,
      );
    } finally {
      await dispose();
    }
  });
}
