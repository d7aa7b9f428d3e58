// Tools that read what is in the library besides runs, and what there is to train: datasets, architectures,
// recipes, reports. None of them changes anything.
import { z } from 'zod';
import { ReportDocument } from '../../shared/contract/app/reports.ts';
import { RECIPES } from '../../shared/spec/recipes.ts';
import { reportText } from '../host/comparison-summary.ts';
import type { HostParts } from '../host/host-parts.ts';
import { studyRow } from '../host/studies/kept-study.ts';
import { findStudy } from '../host/studies/run-study.ts';
import { createZooService } from '../host/services/zoo.ts';
import { getArchitecture } from '../zoo/registry.ts';
import { callContext } from './call-context.ts';
import { tool, type Tool } from './tool.ts';

export function libraryTools(parts: HostParts): Tool[] {
  return [
    listDatasets,
    listArchitectures,
    describeArchitecture,
    listRecipes,
    listStudies,
    readStudy,
    listReports,
    readReport,
  ].map((toolOf) => toolOf(parts));
}

const zoo = createZooService();

function listDatasets({ library }: HostParts): Tool {
  return tool({
    name: 'list_datasets',
    title: 'List datasets',
    description:
      'Datasets that were used or looked at: where they lie, classes, images of each split. `builtin:shapes` (generated images) can always be trained on.',
    input: z.object({}),
    writes: false,
    work: () => ({ datasets: library.datasets.list() }),
  });
}

function listArchitectures(): Tool {
  return tool({
    name: 'list_architectures',
    title: 'List architectures',
    description: 'Networks that have a name, with parameters, multiply-adds, depth and paper.',
    input: z.object({ text: z.string().default('').describe('Part of a name or family.') }),
    writes: false,
    work: async ({ text }) => {
      const { architectures } = await zoo['zoo.list']({}, callContext());
      const wanted = text.toLowerCase();
      return {
        architectures: architectures
          .filter(({ name, family }) => `${name} ${family}`.toLowerCase().includes(wanted))
          .map(({ name, title, family, citation, input, classes, depth, parameters, macs }) => ({
            ...{ name, title, family, citation, input, classes, depth, parameters, macs },
          })),
      };
    },
  });
}

function describeArchitecture(): Tool {
  return tool({
    name: 'describe_architecture',
    title: 'Describe an architecture',
    description: 'The spec of a named network and its stages and blocks with shapes and costs.',
    input: z.object({ name: z.string().max(100) }),
    writes: false,
    work: async ({ name }) => {
      const { spec, input, classes } = getArchitecture(name);
      return await zoo['zoo.outline']({ spec, input: { ...input }, classes }, callContext());
    },
  });
}

function listRecipes(): Tool {
  return tool({
    name: 'list_recipes',
    title: 'List recipes',
    description: 'Named training recipes with their papers and all of their settings.',
    input: z.object({}),
    writes: false,
    work: () => ({ recipes: RECIPES }),
  });
}

function listStudies({ library }: HostParts): Tool {
  return tool({
    name: 'list_studies',
    title: 'List studies',
    description: 'Studies that were begun: which question, with which setting, how far.',
    input: z.object({}),
    writes: false,
    work: () => ({ studies: library.studies.list().map(studyRow) }),
  });
}

function readStudy({ library }: HostParts): Tool {
  return tool({
    name: 'read_study',
    title: 'Read a study',
    description:
      'A study with its runs and measurements, its verdict with rule and n, and the figures found so far.',
    input: z.object({ study: z.string().min(1).max(64).describe('Its id, or the end of it.') }),
    writes: false,
    work: ({ study }) => findStudy({ library }, study),
  });
}

function listReports({ library }: HostParts): Tool {
  return tool({
    name: 'list_reports',
    title: 'List reports',
    description: 'Reports of the library: ids, titles and the runs they are about.',
    input: z.object({}),
    writes: false,
    work: () => ({
      reports: library.reports.list().flatMap(({ id, updatedAt, document }) => {
        const known = ReportDocument.safeParse(document).data;
        if (known === undefined) return [];
        return [{ id, updatedAt, title: known.title, runs: known.runs.map((run) => run.id) }];
      }),
    }),
  });
}

function readReport(parts: HostParts): Tool {
  return tool({
    name: 'read_report',
    title: 'Read a report',
    description: 'The text of a report as Markdown, with its tables; figures are named only.',
    input: z.object({ report: z.string().max(64) }),
    writes: false,
    work: ({ report }) => ({ markdown: reportText(parts, report) }),
  });
}
