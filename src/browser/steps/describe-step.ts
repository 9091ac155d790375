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
  const parts = (['label', 'role', 'name', 'text', 'placeholder', 'testId', 'css'] as const).flatMap((kind) =>
    locator[kind] === undefined ? [] : [`${kind} "${locator[kind]}"`],
  );
  return parts.join(' ');
}
