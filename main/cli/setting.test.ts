import { expect, test } from 'vitest';
import { runSpecs } from './run-spec.ts';
import { parseSetting } from './setting.ts';

function specWith(...set: string[]) {
  return runSpecs({ data: 'builtin:shapes', arch: 'resnet20', set })[0]!;
}

test('Values are JSON where they can be and text where they can not.', () => {
  expect(parseSetting('a.b=0.5')).toMatchObject({ path: ['a', 'b'], value: 0.5 });
  expect(parseSetting('shortcut=B').value).toBe('B');
  expect(parseSetting('name={"a":[1]}').value).toEqual({ a: [1] });
  expect(parseSetting('a=b=c').value).toBe('b=c');
});

test('Settings reach the architecture, the recipe and the data.', () => {
  const spec = specWith(
    'shortcut=B',
    'block.dropout=0.3',
    'stages.1.blocks=4',
    'schedule.rate=0.05',
    'optimizer.weightDecay=5e-4',
    'batch=32',
    'data.valFraction=0.2',
  );
  expect(spec.architecture).toMatchObject({ shortcut: 'B', block: { dropout: 0.3 } });
  expect(spec.architecture.stages.map((stage) => stage.blocks)).toEqual([3, 4, 3]);
  expect(spec.recipe).toMatchObject({
    batch: 32,
    schedule: { kind: 'cosine', rate: 0.05 },
    optimizer: { weightDecay: 5e-4, momentum: 0.9 },
  });
  expect(spec.data.valFraction).toBe(0.2);
});

test('Fields that a spec leaves out can be set too.', () => {
  const { architecture } = specWith('merge.kind=highway', 'block.squeezeExcitation=4');
  expect(architecture).toMatchObject({
    merge: { kind: 'highway', bias: -2 },
    block: { squeezeExcitation: 4 },
  });
});

test('A changed network does not go by the name of the published one.', () => {
  expect(specWith('shortcut=B').architecture.name).toBe('resnet20 · shortcut B');
  expect(specWith('batch=32').architecture.name).toBe('resnet20');
  expect(specWith('batch=32').recipe.name).toBe('quick (changed)');
});

test('Another kind keeps what both kinds have and drops the rest.', () => {
  const { schedule } = specWith(
    'schedule.kind=step',
    'schedule.milestones=[0.5]',
    'schedule.factor=0.1',
  ).recipe;
  expect(schedule).toMatchObject({ kind: 'step', rate: 0.05, milestones: [0.5] });
  expect(schedule).not.toHaveProperty('final');
});

test.each([
  ['block', 'bad-setting', '--set block is not of the form path=value'],
  ['=1', 'bad-setting', 'is not of the form path=value'],
  ['schedule.=1', 'bad-setting', 'is not of the form path=value'],
  ['schedul.rate=1', 'unknown-setting', 'there is no "schedul". Did you mean schedule?'],
  ['schedule.rat=1', 'unknown-setting', 'In schedule there is no "rat". Did you mean rate?'],
  ['schedule.milestones=[0.5]', 'unknown-setting', 'exists where schedule.kind is step'],
  ['schedule.kind=linear', 'bad-setting', 'must be one of constant, step, cosine'],
  ['schedule.kind=step', 'bad-recipe', 'schedule.milestones is missing'],
  ['stages.3.blocks=1', 'unknown-setting', 'stages has entries 0 to 2, not "3"'],
  ['stages.x.blocks=1', 'unknown-setting', 'stages has entries 0 to 2, not "x"'],
  ['batch.size=3', 'unknown-setting', 'batch is a single value'],
  ['batch=-1', 'bad-recipe', 'batch must be more than 0, not -1'],
  ['block.dropout=2', 'bad-architecture', 'block.dropout must be at most 0.95, not 2'],
  ['shortcut=E', 'bad-architecture', 'must be one of "none", "A", "B", "C", "D", not "E"'],
  ['merge.bias=-1', 'unknown-setting', 'exists where merge.kind is exclusive-gating or'],
  ['merge.kind=sum', 'bad-setting', 'merge.kind must be one of add, scaling, exclusive-gating'],
  ['data.source=x', 'unknown-setting', 'In data there is no "source"'],
  ['data.valFraction=2', 'bad-data-setting', 'data.valFraction must be less than 1, not 2'],
])('--set %s is refused as %s.', (set, code, sentence) => {
  expect(() => specWith(set)).toThrow(
    expect.objectContaining({
      code,
      fault: 'input',
      message: expect.stringContaining(sentence) as string,
    }),
  );
});
