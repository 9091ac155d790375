import { expect, test } from 'vitest';
import {
  interactionsOf,
  namedType,
  offersInteraction,
  offersOperation,
  searchParametersOf,
  typeWithInteraction,
} from './interactions.ts';
import { resourceTypesIn } from './resource-types-in.ts';

const observation = {
  type: 'Observation',
  interaction: [{ code: 'read' }],
  searchParam: [{ name: 'patient', type: 'reference' }],
};

test.each<[string, Record<string, unknown>]>([
  ['alone', { rest: [{ mode: 'server', resource: [observation, { type: 'Patient' }] }] }],
  ['without mode', { rest: [{ resource: [observation, { type: 'Patient' }] }] }],
  [
    'behind what it does as a client',
    {
      rest: [
        { mode: 'client', resource: [{ type: 'Medication' }] },
        { mode: 'server', resource: [observation, { type: 'Patient' }] },
      ],
    },
  ],
  [
    'before what it does as a client',
    {
      rest: [
        { mode: 'server', resource: [observation, { type: 'Patient' }] },
        { mode: 'client', resource: [{ type: 'Medication' }] },
      ],
    },
  ],
])('what a server says of itself, %s', (_, statement) => {
  expect([...resourceTypesIn(statement)]).toEqual(['Observation', 'Patient']);
  expect(namedType(statement)).toBe('Patient');
  expect(offersInteraction(statement, 'Observation', 'read')).toBe(true);
  expect(offersInteraction(statement, 'Observation', 'create')).toBe(false);
  expect(offersInteraction(statement, 'Medication', 'read')).toBeNull();
  expect(interactionsOf(statement, 'Observation')).toEqual(['read']);
  expect(searchParametersOf(statement, 'Observation')).toEqual(['patient']);
});

test.each<[string, Record<string, unknown> | undefined]>([
  ['nothing', undefined],
  ['no rest', {}],
  ['a client alone', { rest: [{ mode: 'client', resource: [{ type: 'Medication' }] }] }],
  ['what is no list', { rest: { mode: 'server' } }],
  ['resources without type', { rest: [{ mode: 'server', resource: [{}, null, { type: 7 }] }] }],
])('of %s no type is known', (_, statement) => {
  expect([...resourceTypesIn(statement)]).toEqual([]);
});

test.each([
  ['the first that has it', [observation, { type: 'Patient', interaction: [{ code: 'update' }] }], 'Patient'],
  ['none where nothing has it', [observation], null],
  ['none where there is no resource', [], null],
  ['none where the type has no name', [{ interaction: [{ code: 'update' }] }], null],
])('names a type with an interaction: %s', (_, resource, expected) => {
  expect(typeWithInteraction({ rest: [{ mode: 'server', resource }] }, 'update')).toBe(expected);
});

test.each<[string, Record<string, unknown>, boolean]>([
  ['by its name, with its type', { resource: [{ type: 'Observation', operation: [{ name: 'lastn' }] }] }, true],
  ['by its name with the sign', { resource: [{ type: 'Observation', operation: [{ name: '$lastn' }] }] }, true],
  [
    'by its definition, for the whole server',
    { operation: [{ name: 'latest', definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn|4.0.1' }] },
    true,
  ],
  [
    'by its definition, as STU3 refers to it',
    { operation: [{ name: 'x', definition: { reference: 'OperationDefinition/Observation-lastn' } }] },
    true,
  ],
  ['with another type alone', { resource: [{ type: 'Patient', operation: [{ name: 'lastn' }] }] }, false],
  ['not at all', { resource: [{ type: 'Observation', operation: 'lastn' }] }, false],
])('knows an operation that is listed %s', (_how, server, isOffered) => {
  expect(offersOperation({ rest: [{ mode: 'server', ...server }] }, 'Observation', 'lastn')).toBe(isOffered);
});
