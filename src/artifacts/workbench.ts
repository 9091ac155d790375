import { offersInteraction, serverResources } from '../fhir/interactions.ts';
import { addressOf, type Resource, resourcesServed } from '../fhir/served.ts';
import { copyOf, observationOf } from '../fhir/specimen.ts';
import { jsonObjectIn } from '../http/json-object-in.ts';
import { artifact, type Exchange, isRecord, optional, Skip } from '../kit/index.ts';
import { covers } from '../smart/scope.ts';
import { capabilityStatement } from './capability-statement.ts';
import { isSuccess } from './document.ts';
import type { Bearer } from './fhir-reader.ts';
import { type FhirVersion, fhirVersion } from './fhir-version.ts';
import { type PatientRecord, patientRecord } from './patient-record.ts';
import { type ScopedGrant, scopeGrants } from './scope-grants.ts';
import { createdPath, type Scratch, scratch } from './scratch.ts';

/** Something of ours at the server. */
export interface Workpiece {
  /** `Observation/1` */
  readonly path: string;
  readonly resource: Resource;
  readonly exchange: Exchange;
}

/** Where tests write: data of their own, of a type and a patient of which it is known that they can be written. */
export interface Workbench {
  readonly type: string;
  readonly patient: string;
  /** May do everything with the type: the positive control of all that is refused to others. */
  readonly keeper: ScopedGrant;
  /** A scope, with what whoever writes needs beside it here: some servers take no reference to what the token may not read. */
  with(scope: string): string;
  readonly scratch: Scratch;
  /**
   * Makes something.
   *
   * @param what - the patient it is about, or all of it
   * @throws Skip when it does not work out
   */
  make(by?: Bearer, what?: string | Resource): Promise<Workpiece>;
  /** What would be made. */
  content(patient?: string): Resource;
  /** Whether the server says that it offers an interaction with the type; true when it says nothing. */
  offers(interaction: string): boolean;
  /** Whether it says that it does this on a condition with the type: nothing is risked where it does not. */
  offersConditional(interaction: 'create' | 'update' | 'delete'): boolean;
}

/** A resource of the type that patients have something of, about one of them. */
export function contentFor(
  of: string,
  { type, patient, resources: [first] }: Pick<PatientRecord, 'type' | 'patient' | 'resources'>,
  fhirVersion: FhirVersion | null,
): Resource {
  // Without its version nobody knows which shape the server takes but that of what it serves.
  if (type === 'Observation' && fhirVersion) return observationOf(of, fhirVersion.release);
  if (!first) throw new Skip('undecided', `the patient has no ${type}`);
  return copyOf(first, { patient, for: of });
}

/** In words, with what the server says of it. */
function answerOf(exchange: Exchange): string {
  const { response, error } = exchange;
  if (!response) return error?.message ?? 'no answer';
  const outcome = jsonObjectIn(exchange);
  const issues = outcome && Array.isArray(outcome.issue) ? outcome.issue.filter(isRecord) : [];
  const said = issues.flatMap(({ diagnostics, details }) => [
    diagnostics,
    isRecord(details) ? details.text : undefined,
  ]);
  const words = said.filter((one) => typeof one === 'string').join('; ');
  return `${response.status}${words === '' ? '' : ` (${words.slice(0, 300)})`}`;
}

export const workbench = artifact({
  name: 'workbench',
  needs: [scratch, scopeGrants, patientRecord, optional(fhirVersion), optional(capabilityStatement)],
  async obtain({ scratch, scopeGrants, patientRecord, fhirVersion, capabilityStatement }): Promise<Workbench> {
    const { type, patient } = patientRecord;
    const offers = (interaction: string) =>
      offersInteraction(capabilityStatement?.resource, type, interaction) !== false;
    for (const interaction of ['create', 'delete']) {
      if (!offers(interaction)) throw new Skip('not-advertised', `/metadata offers no ${interaction} of ${type}`);
    }
    const scope = scopeGrants.on(type, scopeGrants.read === 'rs' ? 'cruds' : '*');
    scopeGrants.demandAskable(scope);
    const keeperWith = async (wanted: string): Promise<ScopedGrant> => {
      const grant = await scopeGrants.grant(wanted);
      if (covers(grant.granted, scope)) return grant;
      const granted = grant.granted.join(' ') || 'nothing';
      throw new Skip('undecided', `needs a token with ${scope} to write with, and the server granted ${granted}`);
    };
    const content: Workbench['content'] = (of = patient) => contentFor(of, patientRecord, fhirVersion);

    const makeBy = async (by: ScopedGrant | Bearer, what: string | Resource): Promise<Workpiece> => {
      const body = typeof what === 'string' ? content(what) : what;
      const exchange = await scratch.write({ method: 'POST', path: type, body }, by);
      const path = createdPath(exchange);
      if (!isSuccess(exchange) || path === null) {
        const granted = 'granted' in by ? by.granted.join(' ') : scope;
        throw new Skip(
          'undecided',
          `a ${type} could not be created with ${granted}, so nothing shows what others may not: ${answerOf(exchange)}`,
        );
      }
      const served = resourcesServed(exchange).find((one) => addressOf(one) === path);
      const id = path.slice(path.indexOf('/') + 1);
      return { path, resource: served ?? { ...body, id }, exchange };
    };
    // Once, so that whoever needs it is told at the outset.
    const tried = async (complete: Workbench['with']) => {
      const keeper = await keeperWith(complete(scope));
      scratch.entrust(keeper);
      const trial = await makeBy(keeper, patient);
      await scratch.clear([trial.path]);
      return { keeper, complete };
    };
    const withPatients: Workbench['with'] = (wanted) => `${wanted} ${wanted.split('/')[0]}/Patient.${scopeGrants.read}`;
    const { keeper, complete } = await tried((wanted) => wanted).catch((thrown) => {
      if (!(thrown instanceof Skip) || !scopeGrants.mayAsk(scopeGrants.on('Patient'))) throw thrown;
      return tried(withPatients).catch(() => {
        throw thrown;
      });
    });
    const make: Workbench['make'] = (by = keeper, what = patient) => makeBy(by, what);
    const [known = {}] = serverResources(capabilityStatement?.resource ?? {}).filter((one) => one.type === type);
    const offersConditional: Workbench['offersConditional'] = (interaction) => {
      if (interaction === 'create') return known.conditionalCreate === true;
      // Those that delete several at once might delete what is not ours.
      return interaction === 'update' ? known.conditionalUpdate === true : known.conditionalDelete === 'single';
    };
    return { type, patient, keeper, with: complete, scratch, make, content, offers, offersConditional };
  },
});
