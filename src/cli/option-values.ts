import { InvalidArgumentError } from 'commander';

/** Collects an option that takes several values: repeated, or given with commas. */
export function several(value: string, previous: readonly string[] = []): readonly string[] {
  return [
    ...previous,
    ...value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ];
}

/** Collects an option that is repeated, commas and all. */
export function collected(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** A number above zero. */
export function positive(value: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above zero.');
}

/** A whole number above zero. */
export function positiveInteger(value: string): number {
  if (/^[1-9]\d*$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
  throw new InvalidArgumentError('It must be a whole number above zero.');
}

/** A TCP port; 0 takes any free one. */
export function port(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new InvalidArgumentError('It must be a port number, 0 to 65535.');
}

/** A whole number. */
export function integer(value: string): number {
  if (/^-?\d+$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** A number of retries: more than a few only hide how a server is. */
export function retries(value: string): number {
  if (/^[0-5]$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a whole number from 0 to 5.');
}
