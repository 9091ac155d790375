import { artifact, type Memory, Skip, stateFile } from '../kit/index.ts';

/** What earlier runs saw. A test that compares with it is undecided where `recall` gives null, and remembers for the next. */
export const memory = artifact({
  name: 'memory',
  needs: [stateFile],
  obtain({ stateFile }): Memory {
    if (stateFile) return stateFile;
    throw new Skip('not-configured', 'needs --state FILE: it takes two runs, and the second compares with the first');
  },
});
