// How a field of a spec is called outside its form: in tables, charts and sentences. Pure.
import { architectureChoices, architectureLabels } from './architecture-fields.ts';
import { recipeChoices, recipeLabels } from './recipe-fields.ts';

/** Where the form's label means little without the heading above it. */
const NAMES: Readonly<Record<string, string>> = {
  architecture: 'Network',
  recipe: 'Recipe',
  data: 'Data',
  weights: 'Initial weights',
  'architecture.name': 'Network',
  'data.source': 'Dataset',
  'recipe.extensions': 'Extended',
  'recipe.length': 'Length',
  'recipe.length.epochs': 'Epochs',
  'recipe.length.steps': 'Steps',
  'recipe.schedule': 'Schedule',
  'recipe.schedule.rate': 'Learning rate',
};

const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  architecture: architectureLabels,
  recipe: recipeLabels,
};

const CHOICES: Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
> = {
  architecture: architectureChoices,
  recipe: recipeChoices,
};

/** Words that many choices have: their parent is said as well. */
const COMMON = new Set(['kind', 'rate', 'steps', 'epochs', 'mean', 'deviation', 'decay', 'power']);

/** `recipe.schedule.rate` as `Learning rate`, `recipe.averaging.decay` as `Decay (average of the weights)`. */
export function fieldName(path: string): string {
  const known = NAMES[path];
  if (known !== undefined) return known;
  const [area = '', ...parts] = path.split('.');
  const last = parts.at(-1) ?? area;
  const parent = path.slice(0, -last.length - 1);
  if (last === 'kind' && parts.length > 1) return `${fieldName(parent)} kind`;
  const label = LABELS[area]?.[parts.join('.')] ?? capital(wordsOf(last));
  const isInside = parts.length > 1;
  const isCommon = COMMON.has(last) || /\b(share|for|which|stages)\b/i.test(label);
  return isInside && isCommon ? `${label} (${inSentence(fieldName(parent))})` : label;
}

/** What a field is called under the heading of its choice: `Final share`, of `recipe.schedule.final`. */
export function fieldLabel(path: string): string {
  const [area = '', ...parts] = path.split('.');
  return LABELS[area]?.[parts.join('.')] ?? capital(wordsOf(parts.at(-1) ?? area));
}

/**
 * What a value that was chosen from a list is called in the middle of a sentence, by the path of the choice or of
 * its kind: `pad, crop, flip`. What no list has stays as it is.
 */
export function choiceName(path: string, value: string): string {
  const [area = '', ...parts] = path.split('.');
  const own = parts.join('.');
  const known = CHOICES[area]?.[own] ?? CHOICES[area]?.[`${own}.kind`];
  // What stands after the colon explains it to those who choose.
  const [name] = (known?.[value] ?? value).split(': ');
  return inSentence(name ?? value);
}

/** In the middle of a sentence: `learning rate`; `β₁`, `MACs` and `AdamW` stay. */
export function inSentence(name: string): string {
  return /^\p{Lu}\p{Ll}+(?!\p{L})/u.test(name)
    ? name.charAt(0).toLowerCase() + name.slice(1)
    : name;
}

/** `labelSmoothing` as `label smoothing`. */
export function wordsOf(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/ [A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
