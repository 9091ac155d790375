import { advertisedBy, capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { configuration, Skip, test } from '../../src/kit/index.ts';
import { capabilitySets, clientTypesOfSets, missingFromSet } from '../../src/smart/capabilities.ts';

const oneSet = test({
  id: 'discovery/capability-set',
  title: 'At least one capability set is complete',
  requirements: ['discovery/capability-set', 'discovery/asymmetric-client-is-an-addition'],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { exchange }, capabilities, should }) {
    if (!capabilities.launchesApps) throw new Skip('not-advertised', 'no launch mode is advertised');
    const sets = capabilitySets.map((set) => ({ ...set, missing: missingFromSet(set, capabilities.all) }));
    const complete = sets.filter(({ missing }) => missing.length === 0).map(({ title }) => title);
    should('discovery/capability-set', complete.length > 0, {
      expected: 'the capabilities of one set at least',
      actual:
        complete.length > 0
          ? `complete: ${complete.join(', ')}`
          : `missing: ${sets.map(({ title, missing }) => `${title}: ${missing.join(', ')}`).join('; ')}`,
      because: exchange,
    });

    if (!capabilities.includes('client-confidential-asymmetric')) return;
    const accompanied = clientTypesOfSets.some((type) => capabilities.includes(type));
    should('discovery/asymmetric-client-is-an-addition', accompanied, {
      expected: `${clientTypesOfSets.join(' or ')} beside client-confidential-asymmetric`,
      actual: accompanied ? 'so it is' : 'client-confidential-asymmetric alone, which completes no capability set',
      because: exchange,
    });
  },
});

const claimedSets = capabilitySets.map((set) =>
  test({
    id: `discovery/${set.id}`,
    title: `${set.title}, where claimed, is complete`,
    requirements: [`discovery/${set.id}`],
    needs: [smartConfiguration, configuration],
    run({ smartConfiguration, configuration, must }) {
      if (!configuration.capabilitySets.includes(set.id)) {
        throw new Skip('not-advertised', `the configuration does not claim ${set.id} (capabilitySets)`);
      }
      const { exchange } = smartConfiguration;
      const missing = missingFromSet(set, advertisedBy(smartConfiguration).all);
      must(`discovery/${set.id}`, missing.length === 0, {
        expected: `every capability of ${set.title}, which the configuration claims`,
        actual: missing.length === 0 ? 'all advertised' : `not advertised: ${missing.join(', ')}`,
        because: exchange,
      });
    },
  }),
);

export const capabilitySetTests = [oneSet, ...claimedSets];
