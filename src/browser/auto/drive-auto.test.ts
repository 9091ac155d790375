import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { closeAll } from '../../http/testing/closing.ts';
import type { Journey } from '../journey.ts';
import { createTestBrowser, driveOnce, journeyTo, type Page, redirect, servePages } from '../testing/driving.ts';
import { oneTimePassword } from './totp.ts';

/** Pages as real servers have them, each a few lines; what they have in common with none of ours. */
const { browser } = createTestBrowser({ timeoutMs: 4000 });
afterEach(closeAll);
afterAll(() => browser.close());

const app = 'https://app.example.org/callback';
const user = { username: 'ann', password: 'right horse' };
const forms: { path: string; body: string }[] = [];

/** A page by what was sent to it. */
const posted =
  (path: string, next: (form: URLSearchParams) => string): Page =>
  (response, body) => {
    forms.push({ path, body });
    const location = next(new URLSearchParams(body));
    response.writeHead(302, { location }).end();
  };

async function travel(pages: Readonly<Record<string, Page>>, changes: Partial<Journey> = {}) {
  forms.length = 0;
  const server = await servePages(() => pages);
  return driveOnce(browser, journeyTo(`${server.origin}/`, { drive: 'auto', user, ...changes }));
}

const signIn =
  '<form method=post action=/in><input name=username><input type=password name=password><button>Log in</button></form>';
const consent =
  '<p>App wants access</p><form method=post action=/consent><button name=d value=no>Deny</button><button name=d value=yes>Allow access</button></form>';
const answered = posted('/consent', (form) => `${app}?${form.get('d') === 'yes' ? 'code=1' : 'error=access_denied'}`);

