// The state behind “New run”: the draft, what is known of its data and network, what it would cost, and
// what stands in the way of starting it. Asks the host after each change, the newest question only.
import type { DatasetCard } from '../../../shared/contract/app/datasets.ts';
import type { Preset } from '../../../shared/contract/app/runs.ts';
import type { ArchitectureEntry, NetworkOutline } from '../../../shared/contract/app/zoo.ts';
import { AppError, messageOf } from '../../../shared/errors.ts';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import type { Family } from '../../../shared/spec/autoencoder.ts';
import { pixelRulesOf } from '../../../shared/spec/pixel-rules.ts';
import { newDataSpec } from '../../../shared/spec/run.ts';
import { RECIPES } from '../../../shared/spec/recipes.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { isEqual, valueAt, withValueAt } from '../../parts/schema-form/value-path.ts';
import type { CallOutput } from '../../client/host.ts';
import type { App } from '../../state/app.svelte.ts';
import type { View } from '../../state/settings.svelte.ts';
import {
  dataProblem,
  devicesProblem,
  DEFAULT_SOURCE,
  draftDocument,
  familyOfDraft,
  firstDraft,
  parseSeeds,
  recipeForFamily,
  recipeProblem,
  startSpec,
  withDocument,
  type Draft,
  type Problem,
} from './draft.ts';

/** Drawing and cost are there within a tenth of a second of the last key. */
const ASKING_DELAY_MS = 40;
/** Of the dataset before, which has its own. */
/** What is chosen for one dataset and says nothing of another. */
const NO_RULES = Object.fromEntries(
  ['depth', 'ground', 'damaged', 'layout', 'mergeClasses', 'rules', 'decisions'].map((name) => [
    name,
    undefined,
  ]),
);
const FIRST_ARCHITECTURE = 'resnet20';

/** Event files for TensorBoard while it trains: not of the experiment, so not of its spec. */
export interface TensorboardChoice {
  readonly isOn: boolean;
  /** On the host. */
  readonly folder: string;
}

export class Setup {
  architectures: readonly ArchitectureEntry[] = $state.raw([]);
  datasets: readonly DatasetCard[] = $state.raw([]);
  presets: readonly Preset[] = $state.raw([]);
  loadError: unknown = $state.raw();
  outline: NetworkOutline | undefined = $state.raw();
  outlineProblem: Problem | undefined = $state.raw();
  estimate: CallOutput<'runs.estimate'> | undefined = $state.raw();
  estimateProblem: string | undefined = $state();
  startError: unknown = $state.raw();
  isStarting = $state(false);
  /** The draft as remembered; a change is a new object. */
  readonly #view: View<Draft>;
  readonly #tensorboard: View<TensorboardChoice>;
  readonly #app: App;

