import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareRuns } from './compared-runs.ts';
import { draftReport } from './draft-report.ts';
import { importBundle } from './import-bundle.ts';
import { gatherReport } from './report-data.ts';
import { pageScript, withoutNetworks } from './testing/bundled-programs.ts';
import { addTrainedRun, emptyLibrary, judge } from './testing/trained-library.ts';
import { bundleEntries, writeReport } from './write-report.ts';
import { adoptDecisions, keepDecisions, readDecisions } from '../data/decisions.ts';
import { writeZip } from '../reports/zip-writer.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import { changesOf } from '../reports/compose.ts';
import { temporaryFolder } from '../store/testing/temporary-folder.ts';
import type { Library } from '../store/library.ts';
import type {
  ExportFormat,
  ReportBlock,
  ReportDocument,
} from '../../shared/contract/app/reports.ts';

const options = {
  codeVersion: '0.1.0+test',
  pageScript,
  ...withoutNetworks,
  printPdf: ({ html }: { html: string }) => Promise.resolve(new TextEncoder().encode(html)),
};
/** Ends every context that a name could end up in. */
const HOSTILE = `</script><img src=x onerror=alert(1)> "' \\input{/etc/passwd} $x^2_% & [a](javascript:alert(2))`;

function comparison(library: Library, name = 'net', points = 40): ReportDocument {
  const ids = [1, 2, 3].flatMap((seed) => [
    addTrainedRun(library, { name, seed, points, accuracy: 0.9 + seed / 100 }),
    addTrainedRun(library, {
      name: `${name} plain`,
      seed,
      points,
      shortcut: 'none',
      accuracy: 0.8 + seed / 200,
    }),
  ]);
  return draftReport(compareRuns(library, ids, { lastK: 5 }).runs);
}

async function written(library: Library, document: ReportDocument, format: ExportFormat) {
  const folder = temporaryFolder();
  const names = await writeReport(library, document, format, folder, options);
  return {
    folder,
    names,
    read: (name: string) => fs.readFileSync(path.join(folder, name), 'utf8'),
  };
}

describe('what a report says', () => {
  it('holds ids, fingerprint, version, runtime and verdict in one file that asks no network', async () => {
    const library = emptyLibrary();
    const document = comparison(library);
    const html = (await written(library, document, 'html')).read('report.html');
    for (const { id } of document.runs) expect(html).toContain(id);
    expect(html).toContain('f00df00df00d');
    expect(html).toContain('0.1.0+test');
    expect(html).toContain('TensorFlow 2.21.0');
    expect(html).toContain('paired t-test on 3 pairs');
    expect(html).toContain("default-src 'none'");
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
  });

  it('says which runs have changed or gone since it was written', () => {
    const library = emptyLibrary();
    const document = comparison(library);
    const [first, second] = document.runs;
    library.runs.update(first!.id, { step: 7 });
    library.runs.delete(second!.id);
    const changes = changesOf(gatherReport(library, document, '1'));
    expect(changes.map(({ id, kind }) => [id, kind])).toEqual([
      [first!.id, 'changed'],
      [second!.id, 'missing'],
    ]);
  });

  it('stays below 3 MB for ten runs of ten thousand points', async () => {
    const library = emptyLibrary();
    const ids = Array.from({ length: 10 }, (_, i) =>
      addTrainedRun(library, {
        name: `net ${i % 5}`,
        seed: i,
        points: 10_000,
        recipe: { batch: 16 + (i % 5) },
      }),
    );
    const document = draftReport(compareRuns(library, ids, { lastK: 5 }).runs);
    const html = (await written(library, document, 'html')).read('report.html');
    // Curves, heat maps, the script and the numbers behind the charts.
    expect(Buffer.byteLength(html)).toBeLessThan(3e6);
    expect(html).toContain('"xs":[[');
    expect(html).toContain('every point is in the CSV');
  });
});

