import { describe, expect, test } from 'vitest';
import { bind } from '../../server/roles.ts';

describe('binds by name', () => {
  test.each([
    // Keras
    ['loss', 'loss train loss min'],
    ['val_loss', 'loss validation loss min'],
    ['accuracy', 'metric train acc max'],
    ['val_accuracy', 'metric validation acc max'],
    ['sparse_categorical_accuracy', 'metric train sparse_categorical_acc max'],
    ['val_mean_absolute_error', 'metric validation absolute_err min'],
    // Lightning
    ['train_loss_step', 'loss train loss min'],
    ['train_loss_epoch', 'loss train loss min'],
    ['lr-Adam', 'lr - lr_adam -'],
    ['lr-Adam/pg1', 'lr - lr_adam_pg1 -'],
    ['valid_acc', 'metric validation acc max'],
    // Hugging Face
    ['train/loss', 'loss train loss min'],
    ['eval/loss', 'loss validation loss min'],
    ['eval_loss', 'loss validation loss min'],
    ['eval_accuracy', 'metric validation acc max'],
    ['train/learning_rate', 'lr train learning_rate -'],
    ['train/grad_norm', 'grad_norm train grad_norm -'],
    ['train/epoch', 'epoch train epoch -'],
    // XGBoost, LightGBM
    ['validation-mlogloss', 'loss validation mlogloss min'],
    ['val/multi_logloss', 'loss validation multi_logloss min'],
    ['eval-merror', 'metric validation merror min'],
    ['eval-rmsle', 'metric validation rmsle min'],
    ['eval-aucpr', 'metric validation aucpr max'],
    ['val/poisson-nloglik', 'loss validation poisson_nloglik min'],
    // Scripts of all sorts
    ['training_loss', 'loss train loss min'],
    ['trainLoss', 'loss train loss min'],
    ['valloss', 'loss validation loss min'],
    ['val/loss', 'loss validation loss min'],
    ['loss/validation', 'loss validation loss min'],
    ['dev-loss', 'loss validation loss min'],
    ['test.loss', 'loss test loss min'],
    ['minibatch_train_loss', 'loss train loss min'],
    ['val/box_loss', 'loss validation box_loss min'],
    ['top1', 'metric train top1 max'],
    ['val_acc@5', 'metric validation acc_5 max'],
    ['test_error', 'metric test err min'],
    ['val_ppl', 'metric validation ppl min'],
    ['eval/perplexity', 'metric validation ppl min'],
    ['val_f1', 'metric validation f1 max'],
    ['valid/AUC', 'metric validation auc max'],
    ['metrics/mAP50', 'metric train map50 max'],
    ['val_mIoU', 'metric validation miou max'],
    ['test_dice', 'metric test dice max'],
    ['eval_rougeL', 'metric validation rouge_l max'],
    ['val_bleu4', 'metric validation bleu4 max'],
    ['val_rmse', 'metric validation rmse min'],
    ['valid_wer', 'metric validation wer min'],
    ['val_nll', 'loss validation nll min'],
    ['val_elbo', 'metric validation elbo -'],
    ['lr', 'lr - lr -'],
    ['learning_rate', 'lr - learning_rate -'],
    ['gradNorm', 'grad_norm - grad_norm -'],
    ['gradient_norm', 'grad_norm - gradient_norm -'],
    ['step_time', 'step_time - time -'],
    ['sec_per_step', 'step_time - sec_per -'],
    ['epoch', 'epoch - epoch -'],
    // Neither losses nor metrics, though they sound like it
    ['loss_scale', 'other - loss_scale -'],
    ['kl_weight', 'other - kl_weight -'],
    ['epoch_time', 'other - time -'],
    ['gpu_memory', 'other - gpu_memory -'],
    ['training', 'other train training -'],
    ['—', 'other - — -'],
  ])('%s', (series, expected) => {
    const { role, split, quantity, goal } = bind(series);
    expect([role, split ?? '-', quantity, goal ?? '-'].join(' ')).toBe(expected);
  });
});

describe('takes what was declared', () => {
  test('over what the name says', () => {
    const declared = {
      kind: 'define',
      series: 'val_elbo',
      role: 'metric',
      split: 'test',
      quantity: 'bound',
      goal: 'max',
      monitor: true,
    } as const;
    expect(bind('val_elbo', declared)).toEqual({
      series: 'val_elbo',
      role: 'metric',
      split: 'test',
      quantity: 'bound',
      goal: 'max',
      monitor: true,
    });
  });

  test('and fills the rest from the name', () => {
    expect(bind('val_score', { kind: 'define', series: 'val_score', role: 'loss' })).toMatchObject({
      role: 'loss',
      split: 'validation',
      quantity: 'score',
      goal: 'min',
      monitor: false,
    });
  });

  test('and judges a declared metric without a known goal by none', () => {
    expect(bind('score', { kind: 'define', series: 'score', role: 'metric' }).goal).toBeNull();
  });
});
