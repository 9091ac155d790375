import type { Override } from './behaviour.ts';

/** Several overrides as one: each is laid over those before it, the last outermost. */
export function together(...overrides: readonly Override[]): Override {
  return (usual, setup) => {
    let behaviour = usual;
    for (const override of overrides) behaviour = Object.assign({}, behaviour, override(behaviour, setup));
    return behaviour;
  };
}
