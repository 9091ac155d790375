import { describe, expect, it } from 'vitest';
import { sampleReport } from '../test/fixtures/sample-report.ts';
import { accusations, onlyRestates } from './accusations.ts';
import { reasonGroups } from './reason-groups.ts';

describe('findings gathered', () => {
  it('by requirement: each once, with all that was found against it', () => {
    const failed = accusations(sampleReport(), 'fail');
    expect(failed.map(({ requirement, remarks }) => [requirement.id, remarks.length])).toEqual([
      ['discovery/media-type', 1],
      ['discovery/grant-types-present', 1],
      ['discovery/absolute-urls', 2],
    ]);
  });

  it('keep what accuses a requirement that is not listed', () => {
    const failed = accusations(sampleReport({ requirements: [] }), 'fail');
    expect(failed.map(({ requirement }) => requirement)).toEqual([
      { id: 'discovery/media-type' },
      { id: 'discovery/grant-types-present' },
      { id: 'discovery/absolute-urls' },
    ]);
  });

  it.each([
    ['expected "a"; got "b"', true],
    ['Expected "a", but found "b".', true],
    ['The member is "b": write "a".', false],
    ['as expected: "a"', true],
    ['Nothing was expected here', false],
  ])('tell a message that only restates: %s', (message, restates) => {
    expect(
      onlyRestates({ requirement: 'r', level: 'fail', message, expected: '"a"', actual: '"b"', exchanges: [] }),
    ).toBe(restates);
  });

  it('by reason: twenty tests blocked for one cause are one group', () => {
    const groups = reasonGroups(sampleReport(), 'blocked');
    expect(groups.map(({ tests, exchanges }) => [tests.length, exchanges])).toEqual([
      [20, ['x7']],
      [1, []],
    ]);
  });
});
