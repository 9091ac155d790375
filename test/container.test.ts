import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

/** What a build of the image or a run of the action would trip over: neither is done here. */
const textOf = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const { engines, bin, scripts }: { engines: { node: string }; bin: object; scripts: object } = JSON.parse(
  textOf('package.json'),
);
const oldestNode = Number(/(\d+)\./.exec(engines.node)?.[1]);

it('the container file names one Node that will do, files that are there, and a user and a browser that it makes', () => {
  const dockerfile = textOf('Dockerfile');
  const images = [...dockerfile.matchAll(/^FROM (node:(\d+)-\S+)/gm)];
  expect(new Set(images.map(([, image]) => image)).size).toBe(1);
  expect(Number(images[0]?.[2])).toBeGreaterThanOrEqual(oldestNode);
  for (const [, files = ''] of dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)) {
    for (const file of files.split(' ')) expect(existsSync(new URL(`../${file}`, import.meta.url)), file).toBe(true);
  }
  expect(JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]')).toEqual(['tini', '--', ...Object.keys(bin)]);
  expect(dockerfile).toMatch(/apt-get install .*\btini\b/);
  expect(dockerfile).toMatch(new RegExp(`useradd .* ${/^USER (\S+)$/m.exec(dockerfile)?.[1]} `));
  expect(dockerfile).toContain(`> ${/SMART_CHECK_BROWSER=(\S+)/.exec(dockerfile)?.[1]} `);
  expect(textOf('.dockerignore').split('\n')).toEqual(
    expect.arrayContaining(['node_modules', 'build', 'dist', '.git']),
  );
});

it('the action names a Node that will do, inputs that it has, and files and scripts that are there', () => {
  const text = textOf('action.yml');
  const { inputs, runs }: { inputs: object; runs: { steps: { with?: Record<string, string> }[] } } = parse(text);
  const node = runs.steps.map((step) => step.with?.['node-version']).find(Boolean);
  expect(Number(node)).toBeGreaterThanOrEqual(oldestNode);
  for (const [, input = ''] of text.matchAll(/inputs\.([\w-]+)/g)) expect(Object.keys(inputs)).toContain(input);
  for (const [, file = ''] of text.matchAll(/\$GITHUB_ACTION_PATH\/([\w./-]+)/g)) {
    expect(existsSync(new URL(`../${file}`, import.meta.url)), file).toBe(true);
  }
  // Without it, a job that sets NODE_ENV=production has no compiler to build with.
  if (text.includes('npm run build')) expect(text).toContain('npm ci --include=dev');
  for (const [, script = ''] of text.matchAll(/npm run ([\w-]+)/g)) expect(Object.keys(scripts)).toContain(script);
});

it('the workflows of docs/ci.md use inputs that the action has', () => {
  const { inputs }: { inputs: object } = parse(textOf('action.yml'));
  const workflows = [...textOf('docs/ci.md').matchAll(/```yaml\n(on:.*?|jobs:.*?)```/gs)].map(([, text = '']) => text);
  const steps = workflows.flatMap((text) => {
    const { jobs }: { jobs: Record<string, { steps: { uses?: string; with?: object }[] }> } = parse(text);
    return Object.values(jobs).flatMap((job) => job.steps);
  });
  const ours = steps.filter(({ uses }) => uses?.includes('/smart-check@'));
  expect(ours.length).toBeGreaterThan(0);
  for (const step of ours) expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
});