describe('hostile names and texts', () => {
  const hostile = (library: Library): ReportDocument => {
    const document = comparison(library, HOSTILE);
    const text = {
      id: 'x',
      kind: 'text',
      markdown: `${HOSTILE}\n\n<script>alert(3)</script>`,
    } as const;
    const run = document.runs[0]!.id;
    // Names of classes come from folders.
    judge(library, run, { classes: [HOSTILE, 'b'], counts: [1, 0, 0, 1] });
    const chart: ReportBlock = {
      ...{ id: 'y', kind: 'lines', title: HOSTILE, yTitle: HOSTILE, x: 'step', range: null },
      ...{ isLogX: false, isLogY: false, isClipped: false, isShare: false },
      ...{ spread: 'sd', drawn: 'band' },
      curves: [
        {
          ...{ label: HOSTILE, colour: 0, isDashed: false, runs: [run], series: 'train/loss' },
          ...{ smoothing: { kind: 'none' }, reading: 'value', besides: [] },
        },
      ],
    };
    const classes = { id: 'z', kind: 'classes' } as const;
    const heat: ReportBlock = {
      ...{ id: 'h', kind: 'heat', series: 'block/gradient-norm' },
      maps: [{ run, label: HOSTILE }],
    };
    const confusion: ReportBlock = {
      ...{ id: 'c', kind: 'confusion', run, label: HOSTILE, order: 'given' },
    };
    const shown: ReportDocument['blocks'] = [text, chart, classes, heat, confusion];
    const blocks = [...shown, ...document.blocks];
    return { ...document, title: HOSTILE, question: HOSTILE, blocks };
  };

  it('are text in HTML: no element, no script but ours, no link that runs', async () => {
    const library = emptyLibrary();
    const html = (await written(library, hostile(library), 'html')).read('report.html');
    expect(html).not.toContain('<img');
    // The chart's title, its axis, its curve and the class stand there as text.
    expect(html.split('&lt;/script&gt;').length).toBeGreaterThan(8);
    expect(html).not.toMatch(/href="javascript:/i);
    const scripts = html.match(/<script[^>]*>/g) ?? [];
    expect(scripts.filter((tag) => tag === '<script>')).toHaveLength(1);
    expect(scripts.every((tag) => tag === '<script>' || tag.includes('application/json'))).toBe(
      true,
    );
    // Every element that was opened is closed: nothing broke out of its place.
    expect(html.match(/<\/script>/g)).toHaveLength(scripts.length);
  });

  it('have no meaning for TeX', async () => {
    const library = emptyLibrary();
    const tex = (await written(library, hostile(library), 'tex')).read('report.tex');
    expect(tex).not.toContain('\\input{');
    expect(tex).toContain('\\textbackslash{}input\\{/etc/passwd\\}');
    expect(tex).toContain('\\toprule');
    expect(tex).toMatch(/\$\d+\.\d \\pm \d\.\d+\$ \\%/);
  });

  it('are text in Markdown and no formula in CSV', async () => {
    const library = emptyLibrary();
    const document = hostile(library);
    const whole = (await written(library, document, 'md')).read('report.md');
    // In a fence nothing means anything; the specs stand there as they are.
    const markdown = whole.replace(/^```[\s\S]*?^```/gm, '');
    expect(markdown).not.toMatch(/(?<!\\)<(script|img)/);
    expect(markdown).not.toMatch(/(?<!\\)\]\(javascript:/);
    addTrainedRun(library, { name: '=HYPERLINK("x")' });
    const formula = draftReport(
      compareRuns(
        library,
        library.runs.list().runs.map(({ id }) => id),
        { lastK: 1 },
      ).runs,
    );
    const csv = (await written(library, formula, 'csv')).read('runs.csv');
    expect(csv).toContain(`"'=HYPERLINK(""x"")"`);
  });

  it('can not leave their quotes in the commands', async () => {
    const library = emptyLibrary();
    const folder = await written(library, comparison(library, "a'; rm -rf ~ x"), 'md');
    expect(folder.read('specs/commands.sh')).toContain(`--name 'a'\\''; rm -rf ~ x'`);
  });
});

describe('a bundle', () => {
  it('brings runs, series and the report into an empty library, where it draws the same charts', async () => {
    const library = emptyLibrary();
    const document = comparison(library);
    const [first] = library.runs.list().runs;
    const stretches = [
      { elapsedMs: 0, startedAtMs: 1000 },
      { elapsedMs: 20, startedAtMs: 9000 },
    ];
    library.runs.update(first!.id, { stretches });
    const { folder } = await written(library, document, 'zip');
    const other = emptyLibrary();
    const imported = await importBundle(other, path.join(folder, 'report.zip'));
    expect(imported.added).toHaveLength(6);
    expect(other.runs.get(first!.id).stretches).toEqual(stretches);
    const again = other.reports.get(imported.report!).document as ReportDocument;
    expect(again).toEqual(document);
    expect(changesOf(gatherReport(other, again, '1'))).toEqual([]);
    const strip = (text: string) => text.replace(/Written [^·]*·/, '');
    const here = (await written(library, document, 'html')).read('report.html');
    const there = (await written(other, again, 'html')).read('report.html');
    expect(strip(there)).toBe(strip(here));
    const twice = await importBundle(other, path.join(folder, 'report.zip'));
    expect(twice).toMatchObject({ added: [], known: imported.added });
  });

  it('carries which images its runs leave out, and how their folders are read', async () => {
    const library = emptyLibrary();
    const decisions = await keepDecisions(library.cacheFolder, [
      { file: 'a/1.png', kind: 'leave-out' },
      { file: 'b/2.png', kind: 'relabel', class: 'a' },
    ]);
    const record = library.runs.get(addTrainedRun(library));
    const spec = RunSpec.parse(record.spec);
    const data = { ...spec.data, source: '/data/pets', layout: 'class', decisions };
    const { id } = library.runs.create({ ...record, spec: RunSpec.parse({ ...spec, data }) });
    const folder = temporaryFolder();
    await writeZip(path.join(folder, 'b.zip'), bundleEntries(library, [id], options));
    const other = emptyLibrary();
    await importBundle(other, path.join(folder, 'b.zip'));
    expect(RunSpec.parse(other.runs.get(id).spec).data).toMatchObject({
      layout: 'class',
      decisions,
    });
    expect(await readDecisions(other.cacheFolder, decisions ?? '')).toEqual(
      await readDecisions(library.cacheFolder, decisions ?? ''),
    );
    await expect(adoptDecisions(other.cacheFolder, '0'.repeat(16), '{}')).rejects.toMatchObject({
      code: 'decisions-unreadable',
    });
  });

  it('that is none, or is cut short, is refused with what to do', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'x.zip');
    fs.writeFileSync(file, 'no zip');
    await expect(importBundle(emptyLibrary(), file)).rejects.toThrow(/is not a report bundle/);
    const library = emptyLibrary();
    const whole = await written(library, comparison(library), 'zip');
    const bytes = fs.readFileSync(path.join(whole.folder, 'report.zip'));
    fs.writeFileSync(file, bytes.subarray(0, bytes.length / 2));
    await expect(importBundle(emptyLibrary(), file)).rejects.toThrow(/is not a report bundle/);
  });
});

it('prints the same page that the HTML form is', async () => {
  const library = emptyLibrary();
  const document = comparison(library);
  const pdf = (await written(library, document, 'pdf')).read('report.pdf');
  const html = (await written(library, document, 'html')).read('report.html');
  const undated = (text: string) => text.replace(/Written [^·]*·/, '');
  expect(undated(pdf)).toBe(undated(html));
});
