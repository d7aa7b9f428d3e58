// The doctor's report as text for a terminal. What it says is in `doctor.ts`; this is only its layout.
import { formatBytes } from './cache.ts';
import type { Diagnosis } from './doctor.ts';
import type { Gpu } from './nvidia-smi.ts';
import type { Route } from './route.ts';

type Row = readonly [label: string, text: string];

const LABEL_WIDTH = 11;

export function formatDiagnosis(diagnosis: Diagnosis): string {
  const { system, tools, cache, deadEnds, kernelFaults } = diagnosis;
  const sections: readonly (readonly [title: string, rows: readonly Row[]])[] = [
    ['TensorFlow', outlookRows(diagnosis.outlook)],
    ['Routes', diagnosis.routes.map(routeRow)],
    [
      'Devices',
      [
        ['CPU', processorText(diagnosis)],
        ...system.gpus.gpus.map((gpu): Row => [`GPU ${gpu.index}`, gpuText(gpu)]),
        ...(system.gpus.gpus.length > 0
          ? []
          : [['GPU', system.gpus.problem ?? 'no NVIDIA GPU found'] as const]),
      ],
    ],
    [
      'System',
      [
        ['platform', [system.platform, system.arch, libcText(diagnosis)].filter(Boolean).join(' ')],
        ['Node', tools.node],
        ['Python', pythonText(tools.python)],
        ['compiler', tools.compiler === null ? 'none found' : tools.compiler.version],
      ],
    ],
    [
      'Cache',
      [
        ['folder', cache.folder],
        ['size', sizeText(cache)],
        ...cache.runtimes.map(({ folder, sizeBytes, damage }): Row => [
          'runtime',
          `${folder} (${formatBytes(sizeBytes)})${damage === null ? '' : `, damaged: ${damage}`}`,
        ]),
      ],
    ],
    [
      'Dead ends',
      deadEnds.length === 0
        ? [['', 'none known for this machine']]
        : deadEnds.map(({ code, sentence }): Row => [`[${code}]`, sentence]),
    ],
    [
      'Kernels',
      [
        ...(kernelFaults.some(({ code }) => code.startsWith('hidden-caches'))
          ? []
          : [['', checkText(diagnosis.convolutionCheck)] satisfies Row]),
        ...kernelFaults.map(({ code, sentence }): Row => [`[${code}]`, sentence]),
        ['', '"resnet-lab doctor --kernels" computes convolutions of many shapes and checks them'],
      ],
    ],
  ];
  return sections.map(([title, rows]) => [title, ...rows.map(formatRow)].join('\n')).join('\n\n');
}

function formatRow([label, text]: Row): string {
  return `  ${label === '' ? '' : `${label.padEnd(LABEL_WIDTH)} `}${text}`;
}

function outlookRows(outlook: Diagnosis['outlook']): readonly Row[] {
  if ('error' in outlook) {
    return [['error', `[${outlook.error.code}] ${outlook.error.message}`]];
  }
  if (outlook.ready === undefined) return [['to stage', outlook.source]];
  const { ready } = outlook;
  return [
    ['ready', `${ready.tensorflowVersion} for ${ready.device === 'cuda' ? 'the GPU' : 'the CPU'}`],
    ['from', `${originText(ready.origin)}, in ${ready.libraryFolder}`],
    ...ready.reasons.map((reason): Row => ['because', reason]),
  ];
}

function checkText(verdict: Diagnosis['convolutionCheck']): string {
  if (verdict === null) return "oneDNN's convolutions are checked before the first training here";
  const { cases, faults } = verdict;
  return faults.length === 0
    ? `oneDNN's convolutions are right on this processor: all ${cases} that were checked, with their gradients`
    : `${faults.length} of ${cases} of oneDNN's convolutions that were checked are wrong on this processor`;
}

function originText(origin: 'explicit' | Route['origin']): string {
  switch (origin) {
    case 'explicit':
      return 'RESNET_LAB_RUNTIME';
    case 'wheel':
      return 'its Python wheel';
    case 'installer':
      return "tfjs-node-gpu's installer";
  }
}

function routeRow({ origin, device, tensorflowVersion, reasons }: Route): Row {
  const what = `TensorFlow ${tensorflowVersion} for ${device === 'cuda' ? 'the GPU' : 'the CPU'}`;
  // The wish that this route was asked with is the doctor's, not the user's.
  const shown = reasons.filter((reason) => !reason.startsWith('RESNET_LAB_RUNTIME_ROUTE'));
  return [origin, [`${what}.`, ...shown].join(' ')];
}

function processorText({ system: { processor } }: Diagnosis): string {
  const { model, cores, memoryBytes, instructionSets } = processor;
  const parts = [model, `${cores} cores`, `${formatBytes(memoryBytes)} of memory`];
  return [...parts, instructionSets.join(' ')].filter(Boolean).join(', ');
}

function gpuText({ name, computeCapability, driverVersion, memoryMiB }: Gpu): string {
  return [
    name,
    `compute ${computeCapability === '' ? 'unknown' : computeCapability}`,
    `driver ${driverVersion}`,
    memoryMiB > 0 ? `${memoryMiB} MiB` : 'memory shared with the system',
  ].join(', ');
}

function libcText({ system: { libc } }: Diagnosis): string {
  return libc.kind === 'other' ? '' : `${libc.kind} ${libc.version}`.trim();
}

function pythonText(python: Diagnosis['tools']['python']): string {
  if (python === null) return 'none found';
  const pip = python.pipVersion === null ? 'without pip' : `pip ${python.pipVersion}`;
  return `${python.version} (${python.command}), ${pip}`;
}

function sizeText({ sizeBytes, freeBytes }: Diagnosis['cache']): string {
  return formatBytes(sizeBytes) + (freeBytes === null ? '' : `, ${formatBytes(freeBytes)} free`);
}
