import type { TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import { fault, type Fault } from '../../shared/errors.ts';
import { VIEWER_FRAMES, type ViewerFrame, type ViewFrame } from '../../shared/frames.ts';
import { ColumnsLine, LINES, type Line, PackedLine } from '../../shared/lines.ts';

/** A message that keeps the rules, or the fault that tells which rule it breaks. */
export type Checked<Message> =
  | { readonly ok: true; readonly message: Message }
  | {
      readonly ok: false;
      readonly fault: Fault;
      readonly seq: number | undefined;
      /** What was said, where it is an object at all. */
      readonly said?: Readonly<Record<string, unknown>>;
    };

/** A columnar `log` line, which its `steps` tell from the plain one. */
const COLUMNS = 'log of columns';
/** One of bytes, which `packed` tells. */
const PACKED = 'log of bytes';

/** Reads one line of a trainer. */
export const checkLine = checker<Line>(
  { ...LINES, [COLUMNS]: ColumnsLine, [PACKED]: PackedLine },
  (kind, message) => {
    if (kind !== 'log') return kind;
    if ('packed' in message) return PACKED;
    return 'steps' in message ? COLUMNS : kind;
  },
);

/** Reads one frame of a viewer. */
export const checkViewerFrame = checker<ViewerFrame>(VIEWER_FRAMES);

/** Reads the frame that a viewer's address may begin with: an address asks to see, and nothing else. */
export const checkView = checker<ViewFrame>({ view: VIEWER_FRAMES.view });

/**
 * Compiles the schemas of messages told apart by `kind`, once.
 * @param formOf the schema's key, where a kind has several forms
 */
function checker<Message>(
  schemas: Readonly<Record<string, TObject>>,
  formOf: (kind: string, message: object) => string = (kind) => kind,
): (text: string) => Checked<Message> {
  const validators = new Map(Object.entries(schemas).map(([form, schema]) => [form, Compile(schema)]));
  const kinds = [...validators.keys()]
    .filter((form) => !form.includes(' '))
    .map((kind) => `"${kind}"`)
    .join(', ');

  return (text) => {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return refuse(fault('bad-json', { field: 'line', rule: 'a JSON object', value: text }));
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      return refuse(fault('bad-json', { field: 'line', rule: 'a JSON object', value: message }));
    }
    const said = message as Record<string, unknown>;
    const { kind, seq } = said;
    const validator = typeof kind === 'string' ? validators.get(formOf(kind, message)) : undefined;
    if (validator === undefined)
      return refuse(fault('bad-kind', { field: 'kind', rule: `one of ${kinds}`, value: kind }), seq, said);
    if (validator.Check(message)) return { ok: true, message: message as Message };
    return refuse(explain(validator.Errors(message), message), seq, said);
  };
}

/** Reads the JSON body of a request. */
export function bodyChecker<Body>(schema: TObject): (text: string) => Checked<Body> {
  const validator = Compile(schema);
  return (text) => {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    if (typeof body !== 'object' || body === null)
      return refuse(fault('bad-json', { field: 'body', rule: 'a JSON object', value: text }));
    if (validator.Check(body)) return { ok: true, message: body };
    return refuse(explain(validator.Errors(body), body));
  };
}

function refuse(
  reason: Fault,
  seq?: unknown,
  said?: Record<string, unknown>,
): Extract<Checked<never>, { ok: false }> {
  return {
    ok: false,
    fault: reason,
    ...(said && { said }),
    seq: Number.isSafeInteger(seq) && Number(seq) > 0 ? Number(seq) : undefined,
  };
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** Puts a schema's errors as the field, its rule and its value: those of the first field that breaks one. */
function explain(errors: readonly SchemaError[], message: object): Fault {
  const first = errors[0];
  const params: Record<string, unknown> = { ...first.params };
  if (first.keyword === 'required' && Array.isArray(params.requiredProperties)) {
    const [missing] = params.requiredProperties as string[];
    return fault('bad-line', { field: [...pathOf(first), missing].join('/'), rule: 'present' });
  }
  const path = pathOf(first);
  const same = errors.filter(({ instancePath }) => instancePath === first.instancePath);
  // A union's literals say their type themselves; a broken type says all there is to say.
  const literal = same.some(({ keyword }) => keyword === 'const');
  const telling = same.filter(
    ({ keyword, message: said }) => !(literal && keyword === 'type' && said === 'must be string'),
  );
  const rules = (first.keyword === 'type' && !literal ? [first] : telling).flatMap(ruleOf);
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], message);
  return fault('bad-line', { field: path.join('/'), rule: [...new Set(rules)].join(' or '), value });
}

/** The keys from the message down to the field; JSON Pointer escapes "~" and "/". */
function pathOf({ instancePath }: SchemaError): string[] {
  return instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function ruleOf({ keyword, params, message }: SchemaError): string[] {
  const { type, allowedValue, limit, pattern } = params as {
    type?: string;
    allowedValue?: unknown;
    limit?: number;
    pattern?: string;
  };
  switch (keyword) {
    case 'type':
      if (type === undefined || type === 'null') return type === undefined ? [] : [type];
      return [/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`];
    case 'const':
      return [JSON.stringify(allowedValue)];
    case 'anyOf':
      return [];
    case 'minimum':
      return [`at least ${limit}`];
    case 'maximum':
      return [`at most ${limit}`];
    case 'minLength':
      return [`at least ${limit} character long`];
    case 'maxLength':
      return [`at most ${limit} characters long`];
    case 'minItems':
      return [`at least ${limit} item long`];
    case 'maxItems':
      return [`at most ${limit} items long`];
    case 'pattern':
      return [
        pattern?.includes('A-Z') ? 'made of letters, digits and . _ ~ - only' : 'without control characters',
      ];
    default:
      return [message.replace(/^must (be )?/, '')];
  }
}