describe('signs in', () => {
  test('where consent comes first, and two pages have the same title and ids', async () => {
    const outcome = await travel({
      '/': '<h1>Allow Growth Chart?</h1><form action=/login><button id=go>Cancel</button><button id=go>Allow</button></form>',
      '/login': signIn.replace('<button', '<button id=go'),
      '/in': posted('/in', () => `${app}?code=1`),
    });
    expect(outcome.kind).toBe('returned');
    expect(new URLSearchParams(forms[0]?.body).get('password')).toBe('right horse');
  });

  test('past a hidden twin, a honeypot and a link to register', async () => {
    const twin = signIn.replaceAll('name=', 'id=field name=');
    const outcome = await travel({
      '/': `<div style="display:none">${twin}</div><a href=/register>Register</a>
        <form method=post action=/in><input type=password name=trap aria-hidden=true style="opacity:0">
        <input placeholder="E-mail address" name=x1><input type=password placeholder=Password name=x2><input type=submit value="Continue"></form>`,
      '/in': posted('/in', () => `${app}?code=1`),
    });
    expect(outcome.kind).toBe('returned');
    expect(Object.fromEntries(new URLSearchParams(forms[0]?.body))).toMatchObject({
      trap: '',
      x1: 'ann',
      x2: 'right horse',
    });
  });

  test('by picking a person, where the password field is out of use and there is no form', async () => {
    const outcome = await travel(
      {
        '/': `<div>User</div><select id=s><option value=a>Zoe Other</option><option value=b>Ann Example</option></select>
          <input type=password disabled value=xxxx><button type=button onclick="location='/'+s.value">Login</button>`,
        '/b': redirect(`${app}?code=b`),
        '/a': redirect(`${app}?code=a`),
      },
      { pick: { patientName: 'Ann Example' } },
    );
    expect(outcome.kind === 'returned' && outcome.parameters.get('code')).toBe('b');
  });

  test('with a one-time password', async () => {
    const totpSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const pages = {
      '/': signIn,
      '/in': posted('/in', () => '/otp'),
      '/otp':
        '<p>Enter the code from your app</p><form method=post action=/verify><input name=otp autocomplete=one-time-code><button>Verify</button></form>',
      '/verify': posted('/verify', () => `${app}?code=1`),
    };
    expect((await travel(pages, { user: { ...user, totpSecret } })).kind).toBe('returned');
    const sent = new URLSearchParams(forms[1]?.body).get('otp');
    expect([oneTimePassword(totpSecret, Date.now()), oneTimePassword(totpSecret, Date.now() - 30_000)]).toContain(sent);
    expect(await travel(pages)).toMatchObject({ kind: 'stopped', cause: 'needs-otp' });
  });

  test.each([
    ['wrong-credentials', 'Invalid user name or password.'],
    ['wrong-credentials', ''],
    ['locked', 'Your account has been locked.'],
  ])('once: %s when the page comes back with "%s"', async (cause, message) => {
    const outcome = await travel({
      '/': signIn,
      '/in': posted('/in', () => '/again'),
      '/again': `<div role=alert>${message}</div>${signIn}`,
    });
    expect(outcome).toMatchObject({ kind: 'stopped', cause });
    expect(forms).toHaveLength(1);
  });

  test('by a script that takes its time, and asks twice', async () => {
    const slow: Page = (response) => void setTimeout(() => response.end(), 1400);
    const script = `onsubmit="event.preventDefault(); fetch('/a').then(() => fetch('/b')).then(() => setTimeout(() => { location = '/in' }, 200))"`;
    const outcome = await travel({
      '/': `<p>Last visit: in May</p>${signIn.replace('<form', `<form ${script}`)}`,
      '/a': slow,
      '/b': slow,
      '/in': redirect(`${app}?code=1`),
    });
    if (outcome.kind === 'stopped') expect(outcome.message).toBe('');
    expect(outcome.kind).toBe('returned');
  });

  test('where a random id happens to have the word for a search in it', async () => {
    const outcome = await travel(
      {
        '/': '<p>Your account</p><form method=post action=/next><label for=m-7sok9find>E-mail</label><input id=m-7sok9find><button>Continue</button></form><a style="cursor:pointer" onclick="location = \'/new\'">Register</a>',
        '/next': posted('/next', () => '/password'),
        '/password': signIn,
        '/in': posted('/in', () => `${app}?code=1`),
        '/new': '<h1>Register</h1>',
      },
      { pick: { patient: 'p-2', patientName: 'Ben Sample' } },
    );
    if (outcome.kind === 'stopped') expect(outcome.message).toBe('');
    expect(outcome.kind).toBe('returned');
  });

  test('by a button that does nothing at first, pressed once more', async () => {
    const html = `${signIn.replace('<button>', '<button type=button id=go>')}
      <script>setTimeout(() => { go.onclick = () => go.form.submit() }, 900)</script>`;
    const outcome = await travel({ '/': html, '/in': posted('/in', () => `${app}?code=1`) });
    if (outcome.kind === 'stopped') expect(outcome.message).toBe('');
    expect(outcome.kind).toBe('returned');
    expect(forms).toHaveLength(1);
    const dead = await travel({ '/': signIn.replace('<button>', '<button type=button>') });
    expect(dead).toMatchObject({ kind: 'stopped', cause: 'stuck' });
    expect(dead.kind === 'stopped' && dead.message).toContain('nothing comes of this: sign in as "ann"');
  });

  test('with a password that is called a passcode, on a page that stays a while', async () => {
    const outcome = await travel({
      '/': `<table><tr><td>User ID:</td><td><input id=u></td></tr><tr><td>Passcode:</td><td><input type=password id=p></td></tr></table>
        <button onclick="setTimeout(() => { location = '/in?' + u.value + p.value }, 1500)">Log on</button>`,
      '/in': redirect(`${app}?code=1`),
    });
    expect(outcome).toMatchObject({ kind: 'returned' });
  });

  test('once, where the password is sent in another way than by a form', async () => {
    const tries: string[] = [];
    const jsonp = `${signIn.replace('<button>', '<button type=button id=go>')}
      <script>go.onclick = () => { document.body.append(Object.assign(document.createElement('script'), { src: '/try' })) }</script>`;
    const outcome = await travel({
      '/': jsonp,
      '/try': (response) => {
        tries.push('password');
        response.writeHead(200, { 'content-type': 'text/javascript' }).end();
      },
    });
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'wrong-credentials' });
    expect(tries).toHaveLength(1);
  });

  const twoDoors = `<form method=post action=/in><input type=email name=email placeholder="E-mail if required"><input name=username placeholder="Registered user name">
    <input type=password name=password placeholder="******"><button name=door value=staff>Hospital Login</button><button name=door value=portal>Patient Login</button></form>`;
  test.each([
    ['patient', 'portal'],
    ['clinician', 'staff'],
  ] as const)('by the door that is meant for a %s', async (userKind, door) => {
    const pages = { '/': twoDoors, '/in': posted('/in', () => `${app}?code=1`) };
    expect((await travel(pages, { userKind })).kind).toBe('returned');
    expect(Object.fromEntries(new URLSearchParams(forms[0]?.body))).toMatchObject({ username: 'ann', email: '', door });
  });

  test.each([
    ['patient', '/in-p'],
    ['clinician', '/in-c'],
  ] as const)('by the link that is meant for a %s', async (userKind, path) => {
    const pages = {
      '/': '<h1>Welcome</h1><a href=/c>Provider sign in</a> <a href=/p>Sign in as a patient</a>',
      '/c': signIn.replace('/in', '/in-c'),
      '/p': signIn.replace('/in', '/in-p'),
      '/in-c': posted('/in-c', () => `${app}?code=1`),
      '/in-p': posted('/in-p', () => `${app}?code=1`),
    };
    expect((await travel(pages, { userKind })).kind).toBe('returned');
    expect(forms.map((form) => form.path)).toEqual([path]);
  });

  test('by the form at hand, where another way is by an identity provider', async () => {
    const pages = {
      '/': `${signIn}<a href=/sso>Log in with another identity provider</a>`,
      '/in': posted('/in', () => `${app}?code=1`),
    };
    expect((await travel(pages, { userKind: 'clinician' })).kind).toBe('returned');
    expect(forms.map(({ path }) => path)).toEqual(['/in']);
  });

  test('with an e-mail address beside the user name, in either order', async () => {
    for (const html of [twoDoors, twoDoors.replace(/(<input type=email.*?>)(<input name=username.*?>)/, '$2$1')]) {
      const outcome = await travel(
        { '/': html, '/in': posted('/in', () => `${app}?code=1`) },
        { user: { ...user, email: 'ann@example.org' } },
      );
      expect(outcome.kind).toBe('returned');
      expect(Object.fromEntries(new URLSearchParams(forms[0]?.body))).toMatchObject({
        username: 'ann',
        email: 'ann@example.org',
        password: 'right horse',
      });
    }
  });

  test('and says which field was left empty where that is refused', async () => {
    const outcome = await travel({
      '/': twoDoors,
      '/in': posted('/in', () => '/again'),
      '/again': `<div role=alert>Not valid</div>${twoDoors}`,
    });
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'wrong-credentials' });
    expect(outcome.kind === 'stopped' && outcome.message).toContain(
      '"E-mail if required" was left empty: email of the user is for that',
    );
  });

  test('not where an account is to be made', async () => {
    const outcome = await travel({
      '/': '<form method=post action=/made><input name=first><input name=username><input type=password name=password><button>Register account</button></form>',
      '/made': posted('/made', () => '/'),
    });
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'stuck' });
    expect(forms).toEqual([]);
  });

  test('not without a password, and says whose is missing', async () => {
    const outcome = await travel({ '/': signIn }, { user: { username: 'ann' } });
    expect(outcome).toMatchObject({
      cause: 'needs-person',
      message: 'the page asks for the password of "ann", and the configuration has none',
    });
  });

  test('not at all without a user, nor where a person must prove to be one', async () => {
    const { user: _, ...nobody } = journeyTo('http://x.example');
    expect(
      await travel({ '/': signIn }, { ...nobody, user: { username: 'ann' }, start: { url: '' } }).catch(() => null),
    ).not.toMatchObject({ kind: 'returned' });
    const captcha = '<iframe src="/recaptcha/api2/anchor" width=304 height=78></iframe>';
    expect(await travel({ '/': signIn + captcha, '/recaptcha/api2/anchor': 'I am no robot' })).toMatchObject({
      cause: 'needs-person',
    });
  });
});

