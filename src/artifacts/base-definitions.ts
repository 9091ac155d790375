import type { ErrorObject, ValidateFunction } from 'ajv';
import { validator } from '../../schemas/validator.ts';
import type { BaseDefinitions } from '../fhir/brands/brand-survey.ts';
import { lookUp } from '../kit/index.ts';

/** Of one resource. */
const mostProblems = 20;

/** What FHIR R4 says of Organizations and Endpoints, apart from what the profiles in brand bundles say. */
export async function baseDefinitions(): Promise<BaseDefinitions> {
  const validators: Readonly<Record<string, ValidateFunction>> = {
    Organization: await validator('user-access-brand#Organization'),
    Endpoint: await validator('user-access-endpoint#Endpoint'),
  };
  return (resource) => {
    const validate = lookUp(validators, resource.resourceType);
    if (!validate || validate(resource)) return [];
    const errors = validate.errors ?? [];
    const alternatives = new Set(
      errors.flatMap(({ keyword, instancePath }) => (keyword === 'anyOf' ? [instancePath] : [])),
    );
    return errors
      .filter((error) => isOwn(error, alternatives))
      .slice(0, mostProblems)
      .map(problem);
  };
}

/** Members that rules of the endpoint profile judge. */
const judgedElsewhere = ['status', 'connectionType', 'payloadType', 'address'];

/** Whether an error stands for itself, is about FHIR and not the guide, and is judged by no other rule. */
function isOwn(
  { keyword, instancePath, params, parentSchema }: ErrorObject,
  alternatives: ReadonlySet<string>,
): boolean {
  if (keyword === 'if' || keyword === 'propertyNames' || parentSchema?.$comment === 'guide') return false;
  if (keyword !== 'anyOf' && keyword !== 'additionalProperties' && alternatives.has(instancePath)) return false;
  if (keyword === 'required' && instancePath === '') return !judgedElsewhere.includes(String(params.missingProperty));
  return !(keyword === 'enum' && instancePath === '/status');
}

function problem(error: ErrorObject): { what: string; path: string; seen?: unknown } {
  const steps = error.instancePath.split('/').slice(1).map(unescaped);
  const path = steps.reduce(
    (before, step) => (/^\d+$/.test(step) ? `${before}[${step}]` : before === '' ? step : `${before}.${step}`),
    '',
  );
  const kind = steps.filter((step) => !/^\d+$/.test(step)).join('.');
  return { what: inWords(error, kind === '' ? 'the resource' : kind), path, seen: error.data };
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function inWords({ keyword, params, parentSchema, instancePath }: ErrorObject, where: string): string {
  const said: unknown = parentSchema?.description;
  switch (keyword) {
    case 'additionalProperties':
      return `${where} has an element that FHIR R4 does not define, "${String(params.additionalProperty).slice(0, 40)}"`;
    case 'required':
      return `${where} lacks ${String(params.missingProperty)}`;
    case 'type':
      return `${where} is no ${String(params.type)}`;
    case 'minItems':
      return `${where} is an empty array`;
    case 'minLength':
      return `${where} is an empty string`;
    case 'minProperties':
      return `${where} is an empty object`;
    case 'enum':
      return `${where} has a code that its required value set lacks`;
    case 'pattern':
      return `${where} has not the form of its type`;
    case 'dependentRequired':
      return `cpt-2: ${where} has a value and no system`;
    case 'anyOf':
      return instancePath === ''
        ? 'org-1: neither identifier nor name is there'
        : `${where} has an item of another type`;
    default:
      return typeof said === 'string' ? said : `${where} breaks the rule ${keyword}`;
  }
}
