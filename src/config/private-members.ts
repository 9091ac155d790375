/** The members of a JWK that only its owner may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037). */
export const privateMembers: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];