describe('picks', () => {
  const wish = { pick: { patient: 'p-2', patientName: 'Ben Sample' } };
  const chosen = (path: string) => posted(path, (form) => `${app}?code=${form.get('p')}`);
  const pickers: readonly (readonly [string, string])[] = [
    [
      'a row that is the button, with a pager beside it',
      `<h1>Select a patient</h1><table><tr tabindex=0 title="Click to select patient with ID p-1" onclick="location='/p-1'"><td>Ann</td></tr><tr tabindex=0 title="Click to select patient with ID p-2" onclick="location='/p-2'"><td>Ben</td></tr></table><button onclick="location='/'">Next</button>`,
    ],
    [
      'a link in a list',
      '<h1>Whose record?</h1><ul><li><a href=/p-1>Ann Example</a></li><li><a href=/p-2>Ben Sample</a></li></ul>',
    ],
    [
      'a link with the id, on a page that does not say what it lists',
      '<h1>Portal</h1><ul><li><a href=/p-1>p-1 Ann</a></li><li><a href=/p-2>p-2 Ben</a></li></ul>',
    ],
    [
      'an option of a list without a label',
      `<p>Choose a person</p><form method=post action=/pick><select name=p><option value="">-</option><option value=p-1>Ann</option><option value=p-2>Ben Sample</option></select><button>Continue</button></form>`,
    ],
    [
      'a radio button behind its label, with terms',
      `<p>Allow access to the record of:</p><form method=post action=/pick><style>.r{opacity:0;position:absolute}</style><input class=r type=radio name=p value=p-1 id=a><label for=a>Ann</label><input class=r type=radio name=p value=p-2 id=b><label for=b>Ben Sample</label><p><label><input type=checkbox name=t required> I accept the terms</label></p><button name=x value=no>No</button><button>Yes, allow</button></form>`,
    ],
    [
      'what an option of a listbox says',
      `<p>Select patient</p><div role=listbox><div role=option tabindex=0 onclick="location='/p-1'">Ann Example</div><div role=option tabindex=0 onclick="location='/p-2'">Ben Sample</div></div>`,
    ],
  ];
  test.each(pickers)('%s', async (_, html) => {
    const outcome = await travel(
      { '/': html, '/pick': chosen('/pick'), '/p-1': redirect(`${app}?code=p-1`), '/p-2': redirect(`${app}?code=p-2`) },
      wish,
    );
    if (outcome.kind === 'stopped') expect(outcome.message).toBe('');
    expect(outcome.kind === 'returned' && outcome.parameters.get('code')).toBe('p-2');
  });

  test('an app, and searches for nobody, where the chart of whoever is wished for is open', async () => {
    const search = posted('/search', () => '/nobody');
    const outcome = await travel(
      {
        '/': redirect('/Patient/p-2/apps'),
        '/Patient/p-2/apps': `<form method=post action=/search><input type=search name=q placeholder=Search></form><p>Patient: Ben Sample</p>
          <button onclick="list.hidden = false">Apps</button> <p onclick="location = '/elsewhere'">Last visit</p>
          <p id=list hidden><a style="cursor: pointer" onclick="location = '${app}?code=1'">Launch Growth Chart</a></p>`,
        '/search': search,
      },
      wish,
    );
    expect(outcome.kind).toBe('returned');
    expect(forms).toEqual([]);
    expect(outcome.strip.map(({ title }) => title)).toEqual(['press "Apps"', 'start "Launch Growth Chart"']);
  });

  test('of the apps that a chart offers the one that is meant', async () => {
    const apps = (path: string) => `<button onclick="location='${path}-1'">Launch web1</button>
      <button onclick="location='${path}-2'">Launch web2</button>`;
    const start = { '/app-1': redirect(`${app}?code=1`), '/app-2': redirect(`${app}?code=2`) };
    const charts = [
      `<h1>Patients</h1><table><tr><td>Ben Sample</td><td>${apps('/app')}</td></tr></table>`,
      apps('/app'),
    ];
    for (const chart of charts) {
      for (const [meant, code] of [
        ['web2', '2'],
        ['web3', '1'],
      ] as const) {
        const outcome = await travel({ '/': chart, ...start }, { ...wish, app: meant });
        expect(outcome.kind === 'returned' && outcome.parameters.get('code')).toBe(code);
      }
    }
  });

  test('what comes late, and searches for nobody before', async () => {
    const slow: Page = (response) => void setTimeout(() => response.end(), 700);
    const outcome = await travel(
      {
        '/': `<form method=post action=/search><input type=search name=q placeholder="Search patients"></form><ul id=list></ul>
          <script>fetch('/slow').then(() => { list.innerHTML = '<li><a href=/p-2>Ben Sample</a></li>' })</script>`,
        '/slow': slow,
        '/search': posted('/search', () => '/nobody'),
        '/p-2': redirect(`${app}?code=p-2`),
      },
      wish,
    );
    expect(outcome.kind).toBe('returned');
    expect(forms).toEqual([]);
  });

  test('the first where nobody is wished for', async () => {
    const outcome = await travel({ '/': pickers[1]?.[1] ?? '', '/p-1': redirect(`${app}?code=p-1`) });
    expect(outcome.kind === 'returned' && outcome.parameters.get('code')).toBe('p-1');
  });
});

