/**
 * How a person repeats by hand what a test does: the requests it sent to the reference server, which conforms, with
 * names like `‹TOKEN_ENDPOINT›` in place of that server's values. Made by `npm run docs` from a self-test.
 */
import { createRequire } from 'node:module';

export interface Recipe {
  /** The test that sent it. */
  readonly test: string;
  readonly requirement: string;
  /** What a conformant server answers, in the words of the finding. */
  readonly expected: string;
  /** What the reference server, which conforms, answered. */
  readonly seen: string;
  /** Places in `RecipeBook.requests`, in the order of sending. */
  readonly requests: readonly number[];
  /** How many requests more the finding rests on, of the same kind. */
  readonly more: number;
}

export interface RecipeRequest {
  readonly by: 'http' | 'browser';
  readonly method: string;
  /** Without what `query` holds. */
  readonly url: string;
  readonly query: readonly Pair[];
  readonly headers: readonly Pair[];
  /** A form, or any other text. */
  readonly body: { readonly form: readonly Pair[] } | { readonly text: string } | null;
  readonly status: number | null;
  /** Header and claims of the client assertion that is sent. */
  readonly assertion?: { readonly header: unknown; readonly claims: unknown };
  /** Where the secrets came from, by the name that stands for each. */
  readonly origins: Readonly<Record<string, string>>;
}

export type Pair = readonly [name: string, value: string];

export interface RecipeBook {
  readonly requests: readonly RecipeRequest[];
  readonly recipes: readonly Recipe[];
}

const require = createRequire(import.meta.url);

export function recipeBook(): RecipeBook {
  return require('#recipes');
}

/** `‹NAME›` stands for what the reader must put there. */
export const placeholder = /‹([A-Z][A-Z0-9_]*)›/g;
