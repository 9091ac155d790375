import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { mostPages, patientRecord } from '../../src/artifacts/patient-record.ts';
import { type ScopedGrant, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { createdPath } from '../../src/artifacts/scratch.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { workbench } from '../../src/artifacts/workbench.ts';
import { categoriesOf, isNamed } from '../../src/fhir/categories.ts';
import { hasCategory } from '../../src/fhir/resource-types.ts';
import { resourceTypesIn } from '../../src/fhir/resource-types-in.ts';
import { addressOf, type Resource, servedResources, versionOf } from '../../src/fhir/served.ts';
import { artifact, configuration, type Exchange, optional, Skip, test } from '../../src/kit/index.ts';
import { covers, readResourceScope, writeResourceScope } from '../../src/smart/scope.ts';
import { stringsIn } from '../../src/smart/smart-configuration.ts';
import { demandLetters } from './enforcement.ts';
import { attempt } from './interactions.ts';
import { controlled, judgeProbes, probed } from './judging.ts';

const requirement = 'scopes/granular-scope-filters';

/** Two categories of which the patient has resources that are in the one and not in the other. */
interface Divided {
  readonly type: string;
  readonly patient: string;
  readonly whole: ScopedGrant;
  /** As searches name them: `system|code`. */
  readonly inner: string;
  readonly outer: string;
  readonly all: readonly Resource[];
  readonly within: readonly Resource[];
  readonly without: readonly Resource[];
  /** A scope to read and search resources that match all of these. */
  narrowed(...parameters: readonly Parameter[]): string;
}

const divided = artifact({
  name: 'divided',
  needs: [configuration, patientRecord, scopeGrants, optional(fhirVersion)],
  obtain({ configuration: { data }, patientRecord, scopeGrants, fhirVersion }): Divided {
    demandLetters(scopeGrants);
    const { type, patient, resources, whole } = patientRecord;
    if (!hasCategory(type, fhirVersion?.release ?? null)) {
      const version = fhirVersion?.version ?? '';
      throw new Skip(
        'not-configured',
        `FHIR ${version} has no parameter category to narrow ${type} by: name another data.resourceType`,
      );
    }
    const { level } = scopeGrants;
    const narrowed = (...parameters: readonly Parameter[]) =>
      writeResourceScope({ level, type, permissions: ['r', 's'], parameters, syntax: 'v2' });
    const all = [...new Set(resources.flatMap(categoriesOf))];
    const preferred = (name: string | undefined) => all.filter((one) => name === undefined || isNamed(one, name));
    for (const inner of preferred(data.category)) {
      for (const outer of preferred(data.otherCategory)) {
        const within = resources.filter((one) => categoriesOf(one).includes(inner));
        const without = resources.filter((one) => categoriesOf(one).includes(outer) && !within.includes(one));
        const only = within.filter((one) => !categoriesOf(one).includes(outer));
        if (without.length > 0 && only.length > 0)
          return { type, patient, whole, inner, outer, all: resources, within: only, without, narrowed };
      }
    }
    const wanted = 'data.category and data.otherCategory, each with resources of its own';
    throw new Skip('not-configured', `patient ${patient} has no ${type} in two categories that differ: name ${wanted}`);
  },
});

type Parameter = readonly [name: string, value: string];

const granularSearch = test({
  id: 'scopes/granular-search',
  title: 'A scope with a category finds that category alone',
  requirements: [requirement],
  needs: [divided, scopeGrants, fhirReader],
  async run({
    divided: { type, patient, whole, inner, outer, all, narrowed },
    scopeGrants,
    fhirReader,
    must,
    should,
    undecided,
  }) {
    const token = await scopeGrants.exactly(narrowed(['category', inner]));
    const isForbidden = (resource: Resource) => !categoriesOf(resource).includes(inner);
    const search = `${type}?patient=${patient}`;
    const results = await fhirReader.pages(`${search}&category=${encodeURIComponent(inner)}`, token, mostPages);
    const found = new Set(results.flatMap((page) => servedResources(page, type)).map(addressOf));
    must(requirement, found.size > 0, {
      expected: `the ${type} of category ${inner} to be found`,
      actual: results.map(answered).join('; '),
      because: [token.exchange, ...results],
    });
    const several = all.filter((one) => categoriesOf(one).includes(inner) && categoriesOf(one).length > 1);
    const missed = several.filter((one) => !found.has(addressOf(one)));
    if (several.length > 0 && found.size > 0 && results.length < mostPages) {
      should(requirement, missed.length === 0, {
        expected: `${type} of several categories, ${inner} among them, to be found, too`,
        actual: missed.length === 0 ? 'found' : `not found: ${missed.map(addressOf).join(', ')}`,
        because: [token.exchange, ...results],
      });
    }
    const paths = [
      search,
      type,
      `${search}&category=${encodeURIComponent(outer)}`,
      `${search}&category=${encodeURIComponent(`${inner},${outer}`)}`,
      `${search}&_sort=-date`,
      `Patient/${patient}/${type}`,
      `Patient/${patient}/$everything`,
      `?_type=${type}`,
      `${type}/_history`,
      `_history?_type=${type}`,
    ];
    const probes = await probed(paths, isForbidden, fhirReader.looking(token), fhirReader.looking(whole));
    const pages = await fhirReader.pages(`${search}&_count=1`, token, mostPages);
    const [control] = probes.flatMap((one) => (one.control && one.what === `GET ${search}` ? [one.control] : []));
    const further = pages.map((exchange, index) => ({
      what: `page ${index + 1} of ${search}&_count=1`,
      exchange,
      isForbidden,
      control: control ?? null,
    }));
    judgeProbes(requirement, [...probes, ...further], `no ${type} outside ${token.granted.join(' ')}`, {
      must,
      undecided,
    });
  },
});

const granularRead = test({
  id: 'scopes/granular-read',
  title: 'A scope with a category reads that category alone',
  requirements: [requirement],
  needs: [divided, scopeGrants, fhirReader],
  async run({ divided: { type, whole, inner, within, without, narrowed }, scopeGrants, fhirReader, must, undecided }) {
    const token = await scopeGrants.exactly(narrowed(['category', inner]));
    const isForbidden = (resource: Resource) => !categoriesOf(resource).includes(inner);
    const [inside, outside] = [within[0], without[0]];
    if (!inside || !outside) throw new Skip('undecided', 'there is nothing to read');
    const read = await fhirReader.read(addressOf(inside), token);
    must(requirement, servedResources(read, type).length > 0, {
      expected: `GET ${addressOf(inside)}, which is of category ${inner}, to be answered`,
      actual: answered(read),
      because: [token.exchange, read],
    });
    const address = addressOf(outside);
    const paths = [
      ...[address, `${address}/_history`, `${address}/_history/${versionOf(outside)}`],
      `${type}?_id=${String(outside.id)}`,
    ];
    const probes = await probed(paths, isForbidden, fhirReader.looking(token), fhirReader.looking(whole));
    judgeProbes(requirement, probes, `no ${type} outside ${token.granted.join(' ')}`, { must, undecided });
  },
});

const granularAlong = test({
  id: 'scopes/granular-include',
  title: 'A scope with a category holds for what comes along with a search, too',
  requirements: [requirement],
  needs: [divided, scopeGrants, fhirReader, optional(capabilityStatement)],
  async run({
    divided: { type, patient, whole, inner, narrowed },
    scopeGrants,
    fhirReader,
    capabilityStatement,
    ...judge
  }) {
    const served = resourceTypesIn(capabilityStatement?.resource);
    const others = ['Patient', 'DiagnosticReport', 'Encounter', 'List'].filter(
      (other) =>
        other !== type && (served.size === 0 || served.has(other)) && scopeGrants.mayAsk(scopeGrants.on(other, 'rs')),
    );
    const wide = others.map((other) => scopeGrants.on(other, 'rs'));
    const token = await scopeGrants.exactly([...wide, narrowed(['category', inner])].join(' '));
    const isForbidden = (resource: Resource) =>
      resource.resourceType === type && !categoriesOf(resource).includes(inner);
    const paths = [
      `Patient?_id=${patient}&_revinclude=${type}:subject`,
      `Patient?_id=${patient}&_revinclude=${type}:patient`,
      `DiagnosticReport?patient=${patient}&_include=DiagnosticReport:result`,
      `List?patient=${patient}&_include=List:item`,
      `Encounter?patient=${patient}&_revinclude=${type}:encounter`,
      `Patient/${patient}/$everything`,
      ...(type === 'Observation' ? [`Observation/$lastn?patient=${patient}`] : []),
      `${type}?patient=${patient}&_elements=category`,
    ].filter((path) => [type, ...others].includes(path.split(/[/?]/)[0] ?? ''));
    const probes = await probed(paths, isForbidden, fhirReader.looking(token), fhirReader.looking(whole));
    judgeProbes(requirement, probes, `no ${type} outside ${token.granted.join(' ')}`, judge);
  },
});

const granularBatch = test({
  id: 'scopes/granular-post',
  title: 'A scope with a category holds in searches by POST and in batches',
  requirements: [requirement],
  needs: [divided, scopeGrants, fhirReader],
  async run({ divided: { type, patient, inner, without, whole, narrowed }, scopeGrants, fhirReader, must, undecided }) {
    const token = await scopeGrants.exactly(narrowed(['category', inner]));
    const isForbidden = (resource: Resource) => !categoriesOf(resource).includes(inner);
    const paths = [...without.slice(0, 1).map(addressOf), `${type}?patient=${patient}`];
    const ask = (of: ScopedGrant) =>
      Promise.all([fhirReader.search(type, { patient }, of), fhirReader.bundle('batch', paths, of)]);
    const [mine, controls] = await Promise.all([ask(token), ask(whole)]);
    const probes = mine.map((exchange, index) => ({
      what: index === 0 ? `POST ${type}/_search` : `batch of ${paths.join(', ')}`,
      exchange,
      isForbidden,
      control: controlled(controls[index] ?? null, isForbidden),
    }));
    judgeProbes(requirement, probes, `no ${type} outside ${token.granted.join(' ')}`, { must, undecided });
  },
});

const granularWrite = test({
  id: 'scopes/granular-write',
  title: 'A scope with a category changes that category alone',
  requirements: [requirement],
  needs: [divided, workbench, scopeGrants, fhirReader],
  async run({
    divided: { type, inner, outer, within, without },
    workbench,
    scopeGrants,
    fhirReader,
    must,
    should,
    undecided,
  }) {
    const { scratch, keeper, content } = workbench;
    const permissions = ['c', 'r', 'u', 'd', 's'] as const;
    const parameters = [['category', inner]] as const;
    const token = await scopeGrants.exactly(
      workbench.with(writeResourceScope({ level: scopeGrants.level, type, permissions, parameters, syntax: 'v2' })),
    );
    const ofCategory = (one: Resource | undefined): Resource => ({ ...content(), category: one?.category });
    const inside = await workbench.make(token, ofCategory(within[0]));
    const outside = await workbench.make(keeper, ofCategory(without[0]));
    const expected = `no ${type} of category ${outer} to be written with ${token.granted.join(' ')}`;
    const judge = (demand: typeof must, done: boolean, exchange: Exchange, ...controls: readonly Exchange[]) =>
      demand(requirement, !done, {
        expected,
        actual: `${exchange.request.method} ${exchange.request.url} was answered ${answered(exchange)}`,
        because: [token.exchange, ...controls, outside.exchange, exchange],
      });
    const surroundings = { workbench, fhirReader };
    for (const interaction of ['update', 'delete'] as const) {
      if (!workbench.offers(interaction)) continue;
      const exchange = await attempt(interaction, outside, token, surroundings);
      // Each its own: some servers want to be told the version that is changed.
      const another = await workbench.make(token, ofCategory(within[0]));
      const control = await attempt(interaction, another, token, surroundings);
      await scratch.clear([another.path]);
      if (isSuccess(exchange) || isSuccess(control)) {
        judge(must, isSuccess(exchange), exchange, inside.exchange, control);
        continue;
      }
      const message = `${interaction} is refused within the category, too: ${answered(control)}`;
      undecided(requirement, { message, because: [inside.exchange, control, exchange] });
    }
    // What comes into being is no data yet that a scope could restrict.
    const created = await scratch.write({ method: 'POST', path: type, body: ofCategory(without[0]) }, token);
    judge(should, isSuccess(created), created, inside.exchange);
    const made = createdPath(created);
    await scratch.clear([inside.path, outside.path, ...(made === null ? [] : [made])]);
  },
});

const severalParameters = test({
  id: 'scopes/granular-several-parameters',
  title: 'Several parameters of one scope hold together',
  requirements: [requirement],
  needs: [divided, scopeGrants, fhirReader],
  async run({ divided: { type, patient, whole, inner, within, narrowed }, scopeGrants, fhirReader, must, undecided }) {
    const [wanted, ...others] = new Set(within.flatMap(codesOf));
    if (wanted === undefined || others.length === 0) {
      throw new Skip(
        'undecided',
        `the ${type} of category ${inner} have no two codes to tell apart; data.category may name one whose resources have`,
      );
    }
    const token = await scopeGrants.exactly(narrowed(['category', inner], ['code', wanted]));
    const isForbidden = (resource: Resource) =>
      !categoriesOf(resource).includes(inner) || !codesOf(resource).includes(wanted);
    const stranger = within.find((one) => !codesOf(one).includes(wanted));
    const paths = [`${type}?patient=${patient}`, ...(stranger ? [addressOf(stranger)] : [])];
    const probes = await probed(paths, isForbidden, fhirReader.looking(token), fhirReader.looking(whole));
    judgeProbes(requirement, probes, `no ${type} outside ${token.granted.join(' ')}`, { must, undecided });
  },
});

const granularUnion = test({
  id: 'scopes/granular-union',
  title: 'Two scopes with a category each give both, and no more',
  requirements: ['scopes/union-of-scopes', requirement],
  needs: [divided, scopeGrants, fhirReader],
  async run({
    divided: { type, patient, whole, inner, outer, within, without, narrowed },
    scopeGrants,
    fhirReader,
    must,
    undecided,
  }) {
    const both = [inner, outer].map((category) => narrowed(['category', category]));
    const token = await scopeGrants.exactly(both.join(' '));
    const search = `${type}?patient=${patient}`;
    const pages = await fhirReader.pages(search, token, mostPages);
    const found = pages.flatMap((page) => servedResources(page, type)).map(addressOf);
    for (const [category, [one]] of [
      [inner, within],
      [outer, without],
    ] as const) {
      if (!one) continue;
      const read = await fhirReader.read(addressOf(one), token);
      must('scopes/union-of-scopes', found.includes(addressOf(one)) && servedResources(read, type).length > 0, {
        expected: `${addressOf(one)}, of category ${category}, to be found and read with ${token.granted.join(' ')}`,
        actual: `${found.includes(addressOf(one)) ? 'found' : 'not found'}, and read: ${answered(read)}`,
        because: [token.exchange, ...pages, read],
      });
    }
    const isForbidden = (resource: Resource) =>
      !categoriesOf(resource).some((category) => category === inner || category === outer);
    const probes = await probed([search], isForbidden, fhirReader.looking(token), fhirReader.looking(whole));
    judgeProbes(requirement, probes, `no ${type} outside ${token.granted.join(' ')}`, { must, undecided });
  },
});

const supported = test({
  id: 'scopes/granular-granted',
  title: 'A scope with a category is granted as it was asked for',
  requirements: ['scopes/v2-scopes-supported'],
  needs: [divided, scopeGrants, smartConfiguration],
  async run({ divided: { type, inner, narrowed }, scopeGrants, smartConfiguration: { document }, must, should }) {
    const scope = narrowed(['category', inner]);
    scopeGrants.demandAskable(scope);
    const answer = await scopeGrants.ask(scope);
    if (answer.kind === 'refused' && answer.how === 'stuck') throw new Skip('undecided', answer.why);
    const isListed = stringsIn(document.scopes_supported).some((listed) =>
      readResourceScope(listed)?.parameters.some(([name]) => name === 'category'),
    );
    const granted = answer.kind === 'granted' ? answer.grant.granted : [];
    const isNarrow = covers(granted, scope) && !covers(granted, scopeGrants.on(type, 'rs'));
    if (!isNarrow) scopeGrants.mayBeWithheld(scope);
    // The guide names no parameter that all servers have.
    (isListed ? must : should)('scopes/v2-scopes-supported', isNarrow, {
      expected: `${scope} to be granted, and no broader scope instead`,
      actual: answer.kind === 'granted' ? granted.join(' ') || 'nothing' : answer.why,
      because: answer.kind === 'granted' ? answer.grant.exchange : answer.exchanges,
    });
  },
});

/** The codes of a resource, as searches name them. */
function codesOf({ code }: Resource): readonly string[] {
  return categoriesOf({ category: code });
}

export const granularTests = [
  supported,
  granularSearch,
  granularRead,
  granularAlong,
  granularBatch,
  granularWrite,
  severalParameters,
  granularUnion,
];
