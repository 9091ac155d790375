import { answered, mediaType } from '../../src/artifacts/document.ts';
import { describe, http, Skip, test } from '../../src/kit/index.ts';
import { isLoopback } from '../../src/smart/loopback.ts';
import { introspectionEndpoint, introspector } from './callers.ts';
import { control, denied, heard, isRefusal, told } from './introspected.ts';

const form = test({
  id: 'introspection/form-post-answered-json',
  title: 'Introspection answers a form POST with a JSON object',
  requirements: ['introspection/form-post-answered-json'],
  needs: [heard],
  run({ heard: { introspected }, must }) {
    for (const { answer, because } of introspected.filter((item) => !isRefusal(item.answer))) {
      const type = mediaType(answer.exchange.response?.headers['content-type']);
      const kind = answer.members === null ? 'no JSON object' : 'a JSON object';
      must('introspection/form-post-answered-json', answer.members !== null && type === 'application/json', {
        expected: '200 application/json and a JSON object (RFC 7662 section 2.2)',
        actual: `${answered(answer.exchange)}, ${kind}`,
        because,
      });
    }
  },
});

const active = test({
  id: 'introspection/active-boolean',
  title: 'A live token is active, and active is a boolean',
  requirements: ['introspection/active-boolean'],
  needs: [heard, denied],
  run({ heard: { caller, introspected }, denied, must, undecided }) {
    const requirement = 'introspection/active-boolean';
    for (const { token, answer, because } of introspected) {
      if (answer.says !== 'active') continue;
      const actual = `active is ${describe(answer.members?.active)} for ${token.name}`;
      must(requirement, answer.members?.active === true, { expected: 'active: true', actual, because });
    }
    for (const { token, answer, because, isDead } of denied) {
      if (answer.members === null) continue;
      const actual = `${told(answer)} for ${token.name}`;
      const mayNotBeTold = caller.kind !== 'bearer' && caller.clientId !== token.client.clientId;
      if (isDead) {
        undecided(requirement, {
          message: `${actual}, and the FHIR API refuses it as well: it has been ended`,
          because,
        });
      } else if (answer.says === 'inactive' && mayNotBeTold) {
        const message = `${actual}: ${caller.name} may not be allowed to know; clients.introspection.bearer decides it`;
        undecided(requirement, { message, because });
      } else {
        must(requirement, false, { expected: 'active: true for a live token', actual, because });
      }
    }
    if (introspected.every(({ answer }) => answer.members === null)) {
      throw new Skip('undecided', 'no JSON object came back, which introspection/form-post-answered-json judges');
    }
  },
});

type Check = readonly [expected: string, isRight: (value: unknown) => boolean];
const text: Check = ['a string', (value) => typeof value === 'string'];
const seconds: Check = ['a number', (value) => typeof value === 'number'];

/** RFC 7662 section 2.2. */
const members: Readonly<Record<string, Check>> = {
  active: ['a boolean', (value) => typeof value === 'boolean'],
  scope: text,
  client_id: text,
  username: text,
  token_type: text,
  exp: seconds,
  iat: seconds,
  nbf: seconds,
  sub: text,
  aud: ['a string or an array of strings', (value) => [value].flat().every((item) => typeof item === 'string')],
  iss: text,
  jti: text,
};

const types = test({
  id: 'introspection/member-types',
  title: 'The members of an introspection response have the types of RFC 7662',
  requirements: ['introspection/member-types'],
  needs: [control],
  run({ control, must, should }) {
    const requirement = 'introspection/member-types';
    for (const { answer, because } of control.active) {
      const present = Object.entries(members).filter(([name]) => answer.members?.[name] !== undefined);
      const wrong = present.filter(([name, [, isRight]]) => !isRight(answer.members?.[name]));
      // Null is how some servers leave a member out.
      const isEmpty = wrong.length > 0 && wrong.every(([name]) => answer.members?.[name] === null);
      const demand = isEmpty ? should : must;
      demand(requirement, wrong.length === 0, {
        expected: wrong.map(([name, [expected]]) => `${name}: ${expected}`).join('; ') || 'the types of RFC 7662',
        actual: wrong.map(([name]) => `${name} is ${describe(answer.members?.[name])}`).join('; ') || 'those',
        because,
      });
    }
  },
});

/** In no registry (RFC 7009 section 4.1.2). */
const unknownHint = 'smart_check_nonsense';

const hint = test({
  id: 'introspection/token-type-hint-harmless',
  title: 'A wrong or unknown token_type_hint does not hide a token',
  requirements: ['introspection/token-type-hint-harmless'],
  needs: [introspector, control],
  async run({ introspector, control: { caller, first }, must, should, undecided }) {
    const { tokens, name } = first.token;
    for (const hint of ['access_token', 'refresh_token', unknownHint]) {
      const answer = await introspector.ask(tokens.accessToken, caller, hint);
      const without = answer.says === 'active' ? null : await introspector.ask(tokens.accessToken, caller);
      if (without && without.says !== 'active') {
        const message = `${name} is not active any more, with a hint or without: ${told(without)}`;
        const because = [...first.because, answer.exchange, without.exchange];
        undecided('introspection/token-type-hint-harmless', { message, because });
        continue;
      }
      // The search is to go on whatever the hint; that a word of no registry may be no error is said of revocation alone.
      const demand = hint === unknownHint && isRefusal(answer) ? should : must;
      demand('introspection/token-type-hint-harmless', answer.says === 'active', {
        expected: `active: true for ${name}, as without a hint`,
        actual: `${told(answer)} with token_type_hint=${hint}`,
        because: [...first.because, answer.exchange],
      });
    }
  },
});

const tls = test({
  id: 'introspection/over-tls',
  title: 'Introspection is served over https',
  requirements: ['introspection/over-tls'],
  needs: [introspectionEndpoint, http],
  async run({ introspectionEndpoint: url, http, must, info }) {
    const requirement = 'introspection/over-tls';
    if (url.protocol === 'http:' && isLoopback(url)) {
      throw new Skip('not-advertised', 'plain http on a loopback address, where TLS is not asked for');
    }
    // A token that is none: what stands in a query is kept in logs.
    const asked = new URL(url);
    asked.searchParams.set('token', 'smart-check-made-this-up');
    const exchange = url.protocol === 'http:' ? null : await http.send({ url: asked, redirect: 'manual' });
    must(requirement, exchange?.response !== null && url.protocol === 'https:', {
      expected: 'an https URL that answers with TLS 1.2 or later (RFC 7662 section 4)',
      actual: exchange ? `${url.href}, ${exchange.tls?.protocol ?? answered(exchange)}` : url.href,
      ...(exchange && { because: exchange }),
    });
    if (exchange?.response) {
      info(requirement, {
        message: `GET with the token in the query was answered ${answered(exchange)}`,
        because: exchange,
      });
    }
  },
});

export const answerTests = [form, active, types, hint, tls];
