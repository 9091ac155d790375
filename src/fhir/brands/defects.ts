import { shortened } from '../../kit/index.ts';

/** What a rule has to say of a place: it is wrong, or against advice, or worth knowing, or could not be decided. */
export type Severity = 'wrong' | 'odd' | 'note' | 'open';

export interface Place {
  /** In the Bundle; null for the Bundle itself. */
  readonly entry: number | null;
  readonly fullUrl: string | null;
  /** Like FHIRPath: `Bundle.entry[3].resource.telecom[0].value` */
  readonly path: string;
  /** What stands there, shortened; null where nothing does, or it does not matter. */
  readonly seen: string | null;
}

/** The same defect wherever it is. */
export interface DefectGroup {
  readonly severity: Severity;
  /** `telecom is absent` */
  readonly what: string;
  /** Entries that have it. */
  readonly count: number;
  /** The first few. */
  readonly places: readonly Place[];
}

/** How an entry's rules tell what they see. `path` begins at the resource; empty for the resource itself. */
export type See = Readonly<Record<Severity, (what: string, path?: string, seen?: unknown) => void>>;

const placesShown = 3;

/** A server that makes every entry wrong in words of its own must not fill the memory. */
const mostGroups = 200;

interface Growing extends DefectGroup {
  count: number;
  readonly places: Place[];
  last: number | null;
}

/** Collects defects, rule by rule, the same ones together. */
export function createDefectLog() {
  const byRule = new Map<string, Map<string, Growing>>();
  const wrongByRule = new Map<string, Set<number>>();

  function groupsOf(rule: string): Map<string, Growing> {
    const groups = byRule.get(rule) ?? new Map<string, Growing>();
    byRule.set(rule, groups);
    return groups;
  }

  function add(rule: string, severity: Severity, what: string, place: Place): void {
    const groups = groupsOf(rule);
    if (severity === 'wrong' && place.entry !== null) {
      const wrong = wrongByRule.get(rule) ?? new Set();
      wrongByRule.set(rule, wrong.add(place.entry));
    }
    const wanted = `${severity} ${what}`;
    const key = groups.size < mostGroups || groups.has(wanted) ? wanted : `${severity} other defects`;
    let group = groups.get(key);
    if (!group) {
      group = { severity, what: key.slice(severity.length + 1), count: 0, places: [], last: null };
      groups.set(key, group);
    }
    // Of one entry a defect counts once, however often it is there.
    if (place.entry !== null && group.last === place.entry) return;
    group.last = place.entry;
    group.count += 1;
    if (group.places.length < placesShown) group.places.push(place);
  }

  return {
    add,
    /** Takes over what another log has collected. */
    merge(rule: string, group: DefectGroup): void {
      groupsOf(rule).set(`${group.severity} ${group.what}`, { ...group, places: [...group.places], last: null });
    },
    /** The entries in which one of the rules is broken. */
    wrongEntries(rules: ReadonlySet<string>): ReadonlySet<number> {
      return new Set([...wrongByRule].flatMap(([rule, entries]) => (rules.has(rule) ? [...entries] : [])));
    },
    /** What a rule found, the worst and the most frequent first. */
    of(rule: string): readonly DefectGroup[] {
      const groups = [...(byRule.get(rule)?.values() ?? [])];
      return groups.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.count - a.count);
    },
    /** How the rules tell of one entry's resource; of the Bundle itself when `entry` is null. */
    seeing(rule: string, entry: number | null, fullUrl: string | null): See {
      const root = entry === null ? 'Bundle' : `Bundle.entry[${entry}].resource`;
      const tell = (severity: Severity) => (what: string, path?: string, seen?: unknown) =>
        add(rule, severity, what, {
          entry,
          fullUrl,
          path: path ? `${root}.${path}` : root,
          seen: typeof seen === 'string' ? shortened(seen, 80) : null,
        });
      return { wrong: tell('wrong'), odd: tell('odd'), note: tell('note'), open: tell('open') };
    },
  };
}

export type DefectLog = ReturnType<typeof createDefectLog>;

const order: readonly Severity[] = ['wrong', 'odd', 'open', 'note'];
