import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { patientRecord } from '../../src/artifacts/patient-record.ts';
import { type ScopeAnswer, type ScopedGrant, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { addressOf, type Resource } from '../../src/fhir/served.ts';
import { Skip, test } from '../../src/kit/index.ts';
import { isPermission, readAll } from '../../src/smart/scope.ts';
import { nonsense } from './grants.ts';
import { judgeProbes, probed, uncoveredBy } from './judging.ts';

/** Servers that narrow what a user may see by the scopes of a token have no place for a token that has none. */
const noDataScope = test({
  id: 'scopes/no-data-without-scope',
  title: 'A token without a scope for data brings none',
  requirements: ['scopes/scope-covers-request'],
  needs: [capabilities, patientRecord, scopeGrants, fhirReader],
  async run({ capabilities, patientRecord, scopeGrants, fhirReader, must, undecided }) {
    const { type, patient, resources, another, whole } = patientRecord;
    const plain = capabilities.includes('sso-openid-connect') ? 'openid' : 'launch/patient';
    const data = scopeGrants.on(type);
    const answers = await Promise.all([
      scopeGrants.ask(plain),
      scopeGrants.ask(nonsense),
      scopeGrants.withholding(data, [data]),
    ]);
    const bare = answers.flatMap((answer) => bareGrant(answer) ?? []);
    if (bare.length === 0) {
      throw new Skip('undecided', `no token without scopes for data was had: ${answers.map(inWords).join('; ')}`);
    }
    const paths = [
      `${type}?patient=${patient}`,
      ...resources.slice(0, 1).map(addressOf),
      ...(another ? [addressOf(another), `${String(another.resourceType)}?patient=${patient}`] : []),
    ];
    for (const token of bare) {
      const isUncovered = uncoveredBy(token);
      const isForbidden = (resource: Resource) => isUncovered(resource) && !isSomebody(resource);
      const probes = await probed(paths, isForbidden, fhirReader.looking(token), fhirReader.looking(whole));
      const expected = `no data to come out with ${token.granted.join(' ') || 'no scope'}, which was granted for ${token.asked.join(' ')}`;
      judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });
    }
  },
});

/** Who the user is may be told to whoever may ask for it. */
function isSomebody({ resourceType }: Resource): boolean {
  return ['Patient', 'Practitioner', 'PractitionerRole', 'RelatedPerson', 'Person'].includes(String(resourceType));
}

/** What gives access to nothing, by what it is known for: a scope of the server's own may mean anything. */
function bareGrant(answer: ScopeAnswer): ScopedGrant | null {
  if (answer.kind === 'refused') return null;
  const { granted } = answer.grant;
  const isBare = readAll(granted).length === 0 && granted.every((scope) => scope === nonsense || !isPermission(scope));
  return isBare ? answer.grant : null;
}

function inWords(answer: ScopeAnswer): string {
  return answer.kind === 'granted'
    ? `${answer.grant.granted.join(' ')} was granted for ${answer.grant.asked.join(' ')}`
    : (answer.why.split('\n')[0] ?? '');
}

export const noDataScopeTests = [noDataScope];
