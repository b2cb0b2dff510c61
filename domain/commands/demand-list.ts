import { applied, type CatalogueFact } from '../catalogue.ts';
import type { Limit } from '../clock/due.ts';
import { type Hash, type ItemId, itemBornOf, type UserId } from '../ids.ts';
import type { Context, Facts, Rule, TeamFact } from '../process/context.ts';
import type { Effect } from '../process/effects.ts';
import type { ItemEvent } from '../process/events.ts';
import { SUBMITTER } from '../process/permission.ts';
import { type ClockLevel, type ItemState, type Need, placeNamed } from '../process/state.ts';
import { refusal, type Refusal } from '../refusals.ts';
import { type Instant, instant } from '../time.ts';

/** Who asked for a hearing, through which channel, about which place. */
export interface Hearing {
  channel: string;
  kind: string;
  /** Code of the community or grid the demand is about. */
  area: string;
  peopleAffected: number;
}

/** Of a demand that another one's record begins: what it keeps of that one. */
export interface Origin {
  as: 'part' | 'remainder';
  /** Its resident is the same, and has waited since then. */
  submittedBy?: UserId;
  receivedAt: Instant;
  /** The text of the asking record that is its title; every other word is the other's. */
  title: string;
}

export interface SubmitPayload extends Hearing {
  origin?: Origin;
}

/** Without an outcome somebody is asked to look; with one they have looked. */
export interface VerifyPayload {
  outcome?: 'exists' | 'does_not_exist' | 'cannot_verify';
}

/** The classification: category, urgency, a limit where the catalogue's is not meant, and what the work will need. */
export interface RegisterPayload {
  category: string;
  /** The scheme that the category's code is of; the office's own where none is named. */
  codeSystem?: string;
  urgency: 'ordinary' | 'urgent' | 'extra_urgent' | 'complex';
  limit?: Limit;
  skills: string[];
  needs: Need[];
}

/**
 * Why the office does not take it: another place's, another power's (Party, congress, court, army), an emergency line's,
 * in a procedure or to go through one, settled with nothing new, secret, abusive or empty, or not there when looked for.
 */
export interface RefusePayload {
  ground:
    | 'outside_area'
    | 'outside_authority'
    | 'emergency_line'
    | 'in_procedure'
    | 'already_settled'
    | 'secret'
    | 'no_substance'
    | 'not_found';
}

/** Which other way the resident was shown: court, arbitration, mediation, market … */
export interface RedirectPayload {
  channel: string;
}

/** Facts that were taken down wrongly, by name; whatever is not named stays. */
export type AmendPayload = Partial<Hearing>;

/** One matter of several in one hearing. */
export type Part = Pick<Hearing, 'kind' | 'peopleAffected'>;

/** The first part stays with this item; each other one begins an item of its own. Titles come along as texts. */
export interface SplitPayload {
  parts: Part[];
}

/** Into which open item this one goes. */
export interface MergePayload {
  into: ItemId;
}

export interface WithdrawPayload {
  voluntary: 'yes' | 'in_doubt';
}

/** A file that shows something, known by its SHA-256. */
export interface Evidence {
  kind: string;
  sha256: string;
}

export interface SettlePayload {
  evidence: Evidence[];
}

/** The clock's own command: one level of one run of a clock has been reached. */
export type ReachLevel = Pick<ClockLevel, 'id' | 'run' | 'limit' | 'level'>;

const set = (name: string, value: string | number): ItemEvent => ({ type: 'field-set', name, value });

export const submit: Rule<'submit'> = {
  events: ({ command }, { channel, kind, area, peopleAffected, origin }) => [
    set('channel', channel),
    set('kind', kind),
    set('area', area),
    set('peopleAffected', peopleAffected),
    set('receivedAt', origin?.receivedAt ?? command.receivedAt),
    ...(origin ? born(origin, command.source) : []),
  ],
};