describe('answers the consent page', () => {
  test.each([
    ['approve', 'code'],
    ['deny', 'error'],
  ] as const)('%s', async (answer, parameter) => {
    const outcome = await travel({ '/': consent, '/consent': answered }, { consent: answer });
    expect(outcome.kind === 'returned' && outcome.parameters.has(parameter)).toBe(true);
  });

  test('and says that the sign-in page came back where saying no leads there', async () => {
    const html = consent.replace('<button name=d value=no>Deny', '<button type=button onclick="history.back()">Cancel');
    const outcome = await travel({ '/': signIn, '/in': redirect('/ask'), '/ask': html }, { consent: 'deny' });
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'stuck' });
    expect(outcome.kind === 'stopped' && outcome.message).toContain(
      'the page to sign in comes back after this: deny: press "Cancel"',
    );
  });

  test('and says that the browser was sent back to a page that is not kept', async () => {
    const html = consent.replace('<button name=d value=no>Deny', '<button type=button onclick="history.back()">Cancel');
    const toAsk: Page = (response) =>
      response
        .writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' })
        .end('<h1>Select</h1><form method=post action=/ask><button>Continue</button></form>');
    const outcome = await travel({ '/': signIn, '/in': toAsk, '/ask': html }, { consent: 'deny' });
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'stuck' });
    expect(outcome.kind === 'stopped' && outcome.message).toMatch(
      /^the browser was sent back to .*\/in, which a form had led to/,
    );
  });

  test('ticks all scopes where none is ticked, and leaves out what is withheld', async () => {
    const boxes = ['openid', 'patient/*.rs', 'offline_access'].map(
      (scope) => `<label><input type=checkbox name=s value="${scope}">${scope}</label>`,
    );
    const html = consent.replace('<button', `${boxes.join('')}<button`);
    await travel({ '/': html, '/consent': answered });
    expect(new URLSearchParams(forms[0]?.body).getAll('s')).toHaveLength(3);
    await travel({ '/': html, '/consent': answered }, { consent: { withhold: ['offline_access'] } });
    expect(new URLSearchParams(forms[0]?.body).getAll('s')).toEqual(['openid', 'patient/*.rs']);
    const outcome = await travel({ '/': consent, '/consent': answered }, { consent: { withhold: ['openid'] } });
    expect(outcome).toMatchObject({ cause: 'stuck', message: expect.stringContaining('no way to withhold openid') });
  });

  const boxes = (named: Readonly<Record<string, string>>) =>
    Object.entries(named).map(([scope, others]) => `<label><input type=checkbox name=s ${others}>${scope}</label>`);
  test.each([
    [
      'as it is asked for, where what was allowed before is ticked, and no more',
      { openid: 'value=openid checked', 'patient/*.rs': 'value=patient/*.rs', 'Only the past year': 'value=year' },
      ['openid', 'patient/*.rs'],
    ],
    [
      'type by type, where a wildcard is offered so',
      {
        openid: 'value=openid checked',
        'Visits (patient/Encounter.rs)': 'value=1',
        'Only the past year': 'value=year',
      },
      ['openid', '1'],
    ],
    [
      'all of it, where nothing is named as a scope',
      { 'Who you are': 'value=1 checked', 'Your records': 'value=2', 'Remember this': 'value=remember' },
      ['1', '2'],
    ],
  ] as const)('%s', async (_, named, ticked) => {
    const server = await servePages(() => ({
      '/': consent.replace('<button', `${boxes(named).join('')}<button`),
      '/consent': answered,
    }));
    forms.length = 0;
    const asking = `${server.origin}/?scope=${encodeURIComponent('openid patient/*.rs')}`;
    expect((await driveOnce(browser, journeyTo(asking, { drive: 'auto', user }))).kind).toBe('returned');
    expect(new URLSearchParams(forms[0]?.body).getAll('s')).toEqual(ticked);
  });

  test('and withholds a scope where pages offer types of resources, none where they offer neither', async () => {
    const box = (type: string) =>
      `<input type=checkbox name=t value=${type} data-resource=${type} checked> <b>${type}</b>`;
    const html = consent.replace('<button', `${['Patient', 'Observation'].map(box).join('')}<button`);
    await travel({ '/': html, '/consent': answered }, { consent: { withhold: ['patient/Observation.rs'] } });
    expect(new URLSearchParams(forms[0]?.body).getAll('t')).toEqual(['Patient']);
    const outcome = await travel(
      { '/': html, '/consent': answered },
      { consent: { withhold: ['patient/Condition.rs'] } },
    );
    expect(outcome).toMatchObject({ cause: 'stuck', message: expect.stringContaining('no way to withhold') });
  });

  test('on cards that may be pressed as a whole, with a switch in each, of which none is a record to pick', async () => {
    const card = (scope: string) =>
      `<div class=card style="cursor:pointer" onclick="flip(this.lastChild)">${scope}<span role=switch tabindex=0 aria-checked=true aria-label="${scope}">on</span></div>`;
    const html = `<h1>App asks for your patient record</h1>${['openid', 'patient/*.rs'].map(card).join('')}
      <button type=button onclick="location='/no'">Not now</button> <button type=button onclick="done()">Share my data</button>
      <script>const flip = (it) => it.setAttribute('aria-checked', it.ariaChecked !== 'true');
      const done = () => { location = '/yes' + document.querySelectorAll('[aria-checked=true]').length }</script>`;
    const pages = {
      '/': html,
      '/yes2': redirect(`${app}?code=all`),
      '/yes1': redirect(`${app}?code=less`),
    };
    const wished = { pick: { patient: 'p-2', patientName: 'Ben Sample' } };
    const code = async (changes: Partial<Journey>) => {
      const outcome = await travel(pages, { ...wished, ...changes });
      return outcome.kind === 'returned' ? outcome.parameters.get('code') : outcome.message;
    };
    expect(await code({})).toBe('all');
    expect(await code({ consent: { withhold: ['patient/*.rs'] } })).toBe('less');
  });

  test('for as long as it may, where it asks for how long', async () => {
    const radio = (value: string, label: string) =>
      `<input type=radio name=term value=${value} id=${value} style="opacity:0;position:absolute;width:1px;height:1px" ${value === 'hour' ? 'checked' : ''}><label for=${value}>${label}</label><br>`;
    const form = (choice: string) =>
      `<h1>App wants access</h1><form method=post action=/consent>${choice}<button name=d value=yes>Allow access</button></form>`;
    const choices = [
      radio('hour', '1 hour') + radio('week', '1 week') + radio('days', '90 days'),
      radio('hour', 'Access for 1 hour') + radio('days', 'Until I revoke access') + radio('week', '365 days'),
      radio('hour', 'Nur dieses Mal') + radio('week', '2 Wochen') + radio('days', 'Bis auf Widerruf'),
      '<select name=term><option value=hour>Une heure</option><option value=days>3 mois</option><option value=week>10 semaines</option></select>',
    ];
    for (const choice of choices) {
      await travel({ '/': form(choice), '/consent': answered });
      expect(new URLSearchParams(forms[0]?.body).get('term'), choice).toBe('days');
    }
    const kept = radio('hour', 'Dr 1 Day') + radio('week', 'Dr Other');
    await travel({ '/': form(kept), '/consent': answered });
    expect(new URLSearchParams(forms[0]?.body).get('term')).toBe('hour');
  });

  test('by its scopes and the button that says no, where no other word tells that it is one', async () => {
    const button = (caption: string, to: string) =>
      `<div role=button tabindex=0 style="cursor:pointer" onclick="location='${to}'">${caption}</div>`;
    const pages = {
      '/': `<h1>Peer</h1><p>The application would like to act as you:</p><p>user/Patient.rs user/Observation.read</p>
        ${button('Proceed', '/yes')}${button('Decline', '/no')}`,
      '/yes': redirect(`${app}?code=1`),
      '/no': redirect(`${app}?error=access_denied`),
    };
    const denied = await travel(pages, { consent: 'deny' });
    expect(denied.kind === 'returned' && denied.parameters.get('error')).toBe('access_denied');
    expect(await travel(pages, { consent: { withhold: ['user/Patient.rs'] } })).toMatchObject({
      message: expect.stringContaining('the consent page offers no way to withhold user/Patient.rs'),
    });
    expect(await travel(pages)).toMatchObject({ kind: 'returned' });
  });

  test('within an EHR, whose own search is left alone', async () => {
    const search = posted('/search', () => '/nobody');
    const html = `<form method=post action=/search><input type=search name=q placeholder=Search></form><h1>Choose scope</h1>
      <form method=post action=/consent><label><input type=checkbox name=s value=patient/*.rs checked> patient/*.rs</label><button name=d value=yes>Set scope</button></form>`;
    const outcome = await travel(
      { '/': html, '/consent': answered, '/search': search },
      { pick: { patient: 'p-2', patientName: 'Ben Sample' } },
    );
    expect(outcome.kind).toBe('returned');
    expect(forms.map(({ path }) => path)).toEqual(['/consent']);
  });

  test('after the boxes are drawn anew, by a script that had been asking for something else', async () => {
    const slow: Page = (response) => void setTimeout(() => response.end(), 300);
    const draw = `draw = () => { list.innerHTML = '<label><input type=checkbox name=s value=patient/*.rs> patient/*.rs</label>' }`;
    const html = `<p>App wants access</p><form method=post action=/consent id=f><div id=list></div></form><button id=b>Allow</button>
      <script>${draw}; draw(); fetch('/slow').then(draw); b.onclick = () => setTimeout(() => { f.submit() }, 400)</script>`;
    await travel({ '/': html, '/slow': slow, '/consent': posted('/consent', () => `${app}?code=1`) });
    expect(new URLSearchParams(forms[0]?.body).getAll('s')).toEqual(['patient/*.rs']);
  });

  test('after the boxes are drawn, which a script asks for while the button is there', async () => {
    const slow: Page = (response) => void setTimeout(() => response.end(), 200);
    const html = `<p>App wants access</p><form method=post action=/consent><div id=list></div><button>Allow</button></form>
      <script>fetch('/slow').then(() => fetch('/slow')).then(() => { list.innerHTML = '<label><input type=checkbox name=s value=patient/*.rs> patient/*.rs</label>' })</script>`;
    await travel({ '/': html, '/slow': slow, '/consent': posted('/consent', () => `${app}?code=1`) });
    expect(new URLSearchParams(forms[0]?.body).getAll('s')).toEqual(['patient/*.rs']);
  });

  test('on a page that never comes to rest, in the end', async () => {
    const html = `<p>App wants access <span id=n></span></p><form method=post action=/consent><button name=d value=yes>Allow</button></form>
      <script>fetch('/slow'); setInterval(() => { n.textContent = String(Math.random()) }, 50)</script>`;
    expect((await travel({ '/': html, '/slow': 'x', '/consent': answered })).kind).toBe('returned');
  });

  test.each([
    ['a page that is fixed as a whole', (page: string) => `<div style="position: fixed; inset: 0">${page}</div>`],
    [
      'a bar that stays in view',
      (page: string) => `<p>Welcome</p><div style="position: sticky; bottom: 0">${page}</div>`,
    ],
  ])('and goes on, on %s', async (_, around) => {
    const outcome = await travel({
      '/': around(
        `<h1>Connection to Growth Chart</h1><a href=#>Home</a><button id=go>Continue</button> <button onclick="location = '/out'">Logout</button> <button>Manage</button>
        <script>go.onclick = () => { location = '${app}?code=1' }</script>`,
      ),
      '/out': 'Bye',
    });
    if (outcome.kind === 'stopped') expect(outcome.message).toBe('');
    expect(outcome.kind).toBe('returned');
  });

  test('in a language nobody has taught it: the main button, and the other one', async () => {
    const html =
      '<h1>Ffoo</h1><form method=post action=/consent><button class=primary name=d value=yes>Barr</button><button name=d value=no>Bazz</button></form>';
    expect((await travel({ '/': html, '/consent': answered })).kind).toBe('returned');
    expect(new URLSearchParams(forms[0]?.body).get('d')).toBe('yes');
  });
});

