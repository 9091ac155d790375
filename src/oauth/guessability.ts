/**
 * How much room values of one kind have for what nobody can guess, judged by what they look like: an upper limit, since
 * randomness itself cannot be seen.
 *
 * @returns bits; `why` in words
 */
export function guessability(values: readonly string[]): { readonly bits: number; readonly why: string } {
  if (new Set(values).size < values.length) return { bits: 0, why: 'a value came twice' };
  const varying = varyingParts(values);
  const length = Math.min(...varying.map((part) => part.length));
  const letters = new Set(varying.join(''));
  const bits = Math.floor(length * Math.log2(alphabetSize(letters)));
  const why = `${length} characters that vary of ${Math.min(...values.map((value) => value.length))}, room for ${bits} bits`;
  return { bits, why };
}

/** What is left of values without what they share: at each place where they are of one length, else at their ends. */
function varyingParts(values: readonly string[]): readonly string[] {
  const [first = ''] = values;
  if (values.every(({ length }) => length === first.length)) {
    const places = [...first].flatMap((letter, place) =>
      values.some((value) => value[place] !== letter) ? place : [],
    );
    return values.map((value) => places.map((place) => value[place]).join(''));
  }
  const prefix = sharedLength(values);
  const suffix = sharedLength(values.map((value) => [...value.slice(prefix)].reverse().join('')));
  return values.map((value) => value.slice(prefix, value.length - suffix));
}

function sharedLength(values: readonly string[]): number {
  const [first = '', ...others] = values;
  let length = 0;
  while (length < first.length && others.every((other) => other[length] === first[length])) length += 1;
  return length;
}

/** The usual alphabet into which the letters fit. */
function alphabetSize(letters: ReadonlySet<string>): number {
  const all = [...letters].join('');
  if (/^[0-9]*$/.test(all)) return 10;
  if (/^[0-9a-f]*$/.test(all) || /^[0-9A-F]*$/.test(all)) return 16;
  if (/^[A-Z2-7=]*$/.test(all)) return 32;
  if (/^[0-9a-z]*$/.test(all)) return 36;
  return 64;
}
