import type { UserKind } from '../journey.ts';
import type { PageSnapshot } from './action.ts';
import { caption } from './buttons.ts';
import type { Control } from './snapshot.ts';
import { forClinicians, forPatients, mentionsSignIn } from './words.ts';

/** A page that has one way in for patients and another for those who treat them, as who signs in is to see it. */
export function withoutOtherDoors(page: PageSnapshot, kind: UserKind | undefined): PageSnapshot {
  if (kind === undefined) return page;
  const doors = page.controls.filter(
    (control) => ['button', 'link'].includes(control.kind) && mentionsSignIn.test(caption(control)),
  );
  const others = doors.filter((door) => isFor(door, kind) === false);
  // "Patient login" beside "Login": the one that says for whom it is.
  const unsaid = doors.some((door) => isFor(door, kind)) ? doors.filter((door) => isFor(door, kind) === null) : [];
  const shut = new Set([...others, ...unsaid]);
  if (doors.length < 2 || shut.size === doors.length) return page;
  return { ...page, controls: page.controls.filter((control) => !shut.has(control)) };
}

/** Null where it does not say for whom it is. */
function isFor(door: Control, kind: UserKind): boolean | null {
  const [isPatients, isClinicians] = [forPatients.test(caption(door)), forClinicians.test(caption(door))];
  if (isPatients === isClinicians) return null;
  return isPatients === (kind === 'patient');
}
