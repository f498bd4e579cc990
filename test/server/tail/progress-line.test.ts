import { describe, expect, it } from 'vitest';
import { readPrinted } from '../../../server/tail/progress-line.ts';
import { StepCounter } from '../../../server/tail/step-counter.ts';

describe('a printed line', () => {
  it.each([
    ['epoch=3 loss=0.25 lr=1e-3', { epoch: 3, values: { loss: 0.25, lr: 0.001 } }],
    ['Epoch: 3, Train Loss: 0.25, Val Loss: nan', { epoch: 3, values: { Train_Loss: 0.25, Val_Loss: NaN } }],
    ['step 100 | loss 0.3 | val/acc: 0.9', { step: 100, values: { 'val/acc': 0.9 } }],
    ['iter 100/1000: loss=2.0, grad_norm=inf', { step: 100, values: { loss: 2, grad_norm: Infinity } }],
    ['{"step": 5, "train": {"loss": 0.5}}', { step: 5, values: { 'train/loss': 0.5 } }],
    // The Hugging Face Trainer's
    [
      "{'loss': '0.3557', 'grad_norm': '1.2', 'learning_rate': '1e-05', 'epoch': '0.62'}",
      { epoch: 0.62, values: { loss: 0.3557, grad_norm: 1.2, learning_rate: 1e-5 } },
    ],
    ["{'eval_loss': 0.25, 'eval_ok': True, 'epoch': 1.0}", { epoch: 1, values: { eval_loss: 0.25 } }],
    // Keras'
    [
      '\u001b[1m10/10\u001b[0m \u001b[32m━━━━━━━━━━\u001b[0m\u001b[37m\u001b[0m \u001b[1m1s\u001b[0m 2ms/step - accuracy: 0.9000 - loss: 0.3000 - val_loss: 0.4000',
      { step: 10, values: { accuracy: 0.9, loss: 0.3, val_loss: 0.4 } },
    ],
    // Lightning's and tqdm's
    [
      'Epoch 2:  50%|█████     | 60/120 [00:01<00:01, 59.1it/s, v_num=0, train_loss=0.125]',
      { epoch: 2, step: 60, values: { v_num: 0, train_loss: 0.125 } },
    ],
    ['12:30:01 INFO loss: 0.5.', { values: { loss: 0.5 } }],
  ])('%s', (line, expected) => expect(readPrinted(line)).toEqual(expected));

  it.each([
    '',
    'Downloading data from http://example.org:8080/x',
    'Elapsed time: 12:30',
    'loss is high',
    'Epoch 3/10',
    'eta: 5',
    '{"message": "hello"}',
  ])('%s: says nothing', (line) => expect(readPrinted(line)).toBeNull());
});

describe('the steps of printed values', () => {
  const steps = (printed: { step?: number; epoch?: number }[]) => {
    const counter = new StepCounter();
    return printed.map((one) => counter.stepOf({ ...one, values: {} }));
  };

  it('are the steps that are said', () => {
    expect(steps([{ step: 10 }, { step: 20 }, { step: 30 }])).toEqual([10, 20, 30]);
  });

  it('go on where a bar starts again', () => {
    expect(steps([{ step: 5 }, { step: 10 }, { step: 5 }, { step: 10 }])).toEqual([5, 10, 15, 20]);
    expect(
      steps([
        { step: 9, epoch: 0 },
        { step: 2, epoch: 1 },
        { step: 9, epoch: 1 },
      ]),
    ).toEqual([9, 11, 18]);
  });

  it('are epochs where there are only those, and lines where there is nothing', () => {
    expect(steps([{ epoch: 1 }, { epoch: 2 }, { epoch: 3 }])).toEqual([1, 2, 3]);
    expect(steps([{}, {}, {}])).toEqual([0, 1, 2]);
  });

  it('put a validation at the last step of its epoch', () => {
    expect(steps([{ step: 10, epoch: 1 }, { epoch: 1 }, { step: 20, epoch: 2 }])).toEqual([10, 10, 20]);
  });
});
