/** To whom introspection tells of which tokens, where a lenient reader does not look. */
import type { Behaviour, Override } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import { json, notStored, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';
import type { IssuedToken } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesIntrospection } from './overrides.ts';

/** Refusals of introspection, made again by who knows the token that was asked about. */
function refusingWith(change: (refusal: Response, issued: IssuedToken | null, usual: Behaviour) => Response): Override {
  return changesAnswers('introspect', async (answer, { request }, usual) => {
    const form = new URLSearchParams(await request.clone().text());
    const refusal = await answer();
    return refusal.status === 401
      ? change(refusal, usual.introspection.live(form.get('token') ?? '', null), usual)
      : refusal;
  });
}

/** What is said of tokens that are not the first ones of their grant, changed. */
function sayingOfLater(change: (members: JsonObject) => JsonObject): Override {
  return changesIntrospection(({ active }, { vault }) => ({
    active: (issued, caller) => {
      const first = [...vault.accessTokens.values()].find(({ grant }) => grant === issued.grant);
      return first === issued ? active(issued, caller) : change(active(issued, caller));
    },
  }));
}

/** A token is taken for one that is like it. */
function takingFor(isAlike: (token: string, issued: string) => boolean): Override {
  return changesIntrospection(({ live }, { vault }) => ({
    live: (token, hint) => {
      const alike = [...vault.accessTokens.keys()].find((issued) => isAlike(token, issued));
      return live(token, hint) ?? (alike === undefined ? null : live(alike, hint));
    },
  }));
}

/** Assertions are not verified at one endpoint. */
function trustingAssertions(endpoint: 'introspect' | 'revoke'): Override {
  return changesAnswers(endpoint, async (answer, { request }, usual, { clients }) => {
    const form = new URLSearchParams(await request.clone().text());
    const assertion = form.get('client_assertion');
    const named = assertion === null ? null : usual.clients.issuerOf(assertion);
    const client = clients.find(({ clientId }) => clientId === named);
    const token = form.get('token') ?? '';
    if (!client) return answer();
    if (endpoint === 'introspect') {
      const issued = usual.introspection.mayAsk(client) ? usual.introspection.live(token, null) : null;
      return issued ? json(usual.introspection.active(issued, client), { headers: notStored }) : answer();
    }
    const found = usual.revocation.find(token, null);
    if (found && usual.revocation.isOwner(found, { client, proof: 'assertion' })) usual.revocation.end(found);
    return answer();
  });
}

/** Those whose grant, or they themselves, have been revoked are taken for live. */
function forgettingRevocation({ vault, now }: Setup, isMeant: (issued: IssuedToken) => boolean) {
  return (token: string): IssuedToken | null => {
    const issued = vault.accessTokens.get(token);
    return issued && isMeant(issued) && issued.expiresAt > now() ? issued : null;
  };
}

const later: readonly FaultRow[] = [
  {
    id: 'introspection/patient-repeated~refreshed',
    level: 'fail',
    summary: 'Of a refreshed token the patient is left out',
    override: sayingOfLater(({ patient: _, ...members }) => members),
  },
  {
    id: 'introspection/scope-as-granted~refreshed',
    level: 'fail',
    summary: 'Of a refreshed token scope is empty',
    override: sayingOfLater((members) => ({ ...members, scope: '' })),
  },
  {
    id: 'introspection/active-boolean~refreshed',
    level: 'fail',
    summary: 'Refreshed tokens are inactive',
    also: ['introspection/any-clients-tokens'],
    override: sayingOfLater(() => ({ active: false })),
  },
];

const refusals: readonly FaultRow[] = [
  {
    id: 'introspection/caller-authorized~body-of-401',
    level: 'warn',
    summary: 'Whoever may not introspect is answered 401, and told all the same',
    also: ['introspection/bad-credentials-refused'],
    override: refusingWith((refusal, issued, { introspection }) =>
      issued ? json(introspection.active(issued, null), { status: 401 }) : refusal,
    ),
  },
  {
    id: 'introspection/bad-credentials-refused~body-of-401',
    level: 'fail',
    summary: 'Whoever comes with bad credentials is answered 401, and told all the same',
    override: changesAnswers('introspect', async (answer, { request }, { introspection }) => {
      const form = new URLSearchParams(await request.clone().text());
      const refusal = await answer();
      const issued = introspection.live(form.get('token') ?? '', null);
      return refusal.status === 401 && request.headers.has('authorization') && issued
        ? json(introspection.active(issued, null), { status: 401 })
        : refusal;
    }),
  },
  {
    id: 'introspection/caller-authorized~described',
    level: 'warn',
    summary: 'Whoever may not introspect learns which tokens are live from the description of the error',
    override: refusingWith((refusal, issued) =>
      oauthError('invalid_client', issued ? `not for tokens of ${issued.grant.client.clientId}` : 'no such token', {
        status: 401,
        headers: { 'www-authenticate': refusal.headers.get('www-authenticate') ?? 'Bearer' },
      }),
    ),
  },
];

const proofs: readonly FaultRow[] = [
  {
    id: 'introspection/bad-credentials-refused~assertion',
    level: 'fail',
    summary: 'Introspection does not verify client assertions',
    override: trustingAssertions('introspect'),
  },
  {
    id: 'introspection/revocation-bound-to-client~assertion',
    level: 'fail',
    summary: 'Revocation does not verify client assertions',
    override: trustingAssertions('revoke'),
  },
  {
    id: 'introspection/bad-credentials-refused~revoked-bearer',
    level: 'fail',
    summary: 'A bearer token that was revoked opens introspection',
    override: changesIntrospection(({ caller }, setup) => ({
      async caller(request, ...more) {
        const [, token = ''] = /^bearer (.*)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
        const revoked = forgettingRevocation(setup, (issued) => issued.revoked)(token);
        return (await caller(request, ...more)) ?? revoked?.grant.client ?? null;
      },
    })),
  },
];

const tokens: readonly FaultRow[] = [
  {
    id: 'introspection/unusable-token-inactive~case',
    level: 'fail',
    summary: 'Tokens are compared without regard to case',
    override: takingFor((token, issued) => token.toLowerCase() === issued.toLowerCase()),
  },
  {
    id: 'introspection/unusable-token-inactive~longer',
    level: 'fail',
    summary: 'What follows a token is not read',
    override: takingFor((token, issued) => token.startsWith(issued)),
  },
  {
    id: 'introspection/unusable-token-inactive~ended-grant',
    level: 'fail',
    summary: 'The access tokens of a grant that was revoked are active',
    override: changesIntrospection(({ live }, setup) => ({
      live: (token, hint) =>
        live(token, hint) ?? forgettingRevocation(setup, ({ grant, revoked }) => grant.revoked && !revoked)(token),
    })),
  },
];

export const toldFaults = faultsOf([...later, ...refusals, ...proofs, ...tokens]);