function born({ as, submittedBy }: Origin, source: ItemId | undefined): ItemEvent[] {
  return [
    ...(source === undefined ? [] : [set(as === 'part' ? 'splitOf' : 'remainderOf', source)]),
    ...(submittedBy === undefined ? [] : [{ type: 'duty-held' as const, user: submittedBy, duty: SUBMITTER }]),
  ];
}

/** A demand of the same resident, about the same place, that this record begins; `n` tells it from its sisters. */
export function begins(
  { fields, duties }: ItemState,
  seed: Hash,
  n: number,
  of: Pick<Origin, 'as' | 'title'> & Partial<Part>,
): Effect<'submit'> {
  const submittedBy = duties.find(([, duty]) => duty === SUBMITTER)?.[0];
  return {
    item: itemBornOf(seed, n),
    name: 'submit',
    payload: {
      channel: String(fields['channel']),
      kind: of.kind ?? String(fields['kind']),
      area: String(fields['area']),
      peopleAffected: of.peopleAffected ?? Number(fields['peopleAffected']),
      origin: {
        as: of.as,
        title: of.title,
        receivedAt: instant(Number(fields['receivedAt'])),
        ...(submittedBy === undefined ? {} : { submittedBy }),
      },
    },
  };
}

export const verify: Rule<'verify'> = {
  events: (_context, { outcome }) => (outcome === undefined ? [] : [set('verified', outcome)]),
};

/** What of the catalogue applies is kept on the item: a later version changes nothing for it. */
export const register: Rule<'register'> = {
  refuse({ facts, command: { payload } }) {
    if (payload && facts.catalogue === null) return refusal('unknown-category', { category: payload.category });
    return payload && !limitFor(payload, facts) ? refusal('limit-missing') : undefined;
  },
  events({ facts }, payload) {
    const limit = limitFor(payload, facts);
    if (!limit) throw new Error('register was decided without a limit');
    return [
      set('category', payload.category),
      set('urgency', payload.urgency),
      set('limitKind', limit.kind),
      set('limitAmount', limit.amount),
      { type: 'needs-listed', needs: payload.needs, skills: payload.skills },
      ...(facts.catalogue ? cataloguedAs(facts.catalogue) : []),
    ];
  },
};

function cataloguedAs(entry: CatalogueFact): ItemEvent[] {
  const milestones = entry.milestones.map(({ id, limit, evidence }) => ({
    id,
    limit,
    evidence: [evidence],
    reached: false,
  }));
  return [
    { type: 'catalogued', entry: applied(entry) },
    { type: 'milestones-applied', milestones },
  ];
}

const limitFor = ({ limit, urgency }: RegisterPayload, { catalogue }: Facts): Limit | undefined =>
  limit ?? catalogue?.limits[urgency];

export const refuse: Rule<'refuse'> = {
  events: (_context, payload) => [set('refusalGround', payload.ground)],
};

export const redirect: Rule<'redirect'> = {
  events: (_context, payload) => [set('redirectedTo', payload.channel)],
};

/** What endangers the public cannot vanish because its resident wants no more of it: the office goes on by itself. */
export const withdraw: Rule<'withdraw'> = {
  events: ({ state, transition }, { voluntary }) => [
    set('voluntary', voluntary),
    ...(transition.to === undefined ? [set('proactive', 1)] : [set('closureType', 'withdrawn'), ...parting(state)]),
  ],
  effects: ({ state, transition }) => (transition.to === undefined ? [] : backEach(state)),
};

export const voidItem: Rule<'void'> = {
  events: ({ state }) => [set('closureType', 'void'), ...parting(state)],
  effects: ({ state }) => backEach(state),
};

/** Nothing was done for the items that were merged into this one: each goes its own way again. */
const backEach = ({ absorbed = [] }: ItemState): Effect[] =>
  absorbed.map((item) => ({ item, name: 'unmerge', payload: {} }));

/** Words that may be put right; what the resident said stays as it was said. */
export const amendable: readonly string[] = ['title', 'place'];

