import type { RunState } from '../../shared/frames.ts';
import { configOf, lookUp, type ConfigValue } from './config.ts';

/**
 * What a person looks for among runs: words that are in its name, project, id or tags, and conditions, all of which
 * must hold: `tag:night`, `status:lost`, `project:digits`, `is:pinned`, `is:archived`, and on numbers or words of the
 * config or of the run itself `lr<1e-3`, `optimizer=adam`, `best<=0.2`, `step>1000`.
 */
export interface Query {
  readonly terms: readonly Term[];
  /** Whether archived runs are looked for: they are hidden else. */
  readonly archived: boolean;
}

type Term =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly field: string; readonly text: string }
  | { readonly kind: 'compare'; readonly key: string; readonly operator: Operator; readonly value: string };

type Operator = '<' | '<=' | '>' | '>=' | '=' | '!=';

const FIELDS = ['tag', 'status', 'project', 'name', 'is'];

export function parseQuery(text: string): Query {
  const terms = (text.match(/(?:[^\s"]+|"[^"]*")+/g) ?? []).map((word): Term => {
    const bare = word.replaceAll('"', '');
    const compared = /^([\w./-]+?)(<=|>=|!=|==|=|<|>)(.+)$/.exec(bare);
    if (compared) {
      const [, key, operator, value] = compared;
      return { kind: 'compare', key, operator: operator === '==' ? '=' : (operator as Operator), value };
    }
    const [field, ...rest] = bare.split(':');
    if (rest.length > 0 && FIELDS.includes(field))
      return { kind: 'field', field, text: rest.join(':').toLowerCase() };
    return { kind: 'text', text: bare.toLowerCase() };
  });
  const archived = terms.some(
    (term) => term.kind === 'field' && term.field === 'is' && term.text === 'archived',
  );
  return { terms, archived };
}

export function matches(run: RunState, { terms, archived }: Query): boolean {
  if (run.archived && !archived) return false;
  return terms.every((term) => holds(run, term));
}

function holds(run: RunState, term: Term): boolean {
  switch (term.kind) {
    case 'text':
      return [run.name, run.project, run.run, run.status, ...run.tags].some((word) =>
        word.toLowerCase().includes(term.text),
      );
    case 'field':
      return holdsField(run, term.field, term.text);
    case 'compare': {
      const value = valueOf(run, term.key);
      return value === undefined ? term.operator === '!=' : compare(value, term.operator, term.value);
    }
  }
}

function holdsField(run: RunState, field: string, text: string): boolean {
  if (field === 'tag') return run.tags.some((tag) => tag.toLowerCase() === text);
  if (field === 'is')
    return text === 'pinned' ? run.pinned : text === 'archived' ? run.archived : run.status === text;
  if (field === 'status') return run.status === text;
  return (field === 'project' ? run.project : run.name).toLowerCase().includes(text);
}

/** What a run has under a key: of itself, else of its config. */
function valueOf(run: RunState, key: string): ConfigValue | undefined {
  switch (key) {
    case 'best':
      return run.best?.value;
    case 'last':
    case 'loss':
      return run.loss ? Number(run.loss.value) : undefined;
    case 'step':
    case 'epoch':
    case 'rate':
      return run[key] ?? undefined;
    default:
      return lookUp(configOf(run), key);
  }
}

function compare(value: ConfigValue, operator: Operator, wanted: string): boolean {
  const number = Number(wanted);
  const numeric = typeof value === 'number' && wanted.trim() !== '' && !Number.isNaN(number);
  if (operator === '=' || operator === '!=') {
    const same = numeric ? value === number : String(value).toLowerCase() === wanted.toLowerCase();
    return same === (operator === '=');
  }
  if (!numeric) return false;
  if (operator === '<') return value < number;
  if (operator === '<=') return value <= number;
  if (operator === '>') return value > number;
  return value >= number;
}
