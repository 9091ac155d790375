import type { Locator, Step } from '../../kit/configuration.ts';

/** A step as a person reads it: `fill label "Password" with {{user.password}}`. Templates stay as they were written. */
export function describeStep(step: Step): string {
  if ('goto' in step) return `goto ${step.goto}`;
  if ('fill' in step) return `fill ${describeLocator(step.fill)} with ${step.fill.with}`;
  if ('select' in step) return `select "${step.select.option}" of ${describeLocator(step.select)}`;
  if ('press' in step) return `press ${step.press.key} on ${describeLocator(step.press)}`;
  const [[action, locator] = ['', {}]] = Object.entries(step);
  return `${action} ${describeLocator(locator)}`;
}

function describeLocator(locator: Locator): string {
  return Object.entries(locatorParts(locator))
    .map(([kind, text]) => `${kind} "${text}"`)
    .join(' ');
}

const kinds = ['label', 'role', 'name', 'text', 'placeholder', 'testId', 'css'] as const;

/** What of a step says which element is meant. */
export function locatorParts(locator: Locator): Readonly<Record<string, string>> {
  return Object.fromEntries(kinds.flatMap((kind) => (locator[kind] === undefined ? [] : [[kind, locator[kind]]])));
}
