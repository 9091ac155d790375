import type { CDPSession } from 'playwright';

/** Knows a target (a page, a pop-up, a frame of another site) by its id, which is that of its main frame, too. */
type Id = string;

/** How long the browser is asked whose a frame is; it may be busy. */
const patienceMs = 1000;

export interface Owners<Owner> {
  /** Says that a page, and what it opens, belongs to `owner`. */
  claim(target: Id, owner: Owner): void;
  /** Forgets all that belongs to `owner`. */
  disclaim(owner: Owner): void;
  /** Whose frame it is: by its page, or by the page that opened that. */
  find(frame: Id): Promise<Owner | undefined>;
  isThere(target: Id): Promise<boolean>;
  /** Whether it is the main frame of a page. */
  isPage(frame: Id): Promise<boolean>;
}

/**
 * Keeps account of which page belongs to whom.
 *
 * @param browser - a session of the whole browser
 * @param holds - whether a frame, in the process of its page, is one of this owner's
 */
export function createOwners<Owner>(
  browser: CDPSession,
  holds: (owner: Owner, frame: Id) => Promise<boolean>,
): Owners<Owner> {
  const owners = new Map<Id, Owner>();
  const pages = new Map<Id, boolean>();

  const targetOf = async (id: Id) => {
    try {
      const { targetInfo } = await browser.send('Target.getTargetInfo', { targetId: id }, { timeout: patienceMs });
      return targetInfo;
    } catch {
      return undefined;
    }
  };

  const find = async (frame: Id, depth = 0): Promise<Owner | undefined> => {
    const known = owners.get(frame);
    if (known !== undefined || depth > 20) return known;
    const target = await targetOf(frame);
    const parent = target?.openerId ?? target?.parentFrameId;
    const owner = (parent && (await find(parent, depth + 1))) || (await findHolder(frame));
    if (owner !== undefined) owners.set(frame, owner);
    return owner;
  };

  const findHolder = async (frame: Id): Promise<Owner | undefined> => {
    for (const owner of new Set(owners.values())) {
      if (await holds(owner, frame)) return owner;
    }
    return undefined;
  };

  return {
    claim: (target, owner) => owners.set(target, owner),
    disclaim(owner) {
      for (const [id, its] of owners) {
        if (its === owner) owners.delete(id);
      }
    },
    find,
    isThere: async (target) => (await targetOf(target)) !== undefined,
    async isPage(frame) {
      const known = pages.get(frame) ?? (await targetOf(frame))?.type === 'page';
      pages.set(frame, known);
      return known;
    },
  };
}
