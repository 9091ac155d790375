import { artifact, type Client, configuration, type Exchange, Skip } from '../kit/index.ts';
import { type Credentials, inBasic, inBody, inPlainBasic, methodOf } from '../oauth/client-authentication.ts';
import { appCarriers } from './app-carriers.ts';
import { answerInWords } from './assertion-prober.ts';
import { tokenEndpoint } from './authorization-server.ts';
import { launcher } from './launcher.ts';
import { capabilities } from './smart-configuration.ts';
import type { CarriedAnswer, TokenCarrier } from './token-carrier.ts';
import { usualWay } from './usual-way.ts';

/** Sends token requests of a client with a secret that depart in its credentials from those that are accepted. */
export interface SecretProber {
  readonly client: Client;
  readonly secret: string;
  /** By refresh token where there is one: no attempt then costs a code. */
  readonly cheap: TokenCarrier;
  readonly code: TokenCarrier;
  /** That secret as the client usually sends it: in HTTP Basic, as the server takes it, or in the body. */
  withSecret(secret: string): Credentials;
  /** The right secret, and what came of it. */
  readonly control: CarriedAnswer;
}

export const secretProber = artifact({
  name: 'secretProber',
  needs: [configuration, capabilities, launcher, usualWay, tokenEndpoint],
  async obtain({ configuration, capabilities, launcher, usualWay, tokenEndpoint }): Promise<SecretProber> {
    const { symmetric } = configuration.clients;
    const { code, refresh } = await appCarriers(symmetric, 'symmetric', { capabilities, launcher, usualWay });
    const { client } = code;
    const secret = client.clientSecret ?? '';
    const cheap = refresh ?? code;
    const isPlain = tokenEndpoint.takesPlainBasic.has(client.clientId);
    const way = methodOf(client) === 'client_secret_post' ? inBody : isPlain ? inPlainBasic : inBasic;
    const withSecret = (sent: string) => way(client.clientId, sent);
    return { client, secret, cheap, code, withSecret, control: await cheap.send(withSecret(secret)) };
  },
});

/** The same, once the right secret has been accepted. */
export const provenSecret = artifact({
  name: 'provenSecret',
  needs: [secretProber],
  obtain({ secretProber }): SecretProber & { readonly accepted: Exchange } {
    const { control, client } = secretProber;
    if (control.kind === 'granted') return { ...secretProber, accepted: control.exchange };
    const why = `the secret of ${client.clientId} itself was not accepted (${answerInWords(control)})`;
    throw new Skip('undecided', `${why}, so nothing can be said of others`);
  },
});
