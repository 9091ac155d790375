/** The URLs the server publishes, all below one base URL. */
export interface Site {
  /** Without a final slash, as all of them. */
  readonly baseUrl: string;
  readonly fhir: string;
  readonly issuer: string;
  readonly jwks: string;
  readonly authorize: string;
  readonly token: string;
  readonly userinfo: string;
  readonly endSession: string;
  readonly introspect: string;
  readonly revoke: string;
  readonly manage: string;
  readonly brands: string;
  readonly ehr: string;
  readonly style: string;
  /** The base of App State: the FHIR base URL, or one of its own. */
  readonly appState: string;
}

/** The URLs of a server that is reached at `baseUrl`. */
export function siteAt(baseUrl: string): Site {
  const base = baseUrl.replace(/\/+$/, '');
  return {
    baseUrl: base,
    fhir: `${base}/fhir`,
    // Below the issuer, OpenID Connect Discovery puts /.well-known/openid-configuration.
    issuer: `${base}/oauth`,
    jwks: `${base}/oauth/jwks`,
    authorize: `${base}/oauth/authorize`,
    token: `${base}/oauth/token`,
    userinfo: `${base}/oauth/userinfo`,
    endSession: `${base}/oauth/end-session`,
    introspect: `${base}/oauth/introspect`,
    revoke: `${base}/oauth/revoke`,
    manage: `${base}/manage`,
    brands: `${base}/brands.json`,
    ehr: `${base}/ehr`,
    style: `${base}/styles/1.json`,
    appState: `${base}/appstate`,
  };
}
