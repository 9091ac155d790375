/** Runs the self-test once and writes down what its browser was asked to do: every journey, in which context, and when. */
import { writeFileSync } from 'node:fs';

const built = (name) => import(new URL(`../build/${name}`, import.meta.url).href);
const [file, folder] = process.argv.slice(2);
const [{ check }, { withReferenceServer, noProxy }, { createBrowser }, { createChromium }] = await Promise.all([
  built('src/index.js'),
  built('src/cli/with-reference-server.js'),
  built('src/browser/create-browser.js'),
  built('src/browser/chromium.js'),
]);

const journeys = [];
let contexts = 0;

/** The real browser, with a note of each journey. */
function recording(browser) {
  return {
    ...browser,
    async openSession() {
      const session = await browser.openSession();
      let context;
      return {
        ...session,
        async drive(journey) {
          context ??= contexts++;
          const { start, until, user, consent, pick, looksOnly, holdsConsent } = journey;
          const noted = {
            context,
            url: start.url,
            ...(start.form && { form: [...start.form] }),
            until,
            ...(user && { user: user.username }),
            pick,
            consent,
            ends: looksOnly ? 'looked' : holdsConsent ? 'held' : '',
            began: performance.now(),
          };
          journeys.push(noted);
          const outcome = await session.drive(journey);
          noted.ended = performance.now();
          noted.pages = outcome.strip.length;
          if (outcome.kind === 'stopped') noted.ends = 'stopped';
          else if (outcome.parameters.get('launch')) noted.launch = outcome.parameters.get('launch');
          return outcome;
        },
      };
    },
  };
}

let origin;
const chromium = createChromium({ headed: false, loopbackOnly: false, light: true, env: noProxy });
await withReferenceServer({}, async ({ configuration, time, server }) => {
  origin = server.origin;
  const { dispose } = await check({
    configuration,
    time,
    env: noProxy,
    concurrency: 8,
    outputFolder: folder,
    browseBy: ({ http: _, onJourney }) =>
      recording(
        createBrowser({
          chromium,
          headed: false,
          loopbackOnly: false,
          env: noProxy,
          timeoutMs: 30_000,
          tls: configuration.tls,
          screenshots: true,
          onJourney,
          nextId: () => `b${journeys.length}`,
          record: () => undefined,
        }),
      ),
  });
  await dispose();
});
await chromium.close();

const marks = journeys.flatMap(({ began, ended }) => [
  [began, 1],
  [ended, -1],
]);
marks.sort(([one], [other]) => one - other);
let atOnce = 0;
let most = 0;
for (const [, change] of marks) {
  atOnce += change;
  most = Math.max(most, atOnce);
}
writeFileSync(file, JSON.stringify({ origin, contexts, most, journeys }));