export const amend: Rule<'amend'> = {
  refuse({ state, command: { payload, texts } }) {
    if (!payload) return undefined;
    const changes = Object.entries(payload).some(([name, value]) => state.fields[name] !== value);
    return changes || texts.some((name) => amendable.includes(name)) ? undefined : refusal('nothing-amended');
  },
  events: ({ state }, payload) =>
    Object.entries(payload)
      .filter(([name, value]) => state.fields[name] !== value)
      .map(([name, value]) => set(name, value)),
};

export const split: Rule<'split'> = {
  events({ command }, { parts: [first, ...others] }) {
    const stays = first ? [set('kind', first.kind), set('peopleAffected', first.peopleAffected)] : [];
    return [...stays, { type: 'split', into: others.map((_part, n) => itemBornOf(command.seed, n)) }];
  },
  effects: ({ state, command }, { parts }) =>
    parts.slice(1).map((part, n) => begins(state, command.seed, n, { as: 'part', title: partTitle(n + 2), ...part })),
};

/** The name of the text with the title of a part, counted from 1; the first one's becomes the title of what stays. */
export const partTitle = (part: number): string => `title.${part}`;

/** Whoever ends an item with others merged into it sends each its way, and keeps none. */
export function parting({ absorbed }: ItemState): ItemEvent[] {
  return absorbed ? [{ type: 'parted' }] : [];
}

/** B goes into A: what it holds is given back, and A is asked to take it; should A not be able to, B comes back. */
export const merge: Rule<'merge'> = {
  refuse({ facts, command }) {
    const { primary } = facts;
    const unfit = primary === null || primary?.absorbs === false;
    return unfit ? refusal('merge-target-unfit', { item: command.payload?.into ?? '' }) : undefined;
  },
  events: ({ state }, payload) => [
    set('mergedInto', payload.into),
    ...state.reservations.map(({ id, resource }): ItemEvent => ({ type: 'released', id, resource })),
    ...(state.lead?.active ? [{ type: 'lead-ended' as const, team: state.lead.team }] : []),
  ],
  effects: (_context, payload) => [{ item: payload.into, name: 'absorb', payload: {} }],
};

/** Only another item asks for it: the one that asks is the one that is absorbed. */
export const absorb: Rule<'absorb'> = {
  events: ({ command: { source } }) => (source === undefined ? [] : [{ type: 'absorbed', item: source }]),
};

/** What was dispatched before comes back to its team, which must have a place for it; a team that is closed has none to give. */
export const unmerge: Rule<'unmerge'> = {
  refuse(context) {
    const elsewhere = mergedElsewhere(context);
    if (elsewhere) return elsewhere;
    const team = teamAgain(context);
    const full = team !== undefined && team.openLoad >= team.maxOpenLoad;
    return full ? refusal('team-over-capacity', { team: team.id, maxOpenLoad: team.maxOpenLoad }) : undefined;
  },
  events(context) {
    const team = teamAgain(context);
    return team ? [{ type: 'lead-assigned', team: team.id, unit: team.unit }] : [];
  },
};

function teamAgain({ plan, state, facts: { team } }: Context<'unmerge'>): TeamFact | undefined {
  if (state.back === undefined || !team?.active) return undefined;
  const { stage } = placeNamed(plan, state.back);
  return stage === 'team-assignment' || stage === 'action-project' ? team : undefined;
}

/** Whom this item was merged into may send it on; an item it was once merged into may not. */
export function mergedElsewhere({
  state,
  command: { source },
}: Pick<Context, 'state' | 'command'>): Refusal | undefined {
  if (source === undefined || state.fields['mergedInto'] === source) return undefined;
  return refusal('not-merged-there', { item: source });
}

export const settleOnTheSpot: Rule<'settle-on-the-spot'> = {
  events: () => [set('closureType', 'solved'), set('onTheSpot', 1)],
};
