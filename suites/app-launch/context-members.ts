import { launches } from '../../src/artifacts/launches.ts';
import { readJson } from '../../src/http/read-json.ts';
import { isRecord, Skip, test } from '../../src/kit/index.ts';
import { asksFor, shown } from './context.ts';

const beside = test({
  id: 'app-launch/context-beside-access-token',
  title: 'Launch context stands beside the access token, not inside it alone',
  requirements: ['app-launch/context-beside-access-token'],
  needs: [launches],
  run({ launches, must }) {
    const named = launches.flatMap((launch) =>
      ['patient', 'encounter', 'need_patient_banner', 'fhirContext'].map((name) => ({ launch, name })),
    );
    const concerned = named.filter(({ launch, name }) => {
      // Access tokens are the server's own: what they say of a patient whom nobody asked for is no launch context.
      const isKept = ['patient', 'encounter'].includes(name) && !asksFor(name, launch);
      const isInside = !isKept && claimsIn(launch.tokens.accessToken)?.[name] !== undefined;
      return launch.tokens.members[name] !== undefined || isInside;
    });
    if (concerned.length === 0) throw new Skip('not-advertised', 'no launch came with context');
    for (const { launch, name } of concerned) {
      const isBeside = launch.tokens.members[name] !== undefined;
      must('app-launch/context-beside-access-token', isBeside, {
        expected: `${name} beside access_token`,
        actual: isBeside ? 'it is' : 'only inside the access token',
        because: launch.exchange,
      });
    }
  },
});

const shapes = [
  ['need_patient_banner', 'app-launch/need-patient-banner-boolean', 'true or false', isBoolean],
  ['intent', 'app-launch/intent-string', 'a string', isString],
  ['tenant', 'app-launch/tenant-string', 'a string, not empty', isText],
  ['smart_style_url', 'app-launch/smart-style-url-absolute', 'an absolute URL', isText],
] as const;

const members = test({
  id: 'app-launch/context-members',
  title: 'Members of the launch context are of their types',
  requirements: shapes.map(([, requirement]) => requirement),
  needs: [launches],
  run({ launches, must, should }) {
    const named = shapes.flatMap(([name, id, shape, has]) =>
      launches.map(({ tokens, exchange }) => ({ name, id, shape, has, value: tokens.members[name], exchange })),
    );
    const present = named.filter(({ value }) => value !== undefined);
    if (present.length === 0) throw new Skip('not-advertised', 'no launch came with one of them');
    for (const { name, id, shape, has, value, exchange: because } of present) {
      const evidence = { expected: `${name} to be ${shape}`, actual: shown(value), because };
      must(id, has(value), evidence);
      if (name === 'smart_style_url' && has(value)) should(id, URL.canParse(String(value)), evidence);
    }
  },
});

const extensions = test({
  id: 'app-launch/extension-context-names',
  title: 'Scopes and context of the server\u2019s own have names that nobody else has',
  requirements: ['app-launch/extension-context-names'],
  needs: [launches],
  run({ launches, should, info }) {
    const id = 'app-launch/extension-context-names';
    for (const { tokens, exchange: because } of launches) {
      const odd = (tokens.scopes ?? []).filter((scope) => !knownScope.test(scope));
      const unnamed = odd.filter((scope) => !scope.startsWith('__') && !/^[a-z][a-z0-9+.-]*:/i.test(scope));
      should(id, unnamed.length === 0, {
        expected: 'a scope of the server\u2019s own to be a URI or to start with __',
        actual: unnamed.length === 0 ? 'none that is not' : unnamed.join(' '),
        because,
      });
      const unknown = Object.keys(tokens.members).filter(
        (name) => !knownMembers.includes(name) && !name.startsWith('__') && !URL.canParse(name),
      );
      if (unknown.length === 0) continue;
      info(id, { message: `members that the guide does not define: ${unknown.join(', ')}`, because });
    }
  },
});

const knownScope =
  /^(openid|fhirUser|profile|email|address|phone|offline_access|online_access|launch|launch\/.+|smart\/.+|(patient|user|system)\/.+)$/;

const knownMembers = [
  'access_token',
  'token_type',
  'expires_in',
  'scope',
  'refresh_token',
  'id_token',
  'authorization_details',
  'patient',
  'encounter',
  'fhirContext',
  'need_patient_banner',
  'intent',
  'smart_style_url',
  'tenant',
  'appContext',
];

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isText(value: unknown): boolean {
  return isString(value) && value !== '';
}

function claimsIn(token: string): Readonly<Record<string, unknown>> | null {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return null;
  const json = readJson(Buffer.from(payload, 'base64url').toString('utf8'));
  return json.kind === 'value' && isRecord(json.value) ? json.value : null;
}

export const contextMemberTests = [beside, members, extensions];