  readonly draft: Draft = $derived.by(() => this.#view.value);
  readonly source: string = $derived(textAt(this.draft.data, 'source'));
  readonly card: DatasetCard | undefined = $derived(
    this.datasets.find((card) => card.source === this.source),
  );
  readonly namedArchitecture: ArchitectureEntry | undefined = $derived(
    this.architectures.find((entry) => entry.name === this.draft.architectureName),
  );
  readonly namedRecipe = $derived(RECIPES.find((entry) => entry.name === this.draft.recipeName));
  /** The name is only for display, so it is no difference. */
  readonly isArchitectureChanged: boolean = $derived(
    this.namedArchitecture !== undefined &&
      !isEqual(nameless(canonical(this.draft.architecture)), nameless(this.namedArchitecture.spec)),
  );
  readonly isRecipeChanged: boolean = $derived(
    this.namedRecipe !== undefined &&
      !isEqual(nameless(this.draft.recipe), nameless(this.namedRecipe.recipe)),
  );
  readonly title: string = $derived.by(() => {
    const title = this.namedArchitecture?.title ?? this.draft.architectureName;
    if (title === '') return 'Own network';
    return this.isArchitectureChanged ? `${title}, changed` : title;
  });
  readonly recipe: RecipeSpec | undefined = $derived.by(() => {
    const parsed = RecipeSpec.safeParse(this.draft.recipe);
    return parsed.success ? parsed.data : undefined;
  });
  readonly recipeProblem = $derived(recipeProblem(this.draft.recipe, this.draft.architecture));
  readonly family: Family = $derived(familyOfDraft(this.draft.architecture));
  readonly dataProblem = $derived(dataProblem(this.draft.data));
  readonly seedProblem: string | undefined = $derived.by(() => {
    const seeds = parseSeeds(this.draft.seeds);
    return typeof seeds === 'string' ? seeds : undefined;
  });
  readonly devicesProblem: string | undefined = $derived.by(() => devicesProblem(this.draft));
  readonly isPlain: boolean = $derived(textAt(this.draft.architecture, 'shortcut') === 'none');
  readonly runCount: number = $derived.by(() => {
    const seeds = parseSeeds(this.draft.seeds);
    return typeof seeds === 'string'
      ? 0
      : seeds.length * (this.draft.withPlainTwin && !this.isPlain ? 2 : 1);
  });
  /** What the network is drawn for: the data's shape, or what the architecture was published for. */
  readonly input = $derived.by(() => {
    const side = valueAt(this.draft.data, ['imageSize']);
    const shape = this.card?.shape ?? this.namedArchitecture?.input;
    if (shape === undefined || typeof side !== 'number') return shape;
    return { ...shape, width: side, height: side };
  });
  readonly classes: number = $derived(
    this.card?.classes.length ?? this.namedArchitecture?.classes ?? 10,
  );
  /** Training examples, the validation share taken off where the data has no split of its own. */
  readonly examples: number = $derived(this.card?.counts.train ?? 50_000);
  /** Rough until a run on this machine has shown how fast it is; null where nothing is known. */
  readonly epochTime = $derived(this.estimate?.epoch ?? null);
  /** What can be chosen is there, and the first choice is made. */
  readonly isReady: boolean = $derived(this.architectures.length > 0);
  readonly tensorboard: TensorboardChoice = $derived.by(() => this.#tensorboard.value);
  readonly obstacle: string | undefined = $derived.by(() => {
    if (this.outlineProblem !== undefined) return this.outlineProblem.sentence;
    const problem = this.dataProblem ?? this.recipeProblem;
    if (problem !== undefined) return problem.sentence;
    if (this.seedProblem !== undefined) return this.seedProblem;
    if (this.devicesProblem !== undefined) return this.devicesProblem;
    if (this.recipe?.frozen.kind === 'stages' && this.draft.weights.trim() === '')
      return 'The recipe freezes layers, so the run needs weights to start from: fill in “Initial weights”.';
    if (this.tensorboard.isOn && this.tensorboard.folder.trim() === '')
      return 'Name a folder for TensorBoard’s event files, or write none.';
    if (this.card?.isPresent === false) return 'The dataset is not there any more; choose another.';
    if (this.isReady && this.draft.architecture === undefined) return 'Choose an architecture.';
    return undefined;
  });

  constructor(app: App) {
    this.#app = app;
    this.#view = app.settings.view('new-run', firstDraft(undefined));
    this.#tensorboard = app.settings.view('new-run-tensorboard', {
      isOn: false,
      folder: '~/tensorboard',
    });
  }

  async load(): Promise<void> {
    try {
      const { host } = this.#app;
      const [zoo, data, kept] = await Promise.all([
        host.call('zoo.list', {}),
        host.call('datasets.list', {}),
        host.call('presets.list', {}),
      ]);
      this.architectures = zoo.architectures;
      this.datasets = data.datasets;
      this.presets = kept.presets;
      if (this.draft.architecture === undefined) this.chooseArchitecture(FIRST_ARCHITECTURE);
      if (this.source === '') this.chooseData(DEFAULT_SOURCE);
      this.loadError = undefined;
    } catch (error) {
      this.loadError = error;
    }
  }

  change(part: Partial<Draft>): void {
    this.startError = undefined;
    this.#view.value = { ...this.draft, ...part };
  }

  reset(): void {
    this.change(firstDraft(this.architectures.find(({ name }) => name === FIRST_ARCHITECTURE)));
  }

  chooseArchitecture(name: string): void {
    const entry = this.architectures.find((candidate) => candidate.name === name);
    if (entry) this.changeNetwork({ architectureName: name, architecture: entry.spec });
  }

  /** A network of another family brings a recipe of its own along. */
  changeNetwork(part: Pick<Partial<Draft>, 'architecture' | 'architectureName'>): void {
    this.change({ ...part, ...recipeForFamily(this.draft, part.architecture) });
  }

  chooseRecipe(name: string): void {
    const entry = RECIPES.find((candidate) => candidate.name === name);
    if (entry) this.change({ recipeName: name, recipe: entry.recipe });
  }

  chooseData(source: string): void {
    const known = this.datasets.find((card) => card.source === source)?.pixelRules;
    const rules = pixelRulesOf(known ?? newDataSpec(source));
    const data = Object.entries({ source, imageSize: undefined, ...NO_RULES, ...rules }).reduce(
      (document, [field, value]) => withValueAt(document, [field], value),
      this.draft.data,
    );
    this.change({ data });
  }

