import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/kit/index.ts';
import { hostileText, manyExchanges, passingReport, sampleReport } from '../../test/fixtures/sample-report.ts';
import { exchangeList } from '../exchange-list.ts';
import { htmlReporter } from './index.ts';

/** The sample, held to a profile and a baseline that say what a hostile file would. */
function heldReport(): Report {
  const sample = sampleReport();
  const clause = {
    id: 'one',
    cite: hostileText,
    url: 'javascript:alert(1)',
    summary: hostileText,
    attest: hostileText,
  };
  const reasons = (['violated', 'warned', 'open', 'open', 'open'] as const).map((verdict) => ({
    about: verdict === 'open' ? hostileText : 'discovery/media-type',
    verdict,
    message: hostileText,
  }));
  const clauses = (['met', 'violated', 'open', 'warned', 'attest'] as const).map((verdict) => ({
    ...clause,
    id: verdict,
    verdict,
    reasons,
  }));
  const source = { title: hostileText, url: 'javascript:alert(2)' };
  const entry = { requirement: hostileText, reason: hostileText, expires: '2026-12-31' };
  return {
    ...sample,
    profile: {
      id: 'p',
      title: hostileText,
      summary: hostileText,
      dated: 'x',
      sources: [source],
      clauses,
      verdict: 'fail',
    },
    baseline: { findings: (['known', 'expired', 'cured', 'unseen'] as const).map((status) => ({ ...entry, status })) },
    tests: sample.tests.map((test) => ({
      ...test,
      retried: ['x1', 'x2'],
      findings: test.findings.map((finding) => ({
        ...finding,
        baseline: { reason: hostileText, expires: '2026-12-31', expired: false },
        clauses: ['met'],
      })),
    })),
    requirements: sample.requirements.map((one) => ({ ...one, clauses: ['met'] })),
  };
}

function render(report: Report): string {
  return [...htmlReporter.render(report)].join('');
}

