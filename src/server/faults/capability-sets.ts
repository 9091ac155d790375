import { type FaultRow, faultsOf } from './fault.ts';
import { changesSmartConfiguration, lacking, listing } from './overrides.ts';

const standalone = 'discovery/patient-access-standalone';
const ehr = 'discovery/patient-access-ehr';
const clinicianStandalone = 'discovery/clinician-access-standalone';
const clinicianEhr = 'discovery/clinician-access-ehr';
const everySet = [standalone, ehr, clinicianStandalone, clinicianEhr];
const symmetricOrPublic = ['client-public', 'client-confidential-symmetric'];

/** One capability, or one group of them, that a claimed set needs and the server does not advertise. */
export const capabilitySetFaults = faultsOf([
  lacksFrom(standalone, 'context-standalone-patient'),
  lacksFrom(standalone, 'launch-standalone', [clinicianStandalone]),
  lacksFrom(standalone, 'permission-patient', ['discovery/capability-set', ehr, clinicianStandalone, clinicianEhr]),
  lacksFrom(ehr, 'context-ehr-patient', [clinicianEhr]),
  lacksFrom(ehr, 'launch-ehr', [clinicianEhr]),
  lacksFrom(clinicianStandalone, 'permission-user', [clinicianEhr]),
  lacksFrom(clinicianEhr, 'context-ehr-encounter'),
  {
    id: 'discovery/capability-set~none-complete',
    level: 'warn',
    summary: 'Launch modes are advertised, and none of the four capability sets is complete',
    also: everySet,
    override: changesSmartConfiguration(listing('capabilities', lacking('permission-patient'))),
  },
  {
    id: 'discovery/patient-access-ehr~only-asymmetric-clients',
    level: 'fail',
    summary: 'Capability sets are claimed by a server that advertises asymmetric clients only',
    also: ['discovery/capability-set', 'discovery/asymmetric-client-is-an-addition', ...everySet],
    override: changesSmartConfiguration(listing('capabilities', lacking(...symmetricOrPublic))),
  },
  {
    id: 'discovery/asymmetric-client-is-an-addition~alone',
    level: 'warn',
    summary: 'Asymmetric clients are advertised beside launch modes, and no other kind of client',
    also: ['discovery/capability-set', ...everySet],
    override: changesSmartConfiguration(listing('capabilities', lacking(...symmetricOrPublic))),
  },
]);

function lacksFrom(set: string, capability: string, also: readonly string[] = []): FaultRow {
  return {
    id: `${set}~no-${capability}`,
    level: 'fail',
    summary: `${set.slice('discovery/'.length)} is claimed, and ${capability} is not advertised`,
    also,
    override: changesSmartConfiguration(listing('capabilities', lacking(capability))),
  };
}
