import { madeUpToken } from '../oauth/altered-token.ts';

/** Those who ask without a token that is good. */
export const nobodies = [
  { who: 'without a token', accessToken: null },
  { who: 'with a made-up token', accessToken: madeUpToken },
];