  /** One block more or less in every stage: the usual way to change depth. */
  changeDepth(step: 1 | -1): void {
    const stages = valueAt(this.draft.architecture, ['stages']);
    if (!Array.isArray(stages)) return;
    const changed = stages.map((stage: unknown) => {
      const blocks = valueAt(stage, ['blocks']);
      return withValueAt(
        stage,
        ['blocks'],
        Math.max(1, (typeof blocks === 'number' ? blocks : 1) + step),
      );
    });
    this.change({ architecture: withValueAt(this.draft.architecture, ['stages'], changed) });
  }

  changeTensorboard(change: Partial<TensorboardChoice>): void {
    this.#tensorboard.value = { ...this.tensorboard, ...change };
  }

  /** A sentence if the text is no spec. */
  take(text: string): string | undefined {
    const next = withDocument(this.draft, text);
    if (typeof next === 'string') return next;
    this.change(next);
    return undefined;
  }

  text(): string {
    return JSON.stringify(draftDocument(this.draft), null, 2);
  }

  /** Asks for the drawing; call in an effect. */
  watchOutline(): () => void {
    const { architecture } = this.draft;
    const { input, classes } = this;
    if (architecture === undefined || input === undefined) return () => undefined;
    return this.#ask(ASKING_DELAY_MS, async (signal) => {
      try {
        const answer = await this.#app.host.call(
          'zoo.outline',
          { spec: architecture, input, classes },
          { signal },
        );
        this.outline = answer.outline;
        this.outlineProblem = undefined;
      } catch (error) {
        if (signal.aborted) return;
        const path = error instanceof AppError ? (error.path ?? '') : '';
        this.outlineProblem = { path, sentence: messageOf(error) };
      }
    });
  }

  /** Asks for memory and time; call in an effect. */
  watchEstimate(): () => void {
    const { input, classes, examples, obstacle, draft } = this;
    if (obstacle !== undefined || input === undefined) {
      this.estimate = undefined;
      return () => undefined;
    }
    return this.#ask(ASKING_DELAY_MS, async (signal) => {
      try {
        const spec = withoutData(startSpec(draft, this.namedArchitecture?.spec));
        this.estimate = await this.#app.host.call(
          'runs.estimate',
          { spec, input, classes, examples },
          { signal },
        );
        this.estimateProblem = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.estimate = undefined;
        this.estimateProblem = messageOf(error);
      }
    });
  }

  async start(): Promise<void> {
    const seeds = parseSeeds(this.draft.seeds);
    if (this.isStarting || this.estimate?.fits === false) return;
    if (this.obstacle !== undefined || typeof seeds === 'string') return;
    this.isStarting = true;
    try {
      const { ids } = await this.#app.host.call('runs.start', {
        spec: startSpec(this.draft, this.namedArchitecture?.spec),
        seeds: [...seeds],
        withPlainTwin: this.draft.withPlainTwin && !this.isPlain,
        ...(this.tensorboard.isOn ? { tensorboard: this.tensorboard.folder.trim() } : {}),
      });
      const [first] = ids;
      if (ids.length === 1 && first !== undefined) {
        this.#app.router.go({ page: 'run', path: [first] });
      } else {
        this.#app.router.go({ page: 'runs' });
      }
    } catch (error) {
      this.startError = error;
    } finally {
      this.isStarting = false;
    }
  }

  async savePreset(name: string): Promise<void> {
    await this.#app.host.call('presets.save', { name, spec: draftDocument(this.draft) });
    await this.#loadPresets();
  }

  async deletePreset(name: string): Promise<void> {
    await this.#app.host.call('presets.delete', { name });
    await this.#loadPresets();
  }

  async #loadPresets(): Promise<void> {
    this.presets = (await this.#app.host.call('presets.list', {})).presets;
  }

  #ask(delayMs: number, work: (signal: AbortSignal) => Promise<void>): () => void {
    const stop = new AbortController();
    const timer = setTimeout(() => void work(stop.signal), delayMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }
}

function textAt(document: unknown, key: string): string {
  const value = valueAt(document, [key]);
  return typeof value === 'string' ? value : '';
}

function withoutData<S extends { readonly data: unknown }>(spec: S): Omit<S, 'data'> {
  const rest: Omit<S, 'data'> & { data?: unknown } = { ...spec };
  delete rest.data;
  return rest;
}

/** Without what says what is so anyway, so that a field set and set back is no change. */
function canonical(architecture: unknown): unknown {
  const parsed = ArchitectureSpec.safeParse(architecture);
  return parsed.success ? parsed.data : architecture;
}

function nameless(spec: unknown): unknown {
  return withValueAt(spec, ['name'], '');
}
