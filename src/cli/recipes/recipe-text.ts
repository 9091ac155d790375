import { placeholdersOf } from './placeholders.ts';
import { placeholder, type Recipe, type RecipeBook, type RecipeRequest } from './recipe.ts';
import { requestCurl } from './request-curl.ts';
import { requestWords } from './request-words.ts';

/** How to repeat by hand what the recipes say: words, curl commands, what to expect, and where each value comes from. */
export function recipeText(recipes: readonly Recipe[], book: RecipeBook): string {
  const all = recipes.flatMap((recipe) => requestsOf(recipe, book));
  const blocks = recipes.map((recipe) => block(recipe, requestsOf(recipe, book)));
  const values = placeholdersOf(all);
  const width = Math.max(0, ...values.map(([name]) => name.length));
  const where = values.map(([name, how]) => `  ${name.padEnd(width)}  ${how}`);
  return [...blocks, ...(where.length > 0 ? [`The names stand for:\n${where.join('\n')}\n`] : [])].join('\n');
}

function requestsOf({ requests }: Recipe, book: RecipeBook): readonly RecipeRequest[] {
  return requests.map((place) => book.requests[place]).filter((request) => request !== undefined);
}

function block({ test, expected, seen, more }: Recipe, requests: readonly RecipeRequest[]): string {
  const lines = requests.flatMap((request, index) => [
    `  ${requests.length > 1 ? `${index + 1}. ` : ''}${capital(requestWords(request))}${request.status === null ? '' : ` (the reference server answers ${request.status})`}:`,
    '',
    ...(request.assertion
      ? [
          `      # client assertion: header ${spelled(request.assertion.header)}`,
          `      #   claims ${spelled(request.assertion.claims)}`,
        ]
      : []),
    ...requestCurl(request)
      .split('\n')
      .map((line) => `      ${line}`),
    '',
  ]);
  const head = expected === '' ? `Asked by ${test}` : `Expected (${test}): ${plain(expected)}`;
  return [
    head,
    `  the reference server shows: ${plain(seen)}`,
    '',
    ...lines,
    ...(more > 0 ? [`  … and ${more} such request${more > 1 ? 's' : ''} more`, ''] : []),
  ].join('\n');
}

function spelled(value: unknown): string {
  return plain(JSON.stringify(value));
}

function plain(text: string): string {
  return text.replaceAll(placeholder, (_whole, name: string) => `$${name}`);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