describe('stops', () => {
  test.each([
    [
      '400',
      (response: Parameters<Extract<Page, (...of: never[]) => void>>[0]) =>
        response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>Unknown client</h1>'),
    ],
    ['200', '<h1>Error</h1><p>Invalid redirect_uri</p>'],
  ] as const)('at an error page with status %s', async (_, page) => {
    expect(await travel({ '/': page })).toMatchObject({ kind: 'stopped', cause: 'error-page' });
  });

  test('at an error that a script is about to show, without going to a portal in its place', async () => {
    const outcome = await travel({
      '/': `<div role=alert id=m></div><a class="btn btn-primary" role=button href=/portal>Go to portal</a>
        <script>setTimeout(() => { m.textContent = 'Error' }, 200)</script>`,
      '/portal': '<a href=/app>Launch app</a>',
    });
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'error-page', strip: [] });
  });

  test('where a password is to be changed, but not before a script has hidden what is for later', async () => {
    const change = '<form><input type=password name=old><input type=password name=newpassword></form>';
    expect(await travel({ '/': change })).toMatchObject({
      cause: 'needs-person',
      message: expect.stringContaining('changed'),
    });
    const tabs = `<div id=tab>${change}</div><p id=next></p><script>setTimeout(() => { tab.hidden = true; next.innerHTML = '<button>Continue</button>'; next.onclick = () => { location = '${app}?code=1' } }, 200)</script>`;
    expect((await travel({ '/': tabs })).kind).toBe('returned');
  });

  test.each([
    [
      'in a form that asks for something',
      '<form method=post action=/comment><input name=c placeholder="Add comment"><button type=submit><svg width=20 height=20></svg></button></form>',
    ],
    [
      'or in an application full of others',
      ['Timeline', 'Discharge', 'Barr', 'Bazz']
        .map((words) => `<button onclick="fetch('/comment', { method: 'POST' })">${words}</button>`)
        .join(''),
    ],
    ['of no form', `<button onclick="fetch('/comment', { method: 'POST' })"><svg width=20 height=20></svg></button>`],
  ])('before a button without words, %s', async (_, page) => {
    const outcome = await travel({ '/': `<h1>Chart of Ann</h1>${page}`, '/comment': posted('/comment', () => '/') });
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'stuck' });
    expect(forms).toEqual([]);
  });

  test('where there is nothing but words, and tells them', async () => {
    const outcome = await travel({ '/': '<p>The portal is resting</p>' });
    const message = outcome.kind === 'stopped' ? outcome.message : '';
    expect(message).toContain('nothing to press or fill in, and says "The portal is resting"');
    expect(message).toContain('--headed');
    expect(message).not.toContain('steps:');
  });

  test('and tells what a page was answered that does not tell it', async () => {
    const outcome = await travel({
      '/': `<h1>Allow?</h1><button onclick="fetch('/scope', { method: 'POST' })">Allow</button>`,
      '/scope': (response) =>
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"details": "Invalid scope"}'),
    });
    expect(outcome.kind === 'stopped' && outcome.message).toMatch(
      /^the page comes back after this: approve: press "Allow"; POST http:.*\/scope was answered 400 {"details": "Invalid scope"}\nIt is at/,
    );
  });

  test('where a page comes back, and says what it saw and which steps to begin with', async () => {
    const outcome = await travel({ '/': '<h1>Welcome</h1><form action=/><button>Continue</button></form>' });
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'stuck' });
    const { message } = outcome.kind === 'stopped' ? outcome : { message: '' };
    expect(message).toContain('under the heading "Welcome"');
    expect(message).toContain('Done before: press "Continue"');
    expect(message).toContain('- click: { role: button, name: "Continue" }');
    expect(message).not.toContain(user.password);
  });
});
