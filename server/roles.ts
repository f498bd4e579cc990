import type { DefineLine, Goal, Role, Split } from '../shared/lines.ts';

/** What a series is: its name bound to a role, once, by declaration or by name. */
export interface Binding {
  readonly series: string;
  readonly role: Role;
  /** null: the name tells of no split, as for a learning rate. */
  readonly split: Split | null;
  /** What train and validation series of one thing have in common: "loss", "acc". */
  readonly quantity: string;
  /** Which way is better; null when neither is. */
  readonly goal: Goal | null;
  /** Declared as the series to judge the best epoch by. */
  readonly monitor: boolean;
}

/** Binds a series by its name, overridden by what was declared of it. */
export function bind(series: string, declared?: DefineLine): Binding {
  const words = wordsOf(series);
  const split = declared?.split ?? words.map((word) => SPLITS.get(word)).find((found) => found !== undefined);
  const quantity = declared?.quantity ?? quantityOf(words, series);
  const role = declared?.role ?? roleOf(words);
  const judged = role === 'loss' || role === 'metric';
  return {
    series,
    role,
    // A bare "loss" or "accuracy" beside "val_loss" is what is trained on, as in Keras' and most scripts' logs.
    split: split ?? (judged ? 'train' : null),
    quantity,
    goal: declared?.goal ?? (role === 'loss' ? 'min' : role === 'metric' ? goalOf(words) : null),
    monitor: declared?.monitor ?? false,
  };
}

const ACCURACY =
  /^(?:(?:sparse|categorical|binary|multiclass|classification|class|cls|top1|acc)(?:_(?!$)|$))+$/;

/** A share of right answers, of which the first one counts: a network that guesses gets as many as a die. */
export function isAccuracy({ role, quantity, goal }: Binding): boolean {
  return role === 'metric' && goal === 'max' && ACCURACY.test(quantity);
}

const GRADIENT_NORM = /g(?:rad(?:ient)?s?)?[_./ -]*(?:l?\d+(?:\.\d+)?|inf)?[_./ -]*norms?/i;
/** Words of a gradient norm's name that are no layer's. */
const WHOLE = new Set(
  'total global all model overall mean avg max unclipped clipped preclip clip before after pre post train step epoch l2'.split(
    ' ',
  ),
);
/** Parameters whose gradients are of another size than those of the weights beside them. */
const ASIDE =
  /(?:^|[^a-z])(?:bias|b|bn\d*|ln(?:_?\w)?\d*|(?:layer_?|batch_?)?norm\d*|emb\w*|wte|wpe)(?:$|[^a-z])/i;

/**
 * The layer whose gradient norm a series is, as "layers.0.weight" of "grad_norm/layers.0.weight"; null: it is that of
 * the whole network, or of parameters which are not to be compared with weights (biases, normalisations, embeddings).
 */
export function layerOf({ role, series }: Binding): string | null {
  if (role !== 'grad_norm') return null;
  const rest = series.replace(GRADIENT_NORM, '').replace(/^[_./: -]+|[_./: -]+$/g, '');
  const telling = wordsOf(rest).filter((word) => !WHOLE.has(word) && !SPLITS.has(word));
  return telling.length === 0 || ASIDE.test(rest) ? null : rest;
}

const SPLITS = new Map<string, Split>([
  ...['train', 'training', 'trn'].map((word) => [word, 'train'] as const),
  ...['val', 'valid', 'validation', 'eval', 'evaluation', 'dev', 'holdout'].map(
    (word) => [word, 'validation'] as const,
  ),
  ...['test', 'testing', 'tst'].map((word) => [word, 'test'] as const),
]);

/** Spellings of one thing. */
const SYNONYMS = new Map([
  ['accuracy', 'acc'],
  ['error', 'err'],
  ['perplexity', 'ppl'],
  ['losses', 'loss'],
]);

/** Words that tell of the averaging or of the logger and not of the quantity. */
const FILLERS = new Set(
  'metrics metric epoch step batch minibatch iter avg average mean total running'.split(' '),
);

const LOSSES = new Set('loss nll xent ce bce crossentropy logloss mlogloss nloglik cost'.split(' '));
const LOWER = new Set(
  'err merror ppl wer cer eer fid mse mae rmse rmsle mape bpc bpb mpjpe lpips'.split(' '),
);
const HIGHER = new Set(
  (
    'acc top1 top5 f1 fscore auc auroc auprc aucpr roc ap map bleu chrf meteor rouge rouge1 rouge2 rougel iou miou dice ' +
    'jaccard precision recall sensitivity specificity r2 psnr ssim ndcg mrr mcc kappa hits em'
  ).split(' '),
);
/** Metrics of which some scripts log the negative: no way is better until it is declared. */
const EITHER = new Set('elbo'.split(' '));
/** Settings of a loss, and costs in time: not losses. */
const SETTINGS = new Set(
  'scale scaler weight weights coef coefficient lambda alpha time num count'.split(' '),
);

/** Splits a name at separators and humps: "train/lossStep" → train, loss, step. Lower-case, in the order written. */
function wordsOf(series: string): string[] {
  return series
    .replace(/mAP/g, 'map')
    .replace(/mIoU/g, 'miou')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .flatMap(unglue)
    .map((word) => SYNONYMS.get(word) ?? word);
}

/** Splits a split's name from the quantity it was written together with: "valloss" → val, loss. */
function unglue(word: string): string[] {
  const found = /^(train|valid|val|test|eval|dev)(?=.)/.exec(word);
  if (!found || SPLITS.has(word)) return [word];
  const rest = word.slice(found[1].length);
  return isMeasure(SYNONYMS.get(rest) ?? rest) ? [found[1], rest] : [word];
}

function isMeasure(word: string): boolean {
  return LOSSES.has(word) || LOWER.has(word) || isHigher(word) || EITHER.has(word);
}

/** A higher value is better, also with the number of a threshold or of a gram behind it: "map50", "bleu4". */
function isHigher(word: string): boolean {
  return HIGHER.has(word) || HIGHER.has(word.replace(/\d+$/, ''));
}

function roleOf(words: readonly string[]): Role {
  const has = (...some: string[]): boolean => some.some((word) => words.includes(word));
  const rest = words.filter((word) => !SPLITS.has(word));
  if (has('lr') || (has('learning') && has('rate'))) return 'lr';
  if (has('gnorm', 'gradnorm') || (has('grad', 'gradient', 'gradients') && has('norm'))) return 'grad_norm';
  if (has('time', 'sec', 'secs', 'seconds', 'ms') && has('step', 'batch', 'iter', 'iteration'))
    return 'step_time';
  if (rest.length === 1 && rest[0] === 'epoch') return 'epoch';
  if (words.some((word) => SETTINGS.has(word))) return 'other';
  if (words.some((word) => LOSSES.has(word))) return 'loss';
  return words.some(isMeasure) ? 'metric' : 'other';
}

function goalOf(words: readonly string[]): Goal | null {
  if (words.some((word) => LOWER.has(word))) return 'min';
  return words.some(isHigher) ? 'max' : null;
}

function quantityOf(words: readonly string[], series: string): string {
  const telling = words.filter((word) => !SPLITS.has(word));
  const short = telling.filter((word) => !FILLERS.has(word));
  return (short.length > 0 ? short : telling).join('_') || series;
}
