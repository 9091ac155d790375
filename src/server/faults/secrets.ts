/** Clients that authenticate with a secret (client-confidential-symmetric, RFC 6749 section 2.3.1). */
import type { Override } from '../behaviour.ts';
import { oauthError } from '../responses.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAnswers,
  changesClientRules,
  changesSmartConfiguration,
  changesTokens,
  lacking,
  listing,
} from './overrides.ts';

/** What does not work for a client whose secret is not taken. */
const noToken = [
  'client-symmetric/launch-completes',
  'client-symmetric/basic-accepted',
  'client-symmetric/basic-form-encoded',
  'app-launch/standalone-launch-completes',
  'app-launch/ehr-launch-completes',
  'app-launch/token-request-form-post',
  'app-launch/token-client-id-optional',
  'app-launch/listed-auth-methods-accepted',
  'app-launch/offline-refresh-without-user',
  'app-launch/refresh-confidential-authenticates',
];

const accepted: readonly FaultRow[] = [
  ...['launch-completes', 'basic-accepted'].map(
    (name): FaultRow => ({
      id: `client-symmetric/${name}~refused`,
      level: 'fail',
      summary: 'The secret of a client is not taken',
      also: noToken,
      override: changesClientRules(({ isSecret }) => ({
        isSecret: (client, secret, parameters) => client.role !== 'symmetric' && isSecret(client, secret, parameters),
      })),
    }),
  ),
  {
    id: 'client-symmetric/basic-form-encoded~plain',
    level: 'warn',
    summary: 'Id and secret are taken as they stand in HTTP Basic',
    override: changesClientRules(() => ({ basicPart: (text) => text })),
  },
  {
    id: 'client-symmetric/basic-form-encoded~percent',
    level: 'fail',
    summary: 'A secret with a percent sign is never taken',
    also: noToken,
    override: changesClientRules(({ isSecret }) => ({
      isSecret: (client, secret, parameters) => !secret.includes('%') && isSecret(client, secret, parameters),
    })),
  },
  {
    id: 'client-symmetric/backend-not-intended~served',
    level: 'warn',
    summary: 'A client with a secret gets a token without a user',
    override: changesTokens(({ isService, serviceScopes }) => ({
      isService: (client) => client.role === 'symmetric' || isService(client),
      serviceScopes: (requested, client) =>
        client.role === 'symmetric' ? requested : serviceScopes(requested, client),
    })),
  },
];

const wrong: readonly FaultRow[] = [
  {
    id: 'client-symmetric/wrong-secret-refused~any',
    level: 'fail',
    summary: 'Any secret will do',
    override: takingAlso(() => true),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~empty',
    level: 'fail',
    summary: 'An empty secret will do',
    override: takingAlso((secret) => secret === ''),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~empty-misnamed',
    level: 'warn',
    summary: 'An empty secret is refused as if the user had denied access',
    override: changesAnswers('token', async (answer, { request }) => {
      const [, encoded = ''] = /^basic +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
      const isEmpty = Buffer.from(encoded, 'base64').toString('utf8').endsWith(':');
      const inBody = new URLSearchParams(await request.clone().text()).get('client_secret') === '';
      const usual = await answer();
      return usual.status === 401 && (isEmpty || inBody) ? oauthError('access_denied', 'no', { status: 401 }) : usual;
    }),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~foreign',
    level: 'fail',
    summary: 'The secret of any client will do',
    override: (usual, setup) =>
      takingAlso((secret) => setup.clients.some(({ clientSecret }) => clientSecret === secret))(usual, setup),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~length',
    level: 'fail',
    summary: 'Secrets are compared by their length',
    override: takingAlso((secret, right) => secret.length === right.length),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~case',
    level: 'fail',
    summary: 'Secrets are compared without regard to case',
    override: takingAlso((secret, right) => secret.toLowerCase() === right.toLowerCase()),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~longer',
    level: 'fail',
    summary: 'What follows a secret is not read',
    override: takingAlso((secret, right) => secret.startsWith(right)),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~beginning',
    level: 'fail',
    summary: 'The beginning of a secret will do',
    override: takingAlso((secret, right) => secret.length >= 8 && right.startsWith(secret)),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~unlisted-body',
    level: 'fail',
    summary: 'Secrets in the body are not listed, and any will do',
    override: together(
      takingAlso((_secret, _right, parameters) => parameters.has('client_secret')),
      changesSmartConfiguration(listing('token_endpoint_auth_methods_supported', lacking('client_secret_post'))),
    ),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~none',
    level: 'fail',
    summary: 'A client with a secret may leave it out',
    also: [
      'app-launch/token-confidential-authenticates',
      'app-launch/refresh-confidential-authenticates',
      'app-launch/code-bound-to-client',
    ],
    override: changesClientRules(({ needsProof }) => ({
      needsProof: (client) => client.clientSecret === undefined && needsProof(client),
    })),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~code-exchange',
    level: 'fail',
    summary: 'Any secret will do when a code is redeemed',
    override: takingAlso((_secret, _right, parameters) => parameters.get('grant_type') === 'authorization_code'),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~empty-at-code-exchange',
    level: 'fail',
    summary: 'An empty secret will do when a code is redeemed',
    override: takingAlso(
      (secret, _right, parameters) => secret === '' && parameters.get('grant_type') === 'authorization_code',
    ),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~empty-in-body',
    level: 'fail',
    summary: 'An empty secret in the body will do',
    override: takingAlso((_secret, _right, parameters) => parameters.get('client_secret') === ''),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~foreign-at-code-exchange',
    level: 'fail',
    summary: 'The secret of any client will do when a code is redeemed',
    override: (usual, setup) =>
      takingAlso(
        (secret, _right, parameters) =>
          parameters.get('grant_type') === 'authorization_code' &&
          setup.clients.some(({ clientSecret }) => clientSecret === secret),
      )(usual, setup),
  },
  {
    id: 'client-symmetric/wrong-secret-refused~body',
    level: 'fail',
    summary: 'Any secret will do in the body',
    override: takingAlso((_secret, _right, parameters) => parameters.has('client_secret')),
  },
  {
    id: 'client-symmetric/failed-basic-challenged~absent',
    level: 'fail',
    summary: 'A wrong secret is answered 401 without WWW-Authenticate',
    override: challenging((answer) => answer.headers.delete('www-authenticate')),
  },
  {
    id: 'client-symmetric/failed-basic-challenged~bearer',
    level: 'fail',
    summary: 'A wrong secret is answered with a challenge for Bearer tokens',
    override: challenging((answer) => answer.headers.set('www-authenticate', 'Bearer realm="oauth"')),
  },
  {
    id: 'client-symmetric/failed-basic-challenged~400',
    level: 'fail',
    summary: 'A wrong secret is answered 400',
    override: changesAnswers('token', async (answer) => {
      const usual = await answer();
      return usual.status === 401 ? new Response(usual.body, { status: 400, headers: usual.headers }) : usual;
    }),
  },
];

export const secretFaults = faultsOf([...accepted, ...wrong]);

/** Other secrets are as good as the right one. */
function takingAlso(isTaken: (secret: string, right: string, parameters: URLSearchParams) => boolean): Override {
  return changesClientRules(({ isSecret }) => ({
    isSecret: (client, secret, parameters) =>
      isSecret(client, secret, parameters) ||
      (client.clientSecret !== undefined && isTaken(secret, client.clientSecret, parameters)),
  }));
}

function challenging(change: (answer: Response) => void): Override {
  return changesAnswers('token', async (answer) => {
    const usual = await answer();
    if (usual.status === 401) change(usual);
    return usual;
  });
}
