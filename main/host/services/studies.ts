// Studies for the page: the catalog, what one would cost, and those of the library.
import os from 'node:os';
import { inputError } from '../../../shared/errors.ts';
import { QUICK_DATA } from '../../studies/trainings.ts';
import { aboutStudies } from '../../studies/catalog.ts';
import { cheapFacts } from '../../runtime/machine.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import type { HostParts } from '../host-parts.ts';
import { makeStudy, openStudy, settleStudy, studyDetail, studyRow } from '../studies/kept-study.ts';
import type { HandlersOf } from './handlers.ts';
import { createSpeedSamples } from './speed-samples.ts';
import { costOfStudy } from './study-cost.ts';
import { createStudyNews } from './study-news.ts';
import { StudyRunner, type StudyRunnerOptions } from './study-runner.ts';

export class StudyService {
  readonly #parts: HostParts;
  readonly #scheduler: Scheduler;
  readonly #speeds: ReturnType<typeof createSpeedSamples>;
  readonly #news = createStudyNews();
  readonly #runner: StudyRunner;

  constructor(options: Omit<StudyRunnerOptions, 'news'>) {
    this.#parts = options.parts;
    this.#scheduler = options.scheduler;
    this.#speeds = createSpeedSamples(options.parts.library);
    this.#runner = new StudyRunner({ ...options, news: this.#news });
  }

  readonly handlers: HandlersOf<'studies'> = {
    'studies.catalog': () => Promise.resolve({ studies: aboutStudies(), quickData: QUICK_DATA }),
    'studies.list': () =>
      Promise.resolve({ studies: this.#parts.library.studies.list().map(studyRow) }),
    'studies.get': ({ id }) =>
      Promise.resolve(studyDetail(this.#parts, id, this.#runner.measuringOf(id))),
    'studies.cost': async ({ name, setting }, { signal }) => {
      const settled = await settleStudy(this.#parts, name, setting, signal);
      const { hasNvidiaDriver } = await cheapFacts();
      const cores = hasNvidiaDriver ? undefined : os.availableParallelism();
      return costOfStudy(this.#parts, settled, { speeds: this.#speeds(), cores });
    },
    'studies.start': async ({ name, setting }, { signal }) => {
      const settled = await settleStudy(this.#parts, name, setting, signal);
      const id = makeStudy(this.#parts.library, settled);
      this.#runner.advance(id);
      return { id };
    },
    'studies.pause': ({ id }) => {
      this.#parts.library.studies.setStatus(id, 'paused');
      this.#scheduler.pause(this.#runsOf(id));
      this.#news.tell(id);
      return Promise.resolve({});
    },
    'studies.resume': ({ id }) => {
      this.#runner.forget(id);
      this.#parts.library.studies.setStatus(id, 'running');
      // Runs that have ended refuse, and need not go on.
      this.#scheduler.resume(this.#runsOf(id));
      this.#runner.advance(id);
      return Promise.resolve({});
    },
    'studies.delete': ({ id }) => {
      if (this.#parts.library.studies.get(id).status === 'running') {
        throw inputError('study-is-running', 'Pause the study before you delete it.');
      }
      this.#parts.library.studies.delete(id);
      this.#runner.forget(id);
      this.#news.tell(id);
      return Promise.resolve({});
    },
    'studies.events': (_input, { signal, emit }) =>
      this.#news.follow(signal, (id) => void emit({ id }, { latest: id })),
  };

  /** Takes up what was under way. */
  begin(): void {
    this.#runner.begin();
  }

  close(): void {
    this.#runner.close();
    this.#news.close();
  }

  #runsOf(id: string): { group: string } {
    return { group: openStudy(this.#parts.library, id).group };
  }
}
