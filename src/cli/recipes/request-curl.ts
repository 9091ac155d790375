import { quoted } from '../../../reports/curl.ts';
import { type Pair, placeholder, type RecipeRequest } from './recipe.ts';

/** The request as a curl command for a POSIX shell in which the names that stand for values are set: `"$FHIR_BASE/metadata"`. */
export function requestCurl({ by, method, url, query, headers, body }: RecipeRequest): string {
  const isForm = body !== null && 'form' in body && body.form.length > 0;
  const implied = body !== null && (isForm || method === 'POST') ? 'POST' : 'GET';
  const options = [
    ...(method === 'HEAD' ? ['--head'] : method === implied ? [] : [`--request ${method}`]),
    ...(query.length > 0 && !isForm ? ['--get', ...query.map(data)] : []),
    ...headers.map(([name, value]) => `--header ${word(`${name}: ${value}`)}`),
    ...(isForm ? body.form.map(data) : []),
    ...(body !== null && !isForm ? [`--data-raw ${'text' in body ? word(body.text) : "''"}`] : []),
  ];
  if (by === 'browser' && method === 'GET') {
    const print = "curl --silent --output /dev/null --write-out '%{url_effective}\\n'";
    return ['# prints the address to open in the browser', [print, ...options, word(url)].join(' \\\n  ')].join('\n');
  }
  return ['curl --include', ...options, word(url)].join(' \\\n  ');
}

function data([name, value]: Pair): string {
  return `--data-urlencode ${word(`${name}=${value}`)}`;
}

/** In double quotes where a variable stands in it, in single quotes or bare where none does. */
function word(text: string): string {
  if (text.search(placeholder) !== -1) {
    return `"${text.replaceAll(/[\\"`$]/g, '\\$&').replaceAll(placeholder, (_whole, name: string) => `\${${name}}`)}"`.replaceAll(
      /\$\{(\w+)\}(?!\w)/g,
      (_whole, name: string) => `$${name}`,
    );
  }
  return quoted(text);
}
