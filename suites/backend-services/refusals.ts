import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { type BackendDeparture, backendClient, backendRequester, backendToken } from '../../src/artifacts/backend.ts';
import { tokenClient } from '../../src/artifacts/token-client.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import {
  artifact,
  attempted,
  type Client,
  configuration,
  describe,
  isUnobtainable,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { type Credentials, inBasic, inBody, methodOf } from '../../src/oauth/client-authentication.ts';
import { judgeForm, type Refused } from './judge-form.ts';

/** A request that cannot be served, with the errors that say why (RFC 6749 section 5.2). */
interface BadRequest extends Omit<Refused, 'answer'> {
  readonly departure: BackendDeparture;
  /** The client does not authenticate. */
  readonly isUnproven?: true;
}

const named = (clientId: string): Credentials => ({ headers: {}, parameters: { client_id: clientId } });

function badRequests({ clientId }: Client): readonly BadRequest[] {
  return [
    {
      what: 'an unknown grant_type',
      departure: { change: (form) => form.set('grant_type', 'urn:example:smart-check:none') },
      errors: ['unsupported_grant_type'],
    },
    {
      what: 'no grant_type',
      departure: { change: (form) => form.delete('grant_type') },
      errors: ['invalid_request'],
      tolerated: ['unsupported_grant_type'],
    },
    {
      what: 'no client_assertion',
      departure: { credentials: named(clientId) },
      isUnproven: true,
      errors: ['invalid_client', 'invalid_request'],
      tolerated: ['unauthorized_client'],
    },
    {
      what: 'an unknown client',
      departure: { credentials: named('smart-check-no-such-client') },
      isUnproven: true,
      errors: ['invalid_client', 'invalid_request'],
      tolerated: ['unauthorized_client'],
    },
  ];
}

/** Requests that depart in one thing from one that was served. */
const badRequestAnswers = artifact({
  name: 'badRequestAnswers',
  needs: [backendRequester, backendToken],
  obtain: ({ backendRequester: { client, request } }) =>
    Promise.all(
      badRequests(client).map(async ({ departure, ...bad }) => ({ ...bad, answer: await request(departure) })),
    ),
});

const form = test({
  id: 'backend-services/errors-oauth',
  title: 'Requests that cannot be served are refused in the form of RFC 6749, for what is wrong with them',
  requirements: ['backend-services/errors-oauth'],
  needs: [backendToken, badRequestAnswers],
  run({ backendToken, badRequestAnswers, must, should }) {
    for (const { isUnproven, ...refused } of badRequestAnswers) {
      // A token for who does not authenticate is judged where authentication is.
      if (refused.answer.kind === 'granted' && isUnproven) continue;
      judgeForm(refused, backendToken.exchange, { must, should });
    }
  },
});

const explained = test({
  id: 'backend-services/errors-explained',
  title: 'Refusals say what is wrong',
  requirements: ['backend-services/errors-explained'],
  needs: [badRequestAnswers],
  run({ badRequestAnswers, should }) {
    const refused = badRequestAnswers.filter(({ answer }) => answer.kind === 'refused');
    if (refused.length === 0) throw new Skip('undecided', 'nothing was refused with an OAuth error');
    for (const { what, answer } of refused) {
      const { error_description: description, error_uri: uri } = jsonObjectIn(answer.exchange) ?? {};
      should('backend-services/errors-explained', isText(description) || isText(uri), {
        expected: `error_description or error_uri in the refusal of ${what}`,
        actual: `error_description ${describe(description)}, error_uri ${describe(uri)}`,
        because: answer.exchange,
      });
    }
  },
});

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Nobody has given it to anyone. */
const madeUpSecret = 'smart-check-made-this-up';

/** Ways to name a client without proving it. */
const unproven: readonly { readonly how: string; readonly credentials: (clientId: string) => Credentials }[] = [
  { how: 'client_id alone', credentials: named },
  {
    how: 'client_id and an empty client_secret',
    credentials: (clientId) => ({ headers: {}, parameters: { client_id: clientId, client_secret: '' } }),
  },
  {
    how: 'client_id and a made-up client_secret',
    credentials: (clientId) => inBody(clientId, madeUpSecret),
  },
  {
    how: 'HTTP Basic with a made-up secret',
    credentials: (clientId) => inBasic(clientId, madeUpSecret),
  },
  {
    how: 'HTTP Basic with an empty secret',
    credentials: (clientId) => inBasic(clientId, ''),
  },
];

const authenticated = test({
  id: 'backend-services/client-credentials-authenticated',
  title: 'client_credentials yields no token to clients that do not prove who they are',
  requirements: ['backend-services/client-credentials-authenticated'],
  needs: [configuration, tokenClient, attempted(backendClient), attempted(backendToken)],
  async run({ configuration: { clients }, tokenClient, backendClient, backendToken, must }) {
    const isBackend = !isUnobtainable(backendClient);
    const works = !isUnobtainable(backendToken);
    const publicClients = [clients.public, ...(clients.others ?? [])].flatMap((client) =>
      client && methodOf(client) === 'none' ? [client] : [],
    );
    const subjects = [...(isBackend ? [backendClient] : []), ...publicClients];
    const scope = works ? backendToken.scope : 'system/*.rs';
    const control = works ? [backendToken.exchange] : [];
    const parameters = { grant_type: 'client_credentials', scope };
    const attempts = subjects.flatMap((client) =>
      unproven.map(async ({ how, credentials }) => {
        const answer = await tokenClient.request({ client, parameters, credentials: credentials(client.clientId) });
        return { client, how, answer };
      }),
    );
    for (const { client, how, answer } of await Promise.all(attempts)) {
      // A refusal means something only where client_credentials is known to work.
      if (!works && answer.kind !== 'granted') continue;
      must('backend-services/client-credentials-authenticated', answer.kind !== 'granted', {
        expected: `no token for ${client.clientId} by ${how}`,
        actual: answeredWith(answer),
        because: [...control, answer.exchange],
      });
    }
    if (!works) throw backendToken;
  },
});

export const refusalTests = [form, explained, authenticated];
