/** How clients may authenticate at the token endpoint, as the documents advertise it. */
export const authenticationMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];

/** With which algorithms client assertions may be signed. */
export const assertionAlgorithms = ['RS384', 'ES384'];
