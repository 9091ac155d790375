/** The form of a page, as it would be sent without its buttons. */
export interface PlainForm {
  readonly action: string;
  readonly method: 'get' | 'post';
  readonly fields: readonly Field[];
  readonly buttons: readonly { readonly name: string; readonly value: string }[];
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** Reads the first form of a page that is written as the reference server writes them. */
export function readForm(page: string): PlainForm | null {
  const [, opening = '', content = ''] = /<form\b([^>]*)>([\s\S]*?)<\/form>/.exec(page) ?? [];
  const action = attribute(opening, 'action');
  if (action === null) return null;
  const tags = (name: string) =>
    [...content.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(([, tag = '']) => tag);
  const buttons = tags('button').filter((tag) => attribute(tag, 'type') !== 'button');
  return {
    action,
    method: attribute(opening, 'method') === 'get' ? 'get' : 'post',
    fields: tags('input').map((tag) => ({
      name: attribute(tag, 'name') ?? '',
      type: attribute(tag, 'type') ?? 'text',
      value: attribute(tag, 'value') ?? '',
    })),
    buttons: buttons.map((tag) => ({ name: attribute(tag, 'name') ?? '', value: attribute(tag, 'value') ?? '' })),
  };
}

/** What a page shows in its first frame. */
export function frameIn(page: string): string | null {
  return attribute(/<iframe\b([^>]*)>/.exec(page)?.[1] ?? '', 'src');
}

/** The words of a page, as a person reads them. */
export function textOf(page: string): string {
  const [, body = page] = /<body[^>]*>([\s\S]*)/.exec(page) ?? [];
  return unescaped(body.replace(/<(script|style)\b.*?<\/\1>|<[^>]*>/gis, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

/** What a page says went wrong. */
export function alertOf(page: string): string | null {
  const [, alert] = /role="alert">([^<]*)</.exec(page) ?? [];
  return alert === undefined ? null : unescaped(alert);
}

function attribute(tag: string, name: string): string | null {
  const [, value] = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag) ?? [];
  return value === undefined ? null : unescaped(value);
}

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot));/gi, (_all, hex, decimal, name) =>
    name === undefined
      ? String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
      : (characters[name.toLowerCase()] ?? ''),
  );
}
