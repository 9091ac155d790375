/** What a form-encoded request holds. */
export type Form =
  | { readonly kind: 'form'; readonly parameters: URLSearchParams }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Reads a form body; an empty one is an empty form. */
export async function readForm(request: Request): Promise<Form> {
  const body = await request.text();
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (body !== '' && type !== 'application/x-www-form-urlencoded') {
    return { kind: 'malformed', reason: 'the body is not application/x-www-form-urlencoded' };
  }
  return { kind: 'form', parameters: new URLSearchParams(body) };
}

/** What a page of the server's own sent; nothing when it is no form. */
export async function readPageForm(request: Request): Promise<URLSearchParams> {
  const form = await readForm(request);
  return form.kind === 'form' ? form.parameters : new URLSearchParams();
}

/** A form in which parameters must not be repeated (RFC 6749 section 3.2). */
export async function readFormOnce(request: Request): Promise<Form> {
  const form = await readForm(request);
  if (form.kind === 'malformed') return form;
  const names = [...form.parameters.keys()];
  return new Set(names).size === names.length ? form : { kind: 'malformed', reason: 'a parameter is repeated' };
}