describe('report.html', () => {
  it('comes in pieces, an exchange a piece at most', () => {
    const exchanges = exchangeList(manyExchanges(500));
    const pieces = [...htmlReporter.render(sampleReport({ exchanges }))];
    expect(pieces.length).toBeGreaterThan(500);
    expect(Math.max(...pieces.map((piece) => piece.split('id="exchange-').length))).toBe(2);
  });

  it('allows the one script and the one style, and nothing else', () => {
    const text = render(sampleReport());
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(text) ?? [];
    expect(policy?.replaceAll('&#39;', "'").replaceAll(/sha256-[\w+/]+=*/g, 'HASH')).toBe(
      "default-src 'none'; script-src 'HASH'; style-src 'HASH'; img-src data: 'self' file:; base-uri 'none'; form-action 'none'",
    );
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).not.toMatch(/<[^>]+ (?:on\w+|style)=/);
    expect(text.match(/ src="[^"]*"/g)).toEqual([
      ' src="attachments/page-0002.jpg"',
      ' src="attachments/page-0001.jpg"',
      ' src="attachments/gone.jpg"',
    ]);
  });

  it('keeps long bodies short where nobody needs them, and whole where a reader must act', () => {
    const body = `"${'x'.repeat(20_000)}"`;
    const [one, two, three] = manyExchanges(3).map((exchange) => ({
      ...exchange,
      response: exchange.response && { ...exchange.response, body },
    }));
    const text = render(
      sampleReport({ exchanges: exchangeList([one, two, three].flatMap((exchange) => exchange ?? [])) }),
    );
    // x1, x2 and x3 are cited by warnings and failures.
    expect(text.match(/x{20000}/g)).toHaveLength(3);
    const uncited = render(
      sampleReport({ tests: [], exchanges: exchangeList([one].flatMap((exchange) => exchange ?? [])) }),
    );
    expect(uncited).not.toMatch(/x{2100}/);
    expect(uncited).toContain('The rest of it is in results.json.');
  });

  it('shows what cannot be seen instead of obeying it', () => {
    const text = render(sampleReport());
    expect(text).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}|\p{Cs}/u);
    expect(text).toContain('\\u202edesrever');
  });

  it('shows where the browser got stuck first, with the steps to begin with as they are to be written', () => {
    const text = render(sampleReport());
    const [, stuck = '', returned, error] = text.split('<details class="journey ');
    expect(stuck).toMatch(/^stopped" open>/);
    expect(stuck).toContain('    - click: { role: button, name: &quot;Weiter&quot; }');
    expect(error).toMatch(/^stopped">/);
    expect(returned).toMatch(/^returned">/);
    expect(returned).toContain('<figcaption>approve</figcaption>');
  });

  it('leads from a finding to the pictures of the pages, however many launches there were', () => {
    const [usual] = sampleReport().journeys.filter(({ outcome }) => outcome === 'returned');
    if (usual === undefined) throw new Error('no journey');
    const many = Array.from({ length: 300 }, () => ({ ...usual, exchanges: ['x900'] }));
    const text = render(sampleReport({ journeys: [...many, { ...usual, exchanges: ['x4'] }] }));
    const [, journey = ''] = text.split('<details class="journey ');
    expect(journey).toContain('id="journey-1"');
    expect(journey).toContain('discovery/hostile');
    const [, finding = ''] = text.split('<h3><span class="mark" aria-hidden="true">✗</span> Every endpoint URL');
    expect(finding.split('</article>')[0]).toContain('<a href="#journey-1">what the browser showed</a>');
    expect(text.match(/#journey-\d+/g)?.filter((link) => !text.includes(`id="${link.slice(1)}"`))).toEqual([]);
  });

  it('says of each launch which test it served', () => {
    const [usual] = sampleReport().journeys.filter(({ outcome }) => outcome === 'returned');
    const text = render(sampleReport({ journeys: usual === undefined ? [] : [{ ...usual, exchanges: ['x2'] }] }));
    const [, summary = ''] = /<details class="journey returned"><summary>(.*?)<\/summary>/s.exec(text) ?? [];
    expect(summary).toContain('for discovery/media-type');
  });

  it('holds pictures itself as long as there is room, and links to the others', () => {
    const sizes: Record<string, number> = {
      'attachments/page-0001.jpg': 4 * 1024 * 1024,
      'attachments/page-0002.jpg': 3,
    };
    const picture = (file: string) => (sizes[file] === undefined ? null : new Uint8Array(sizes[file]));
    const text = render(sampleReport({ picture }));
    expect(text).toContain(' src="data:image/jpeg;base64,AAAA"');
    expect(text).toContain(' src="attachments/page-0001.jpg"');
    expect(text).toContain(' src="attachments/gone.jpg"');
  });

  it('says so when everything was tested', () => {
    const text = render(passingReport());
    expect(text).toContain('<h1 id="verdict">All 12 tested requirements hold.</h1>');
    expect(text).toContain('Everything was tested.');
  });

  it('shows a JWT beside what was sent in its place', () => {
    const [exchange] = manyExchanges(1);
    if (!exchange?.response) throw new Error('the exchange has an answer');
    const response = {
      ...exchange.response,
      body: '{"id_token":"‹id_token a7d3›","access_token":"‹access_token 11ff›"}',
    };
    const jwts = [{ where: 'response body id_token', header: { alg: 'RS256' }, claims: { sub: 'ann' } }];
    const text = render(sampleReport({ exchanges: exchangeList([{ ...exchange, response, jwts }]) }));
    const [, jwt = ''] = text.split('<div class="jwt">');
    expect(jwt).toMatch(/As sent, redacted<\/p><pre[^>]*><code>id_token: ‹id_token a7d3›<\/code>/);
    expect(jwt).toContain('&quot;alg&quot;: &quot;RS256&quot;');
    expect(jwt).toContain('&quot;sub&quot;: &quot;ann&quot;');
  });

  it('gives no link to a guide address that a browser should not follow', () => {
    const [requirement] = sampleReport().requirements;
    if (requirement === undefined) throw new Error('the sample has lost its requirements');
    const text = render(sampleReport({ requirements: [{ ...requirement, guide: 'javascript:alert(1)' }] }));
    expect(text).toContain('<span class="address">javascript:alert(1)</span>');
    expect(text).not.toContain('href="javascript:');
  });
});

const executablePath = [
  process.env.SMART_CHECK_BROWSER,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  chromium.executablePath(),
].find((path) => path !== undefined && existsSync(path));

describe.skipIf(executablePath === undefined)('report.html in a browser (needs Chromium)', () => {
  let browser: Browser;
  let folder: string;
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    const args = [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ];
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args });
    folder = await mkdtemp(join(tmpdir(), 'smart-check-html-'));
    await writeFile(join(folder, 'sample.html'), render(sampleReport()));
    await writeFile(join(folder, 'held.html'), render(heldReport()));
    await writeFile(join(folder, 'many.html'), render(sampleReport({ exchanges: exchangeList(manyExchanges(2000)) })));
    server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(render(sampleReport()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  let page: Page;
  let requests: string[];
  let complaints: string[];

  async function open(file: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
    const context = await browser.newContext(options);
    page = await context.newPage();
    requests = [];
    complaints = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(file.startsWith('http') ? file : pathToFileURL(join(folder, file)).href);
  }

  describe('with everything unfolded', () => {
    beforeAll(async () => {
      await open('held.html');
      await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
    });
    afterAll(() => page.context().close());

    it('asks for nothing, complains of nothing and runs nothing of the target', async () => {
      expect(requests).toHaveLength(1);
      expect(complaints).toEqual([]);
      expect(await page.evaluate('globalThis.pwned')).toBeUndefined();
      expect(await page.evaluate('document.scripts.length')).toBe(1);
      // The pictures of the journeys: nothing that a server named.
      expect(await page.evaluate('document.images.length')).toBe(3);
    });

    it.each([360, 768, 1440])('never scrolls sideways: %d px', async (width) => {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    });

    it.each(['light', 'dark'] as const)('has contrast of at least 4.5 to 1: %s', async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(lowContrast)).toEqual([]);
    });

    it('has headings in order and one of each landmark', async () => {
      const levels = await page
        .locator('h1, h2, h3, h4')
        .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
      expect(levels.filter((level) => level === 1)).toHaveLength(1);
      expect(levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
      for (const role of ['banner', 'main', 'navigation', 'contentinfo'] as const) {
        expect(await page.getByRole(role).count()).toBe(1);
      }
    });

    it('gives an id once, and leads nowhere that is not there', async () => {
      const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id));
      expect(new Set(ids).size).toBe(ids.length);
      const links = await page
        .locator('a[href^="#"]')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      expect(links.length).toBeGreaterThan(100);
      expect(links.filter((link) => !ids.includes(link?.slice(1) ?? ''))).toEqual([]);
    });
  });

  describe('used', () => {
    afterEach(() => page.context().close());

    const visibleTests = () => page.locator('.test:visible').count();

    it('asks for nothing when a server hands it out, either', async () => {
      await open(origin);
      expect(requests.filter((url) => !url.endsWith('/favicon.ico'))).toEqual([`${origin}/`]);
      expect(complaints).toEqual([]);
    });

    it('does not let inline code run', async () => {
      await open('sample.html');
      await page.evaluate(
        'document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"globalThis.pwned = true\\">")',
      );
      await expect.poll(() => complaints.length).toBeGreaterThan(0);
      expect(await page.evaluate('globalThis.pwned')).toBeUndefined();
    });

    it('shows the verdict and the first cause without scrolling on a desktop', async () => {
      await open('sample.html', { viewport: { width: 1440, height: 1000 } });
      const cause = page.locator('#failed .comparison').first();
      expect((await cause.boundingBox())?.y).toBeLessThan(1000);
      expect(await page.locator('h1').innerText()).toBe('3 of 46 tested requirements do not hold, 2 warnings.');
    });

    it('filters by outcome and finds by words', async () => {
      await open('sample.html');
      expect(await visibleTests()).toBe(74);
      await page.getByRole('button', { name: 'failed' }).click();
      expect(await visibleTests()).toBe(3);
      expect(await page.getByRole('button', { name: 'failed' }).getAttribute('aria-pressed')).toBe('true');
      await page.getByRole('button', { name: 'All' }).click();
      await page.getByRole('searchbox').fill('MEMBER-12');
      await expect.poll(visibleTests).toBe(1);
      expect(await page.getByRole('status').innerText()).toBe(
        'Shown: 1 of 74 tests, 1 of 75 requirements, 0 of 8 exchanges',
      );
      await page.getByRole('searchbox').fill('');
      await expect.poll(visibleTests).toBe(74);
    });

    it.each([true, false])('opens what a link leads to; with scripts: %j', async (javaScriptEnabled) => {
      await open('sample.html', { javaScriptEnabled });
      await page.locator('#failed .evidence-list a').first().click();
      await page.locator('#exchange-x2').waitFor({ state: 'visible' });
      await page.locator('#exchange-x2 .links a').first().click();
      await page.locator('[id="test-discovery_2f_media-type"]').waitFor({ state: 'visible' });
      expect(await page.getByRole('search').isVisible()).toBe(javaScriptEnabled);
      expect(await page.locator('#exchange-x2 .copy').isVisible()).toBe(javaScriptEnabled);
    });

    const visibleRequirements = () => page.locator('#requirements tbody tr:visible').count();

    it('filters requirements by verdict, and by a cell of the matrix', async () => {
      await open('sample.html');
      const all = await visibleRequirements();
      await page.getByRole('button', { name: 'violated' }).click();
      expect(await visibleRequirements()).toBe(3);
      await page.getByRole('button', { name: 'Every verdict' }).click();
      expect(await visibleRequirements()).toBe(all);
      const cell = page.locator('#coverage a').first();
      const number = (await cell.innerText()).match(/\d+/g)?.reduce((sum, each) => sum + Number(each), 0);
      await cell.click();
      expect(await visibleRequirements()).toBe(number);
      expect(await page.locator('#narrowed').innerText()).toMatch(/^Only SHALL of conformance\.html;/);
      await page.getByRole('button', { name: 'Every verdict' }).click();
      expect(await visibleRequirements()).toBe(all);
    });

    it('draws when each test ran, and leads from its bar to it', async () => {
      await open('sample.html', { viewport: { width: 1440, height: 1000 } });
      const bars = page.locator('#timeline a');
      expect(await bars.count()).toBeGreaterThan(10);
      expect(await page.locator('#timeline rect title').first().textContent()).toMatch(
        /^✗ discovery\/media-type: failed, /,
      );
      await page.evaluate(
        'document.querySelector("#timeline a").dispatchEvent(new MouseEvent("click", { bubbles: true }))',
      );
      await page.locator('[id="test-discovery_2f_media-type"]').waitFor({ state: 'visible' });
    });

    it('shows what a link leads to though it was filtered away', async () => {
      await open('sample.html');
      await page.getByRole('searchbox').fill('nothing has this');
      await expect.poll(visibleTests).toBe(0);
      await page.locator('#warned .evidence-list a').first().click();
      await page.locator('#exchange-x1').waitFor({ state: 'visible' });
    });

    it('gives every button and every picture a name of its own', async () => {
      await open('sample.html');
      const names = (found: string) =>
        page.evaluate<string[]>(`[...document.querySelectorAll('${found}')].map(nameOf)`);
      await page.evaluate('globalThis.nameOf = (part) => part.alt ?? part.textContent');
      const [buttons, pictures] = [await names('button.copy'), await names('img')];
      expect(buttons.length).toBeGreaterThan(2);
      expect(buttons).toContain('Copy the curl command of x7');
      expect(new Set(buttons).size).toBe(buttons.length);
      expect(pictures.length).toBeGreaterThan(2);
      expect(new Set(pictures).size).toBe(pictures.length);
    });

    it('copies the curl command', async () => {
      await open('sample.html', { permissions: ['clipboard-read', 'clipboard-write'] });
      await page.locator('summary', { hasText: 'x7' }).first().click();
      await page.locator('#exchange-x7 .copy').click();
      await page.locator('#exchange-x7 .copy', { hasText: 'Copied' }).waitFor();
      const copied = String(await page.evaluate('navigator.clipboard.readText()'));
      expect(copied).toContain("--data-raw 'grant_type=authorization_code&code=‹code 3f2a›");
      expect(copied).toContain("note=it'\\''s'");
    });

    it('finds one exchange among thousands and unfolds the group it is in', async () => {
      await open('many.html');
      await page.getByRole('searchbox').fill('page=1987');
      const found =
        '[...document.querySelectorAll(".exchange:not([hidden]) .line")].map((line) => line.innerText).join()';
      await expect.poll(() => page.evaluate(found), { timeout: 10_000 }).toMatch(/^GET [^ ]*page=1987 → 200 [^,]*$/);
      expect(
        await page.locator('#exchange-x1988').evaluate((part) => part.closest('.exchange-group')?.matches('[open]')),
      ).toBe(true);
    });
  });
});

/** Texts whose colour is too close to what lies behind them (WCAG 2, 1.4.3), each once. Runs in the page. */
const lowContrast = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => channels(color).slice(0, 3)
    .map((value) => value / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let part = element; part !== null; part = part.parentElement) {
      const color = getComputedStyle(part).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const low = new Set();
  for (const element of document.body.querySelectorAll('*')) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')) continue;
    if (element.tagName === 'SCRIPT' || !element.checkVisibility()) continue;
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 4.5) low.add(element.tagName + '.' + element.className);
  }
  return [...low];
})()`;
